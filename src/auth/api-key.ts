import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Narrowing } from './narrow-caller.js';

/** What every API key begins with, so that people and scanners know one when they see it. */
const PREFIX = 'gr_';
const SECRET_BYTES = 32;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** What an API key may be used for. */
export type Scope = 'OBJECTS_READ' | 'OBJECTS_WRITE' | 'BUCKETS_MANAGE' | 'IDENTITY_READ' | 'IDENTITY_MANAGE' | 'FULL';

const listBuckets = ['s3:ListAllMyBuckets', 's3:GetBucketLocation', 'granary:ListAllBuckets'];

/** The actions of each scope. */
const actionsOfScope: Record<Exclude<Scope, 'FULL'>, readonly string[]> = {
  OBJECTS_READ: [...listBuckets, 's3:ListBucket*', 's3:GetObject*', 's3:ListMultipartUploadParts', 'granary:ListJobs'],
  OBJECTS_WRITE: [
    's3:PutObject*',
    's3:DeleteObject*',
    's3:AbortMultipartUpload',
    's3:RestoreObject',
    'granary:CancelJob',
  ],
  BUCKETS_MANAGE: [
    ...listBuckets,
    's3:CreateBucket',
    's3:DeleteBucket*',
    's3:GetBucket*',
    's3:PutBucket*',
    's3:Get*Configuration',
    's3:Put*Configuration',
    'granary:GetBucket*',
    'granary:PutBucket*',
    'granary:PutReplicationTargets',
  ],
  IDENTITY_READ: [
    'granary:ListAccessKeys',
    'granary:ListApiKeys',
    'granary:ListGroups',
    'granary:ListPolicies',
    'granary:ListSessions',
    'granary:ListTenants',
    'granary:ListUsers',
  ],
  IDENTITY_MANAGE: ['granary:*'],
};

/** A new secret: 32 random bytes and a checksum, in letters and digits, so that a double click takes all of it. */
export function newApiKeySecret(): string {
  const random = base62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_LENGTH);
  return `${PREFIX}${random}${checksumOf(random)}`;
}

/** Whether a bearer token says that it is an API key. */
export function looksLikeApiKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** What is kept of an API key, which is random enough for a fast hash. Undefined for what was never one. */
export function apiKeyDigest(secret: string): Buffer | undefined {
  const [, random, checksum] = /^gr_([\dA-Za-z]{43})([\dA-Za-z]{6})$/.exec(secret) ?? [];
  // The checksum is no secret: it only keeps typing errors away from the database.
  return random === undefined || checksumOf(random) !== checksum
    ? undefined
    : createHash('sha256').update(secret).digest();
}

/** What a key with these scopes is narrowed to; none for one that may do all that its user may. */
export function narrowingOfScopes(scopes: readonly Scope[]): Narrowing | undefined {
  if (scopes.includes('FULL')) {
    return undefined;
  }
  const actions = scopes.flatMap((scope) => (scope === 'FULL' ? [] : actionsOfScope[scope]));
  const Statement = [{ Effect: 'Allow', Action: [...new Set(actions)], Resource: '*' }];
  return [{ name: `scopes ${scopes.join(', ')}`, document: { Version: '2012-10-17', Statement } }];
}

function checksumOf(random: string): string {
  return base62(BigInt(crc32(random)), CHECKSUM_LENGTH);
}

function base62(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < length; place++) {
    text = `${ALPHABET[Number(rest % 62n)]}${text}`;
    rest /= 62n;
  }
  return text;
}
