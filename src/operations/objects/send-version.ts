import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import {
  checksumParameter,
  contentSha256,
  extraHeaders,
  lockParameters,
  md5Parameter,
  objectParameters,
} from '../replication/replicated-attributes.js';
import { addHeaders, within } from '../replication/replication-client.js';
import { isAnswer, NotReplicable } from '../replication/replication-failure.js';
import type { StorageClass } from '../types.js';
import type { ReadableVersion } from './find-version.js';
import { contentOf } from './open-content.js';

/** One version on its way to one bucket. */
export interface Shipment {
  client: S3Client;
  /** The target's. */
  bucket: string;
  version: ReadableVersion;
  /** The version's bucket has object lock, so that a change may be one of its lock. */
  lockable: boolean;
  /** As the rule has it, else the version's own. */
  storageClass: StorageClass;
}

interface Part {
  partNumber: number;
  startAt: number;
  size: number;
  sha256: Buffer | null;
  etag: string | null;
  checksum: string | null;
}

/** S3 takes no more than this in one piece; what has no parts and is larger is cut, and gets another ETag there. */
const largestPiece = 5 * 2 ** 30;
const cutAt = 2 ** 29;

/** Uploads by tus have smaller parts, which S3 refuses: they are cut anew, and the ETag is another one there. */
const smallestPart = 5 * 2 ** 20;

const findParts = statement(
  'find_replicated_parts',
  `SELECT p.part_number AS "partNumber", p.start_at AS "startAt", p.size, b.address AS sha256, p.etag, p.checksum
   FROM version_part p JOIN blob b ON b.live_id = p.blob_id WHERE p.version_id = $1 ORDER BY p.part_number`,
);

/**
 * Sends a version's content with all that belongs to it. Parts stay as they are, so that the ETag does too.
 * @returns the version id there; `null` where there are no versions.
 * @throws whatever the connection or the target says; nothing is then left of an upload in parts.
 */
export async function sendContent(granary: Granary, shipment: Shipment): Promise<string> {
  if (shipment.version.encryption?.algorithm === 'SSE-C') {
    throw new NotReplicable('The object is encrypted with a key that only its client has (SSE-C).');
  }
  try {
    return await sendWhole(granary, shipment, lockParameters(shipment.version));
  } catch (error) {
    // A bucket without object lock takes the content without it.
    if (isAnswer(error, 'InvalidRequest') && Object.keys(lockParameters(shipment.version)).length > 0) {
      return sendWhole(granary, shipment, {});
    }
    throw error;
  }
}

/** Makes a delete marker. @returns its version id; `null` where there are no versions. */
export async function sendMarker({ client, bucket, version }: Shipment): Promise<string> {
  const answer = await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: version.key }), within(0));
  return answer.VersionId ?? 'null';
}

/**
 * Gives the version at the target the tags and the lock that it has now.
 * @returns `missing` when the target has no such version any more.
 */
export async function sendChange(shipment: Shipment, remoteVersionId: string): Promise<'sent' | 'missing'> {
  const { client, bucket, version } = shipment;
  const address = {
    Bucket: bucket,
    Key: version.key,
    ...(remoteVersionId === 'null' ? {} : { VersionId: remoteVersionId }),
  };
  const tags = Object.entries(version.tags).map(([Key, Value]) => ({ Key, Value }));
  try {
    await client.send(new PutObjectTaggingCommand({ ...address, Tagging: { TagSet: tags } }), within(0));
  } catch (error) {
    if (isAnswer(error, 'NoSuchKey', 'NoSuchVersion', 'NotFound')) {
      return 'missing';
    }
    throw error;
  }
  if (shipment.lockable) {
    await sendLock(shipment, address);
  }
  return 'sent';
}

interface RemoteAddress {
  Bucket: string;
  Key: string;
  VersionId?: string;
}

async function sendLock(shipment: Shipment, address: RemoteAddress): Promise<void> {
  try {
    await sendRetention(shipment, address);
    const LegalHold = { Status: shipment.version.legalHold ? 'ON' : 'OFF' } as const;
    await shipment.client.send(new PutObjectLegalHoldCommand({ ...address, LegalHold }), within(0));
  } catch (error) {
    if (!isAnswer(error, 'InvalidRequest', 'NotImplemented')) {
      throw error;
    }
  }
}

/** A retention that was shortened does not follow: the target would need leave to bypass what protects it there. */
async function sendRetention({ client, version }: Shipment, address: RemoteAddress): Promise<void> {
  const { ObjectLockMode: Mode, ObjectLockRetainUntilDate: RetainUntilDate } = lockParameters(version);
  if (RetainUntilDate === undefined) {
    return;
  }
  try {
    const Retention = { Mode, RetainUntilDate };
    await client.send(new PutObjectRetentionCommand({ ...address, Retention }), within(0));
  } catch (error) {
    if (!isAnswer(error, 'AccessDenied') || !(await isRetainedLonger({ client, address, until: RetainUntilDate }))) {
      throw error;
    }
  }
}

async function isRetainedLonger({
  client,
  address,
  until,
}: {
  client: S3Client;
  address: RemoteAddress;
  until: Date;
}): Promise<boolean> {
  try {
    const { Retention } = await client.send(new GetObjectRetentionCommand(address), within(0));
    return Retention?.RetainUntilDate !== undefined && Retention.RetainUntilDate > until;
  } catch (error) {
    // An access key that may not look leaves it open: then the refusal counts.
    if (isAnswer(error, 'AccessDenied')) {
      return false;
    }
    throw error;
  }
}

