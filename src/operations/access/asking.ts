import { type ContextValue, keyFamily } from '../../auth/policy/policy-context.js';
import type { RequestContext } from '../context.js';
import type { EncryptionRequest, ObjectLock, StorageClass, VersionAddress, WriteConditions } from '../types.js';
import { tagNamed } from './policy-context.js';

/** What a request asks for, as far as policies can make it a condition; whatever is not asked for is undefined. */
export interface Asked {
  readonly prefix?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly maxKeys?: number | undefined;
  readonly versionId?: string | undefined;
  readonly region?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly storageClass?: StorageClass | undefined;
  readonly encryption?: EncryptionRequest | undefined;
  readonly lock?: ObjectLock | undefined;
  readonly conditions?: WriteConditions | undefined;
  readonly copySource?: VersionAddress | undefined;
  /** Whether an object comes to be by this alone, and not by what follows. */
  readonly creates?: 'true' | 'false' | undefined;
}

/** The request with what it asks for, whichever face it came by. Conditions of policies see it. */
export function asking(context: RequestContext, asked: Asked): RequestContext {
  return { ...context, facts: (key) => factOf(asked, key) ?? context.facts?.(key) };
}

type Reader = (asked: Asked, key: string) => ContextValue;

/** By key, or by the part before the name of a tag. */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['s3:prefix', ({ prefix }) => prefix],
  ['s3:delimiter', ({ delimiter }) => delimiter],
  ['s3:max-keys', ({ maxKeys }) => maxKeys?.toString()],
  ['s3:versionid', ({ versionId }) => versionId],
  ['s3:locationconstraint', ({ region }) => region],
  ['s3:requestobjecttag', ({ tags }, key) => tagNamed(tags, key)],
  ['s3:requestobjecttagkeys', ({ tags }) => (tags === undefined ? undefined : Object.keys(tags))],
  ['s3:x-amz-storage-class', ({ storageClass }) => storageClass],
  ['s3:x-amz-server-side-encryption', ({ encryption }) => serverSide(encryption)],
  ['s3:x-amz-server-side-encryption-aws-kms-key-id', ({ encryption }) => keyIdOf(encryption)],
  ['s3:x-amz-server-side-encryption-customer-algorithm', ({ encryption }) => customerAlgorithm(encryption)],
  ['s3:object-lock-mode', ({ lock }) => lock?.mode],
  ['s3:object-lock-retain-until-date', ({ lock }) => lock?.retainUntil?.toISOString()],
  ['s3:object-lock-remaining-retention-days', ({ lock }) => daysUntil(lock?.retainUntil)],
  ['s3:object-lock-legal-hold', ({ lock }) => holdOf(lock)],
  ['s3:if-match', ({ conditions }) => conditions?.ifMatch],
  ['s3:if-none-match', ({ conditions }) => conditions?.ifNoneMatch],
  ['s3:x-amz-copy-source', ({ copySource }) => sourceNames(copySource)],
  ['s3:objectcreationoperation', ({ creates }) => creates],
]);

/** Those of them that a multipart upload was begun with, and its parts do not say again. */
export const uploadFacts = [
  's3:requestobjecttag',
  's3:requestobjecttagkeys',
  's3:x-amz-storage-class',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-server-side-encryption-customer-algorithm',
  's3:object-lock-mode',
  's3:object-lock-retain-until-date',
  's3:object-lock-remaining-retention-days',
  's3:object-lock-legal-hold',
];

function factOf(asked: Asked, key: string): ContextValue {
  return readers.get(keyFamily(key))?.(asked, key);
}

function serverSide(encryption: EncryptionRequest | undefined): string | undefined {
  switch (encryption?.algorithm) {
    case 'SSE-C':
      return undefined;
    case 'UNKNOWN':
      return encryption.keyOf === 'SERVER' ? encryption.asked : undefined;
    default:
      return encryption?.algorithm;
  }
}

function keyIdOf(encryption: EncryptionRequest | undefined): string | undefined {
  return encryption?.algorithm === 'aws:kms' ? encryption.keyId : undefined;
}

function customerAlgorithm(encryption: EncryptionRequest | undefined): string | undefined {
  switch (encryption?.algorithm) {
    case 'SSE-C':
      return 'AES256';
    case 'UNKNOWN':
      return encryption.keyOf === 'CUSTOMER' ? encryption.asked : undefined;
    default:
      return undefined;
  }
}

const millisecondsPerDay = 24 * 60 * 60 * 1000;

/** Whole days, a begun one not counted, as S3 counts them. */
function daysUntil(date: Date | undefined): string | undefined {
  return date === undefined ? undefined : String(Math.floor((date.getTime() - Date.now()) / millisecondsPerDay));
}

function holdOf(lock: ObjectLock | undefined): string | undefined {
  return lock?.legalHold === undefined ? undefined : lock.legalHold ? 'ON' : 'OFF';
}

/** With and without a slash in front: clients send either, and policies are written with either. */
function sourceNames(source: VersionAddress | undefined): ContextValue {
  if (source === undefined) {
    return undefined;
  }
  const bucket = source.tenant === undefined ? source.bucket : `${source.tenant}:${source.bucket}`;
  return [`${bucket}/${source.key}`, `/${bucket}/${source.key}`];
}