type LockParameters = ReturnType<typeof lockParameters>;

async function sendWhole(granary: Granary, shipment: Shipment, lock: LockParameters): Promise<string> {
  const { version } = shipment;
  return version.partCount === 0 && version.size <= largestPiece
    ? sendPiece(granary, shipment, lock)
    : sendParts(granary, shipment, lock);
}

async function sendPiece(granary: Granary, shipment: Shipment, lock: LockParameters): Promise<string> {
  const { client, bucket, version } = shipment;
  const Body = await openBody(granary, version);
  const command = new PutObjectCommand({
    ...objectParameters(shipment),
    ...checksumParameter(version.checksum),
    ...md5Parameter(version.etag),
    ...lock,
    Body,
    Bucket: bucket,
    ContentLength: version.size,
  });
  command.middlewareStack.add(addHeaders(extraHeaders(version, version.sha256)), { step: 'build' });
  const answer = await client.send(command, within(version.size)).finally(() => closeBody(Body));
  return answer.VersionId ?? 'null';
}

async function sendParts(granary: Granary, shipment: Shipment, lock: LockParameters): Promise<string> {
  const { client, bucket, version } = shipment;
  const parts = await partsOf(granary, version);
  // Checksums of parts and of the whole hang together: they go along when all are known.
  const checksum = parts.every((part) => part.checksum !== null) ? version.checksum : null;
  const create = new CreateMultipartUploadCommand({
    ...objectParameters(shipment),
    ...(checksum === null ? {} : { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
    ...lock,
    Bucket: bucket,
  });
  create.middlewareStack.add(addHeaders(extraHeaders(version, null)), { step: 'build' });
  const { UploadId } = await client.send(create, within(0));
  const upload = { Bucket: bucket, Key: version.key, UploadId };
  try {
    const done: CompletedPart[] = [];
    for (const part of parts) {
      done.push(await sendPart(granary, shipment, { upload, part, algorithm: checksum?.algorithm }));
    }
    const answer = await client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        ...(checksum?.type === 'FULL_OBJECT' ? { ...checksumParameter(checksum), ChecksumType: checksum.type } : {}),
        MultipartUpload: { Parts: done },
      }),
      // Services put the parts together before they answer.
      within(version.size),
    );
    return answer.VersionId ?? 'null';
  } catch (error) {
    await abandon(granary, client, upload);
    throw error;
  }
}

interface PartShipment {
  upload: { Bucket: string; Key: string; UploadId: string | undefined };
  part: Part;
  /** Set when the checksums go along. */
  algorithm: NonNullable<ReadableVersion['checksum']>['algorithm'] | undefined;
}

async function sendPart(
  granary: Granary,
  { client, version }: Shipment,
  { upload, part, algorithm }: PartShipment,
): Promise<CompletedPart> {
  const checksum =
    algorithm === undefined || part.checksum === null ? {} : checksumParameter({ algorithm, value: part.checksum });
  const range = { start: part.startAt, end: part.startAt + part.size - 1 };
  const Body = part.size === 0 ? Buffer.alloc(0) : await openBody(granary, version, range);
  const command = new UploadPartCommand({
    ...upload,
    ...checksum,
    ...(part.etag === null ? {} : md5Parameter(part.etag)),
    PartNumber: part.partNumber,
    Body,
    ContentLength: part.size,
  });
  command.middlewareStack.add(addHeaders(part.sha256 === null ? {} : contentSha256(part.sha256)), { step: 'build' });
  const { ETag } = await client.send(command, within(part.size)).finally(() => closeBody(Body));
  return { PartNumber: part.partNumber, ETag, ...checksum };
}

async function partsOf(granary: Granary, version: ReadableVersion): Promise<Part[]> {
  if (version.partCount > 0) {
    const parts = await granary.database.query<Part>(findParts, [version.id]);
    if (parts.length !== version.partCount) {
      throw new Error('The parts of the object changed while they were read.');
    }
    if (!parts.slice(0, -1).some(({ size }) => size < smallestPart)) {
      return parts;
    }
  }
  const count = Math.ceil(version.size / cutAt);
  return Array.from({ length: count }, (_, index) => {
    const startAt = index * cutAt;
    const size = Math.min(cutAt, version.size - startAt);
    return { partNumber: index + 1, startAt, size, sha256: null, etag: null, checksum: null };
  });
}

async function openBody(granary: Granary, version: ReadableVersion, range?: { start: number; end: number }) {
  const content = contentOf(granary, version, { range });
  return content.kind === 'bytes' ? content.bytes : content.open();
}

/** A send that ended before its body leaves it open. */
function closeBody(body: Buffer | Readable): void {
  if (!Buffer.isBuffer(body)) {
    body.destroy();
  }
}

/** What cannot be aborted now is left to the target, which expires uploads that never end. */
async function abandon(granary: Granary, client: S3Client, upload: PartShipment['upload']): Promise<void> {
  try {
    await client.send(new AbortMultipartUploadCommand(upload), within(0));
  } catch (error) {
    granary.log.debug({ error, key: upload.Key }, 'An upload at a replication target is left to expire');
  }
}
