import { placementOf } from '../blobs/placement.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { encryptionOf } from '../encryption/seal-content.js';
import type { CustomerKey, IncomingBody, ObjectEncryption, OpenedObject, WrittenObject } from '../types.js';
import type { CopyObjectInput } from './copy-object.js';
import type { ReadableVersion } from './find-version.js';
import { handOnAcl } from './keep-as-source.js';
import type { StoredAttributes } from './object-attributes.js';
import { contentOf } from './open-content.js';
import { putObject } from './put-object.js';

/** A copy under way: from where, into what, and as what. */
export interface ContentCopy {
  source: { bucket: BucketState; version: ReadableVersion; customerKey: CustomerKey | undefined };
  into: BucketState;
  attributes: StoredAttributes;
  input: CopyObjectInput;
}

/**
 * True when the copy cannot share the bytes of its source: it is to be sealed with another key, to lie elsewhere, or to
 * have a checksum that is not known yet.
 */
export async function needsOwnBytes(
  { granary }: RequestContext,
  { source, into, attributes, input }: ContentCopy,
): Promise<boolean> {
  const { bucket, version } = source;
  const encryption = await encryptionOf(granary, into, input.encryption);
  const from = placementOf(bucket.placement, version);
  const to = placementOf(into.placement, { ...attributes, key: input.target.key, size: version.size });
  if (asksForOtherChecksum(version, input)) {
    return true;
  }
  return !isShareable(version.encryption, encryption) || from.store !== to.store || to.copies.length > 0;
}

/** Writes the content again, as an upload would. */
export async function copyContent(
  context: RequestContext,
  { source, attributes, input }: ContentCopy,
): Promise<WrittenObject> {
  const { version, customerKey } = source;
  const written = await putObject(context, {
    ...input.target,
    attributes,
    body: {
      stream: bytesOf(contentOf(context.granary, version, { customerKey })),
      length: version.size,
      ...checksumOf(version, input),
    },
    ...(input.conditions === undefined ? {} : { conditions: input.conditions }),
    ...(input.encryption === undefined ? {} : { encryption: input.encryption }),
    ...(input.lock === undefined ? {} : { lock: input.lock }),
    acl: input.acl,
    action: 's3:CopyObject',
  });
  // Afterwards, so that nobody is let in in between by a list that has changed.
  await handOnAcl(context.granary.database, { from: input.aclFrom, to: written.object.id });
  return { ...written, deduplicated: false };
}

function asksForOtherChecksum({ checksum }: ReadableVersion, { checksumAlgorithm }: CopyObjectInput): boolean {
  const isKept = checksum?.type === 'FULL_OBJECT' && checksum.algorithm === checksumAlgorithm;
  return checksumAlgorithm !== undefined && !isKept;
}

/** The checksum of the source is verified once more; another one is computed. */
function checksumOf(version: ReadableVersion, input: CopyObjectInput): Pick<IncomingBody, 'checksum'> {
  const { checksum } = version;
  if (input.checksumAlgorithm !== undefined && asksForOtherChecksum(version, input)) {
    return { checksum: { algorithm: input.checksumAlgorithm, expected: () => undefined } };
  }
  return checksum?.type === 'FULL_OBJECT'
    ? { checksum: { algorithm: checksum.algorithm, expected: () => Buffer.from(checksum.value, 'base64') } }
    : {};
}

/** The bytes of an opened object, whether they came with its row or not. */
export async function* bytesOf(body: OpenedObject['body']): AsyncGenerator<Uint8Array> {
  if (body.kind === 'bytes') {
    yield body.bytes;
  } else {
    yield* await body.open();
  }
}

function isShareable(from: ObjectEncryption | null, to: ObjectEncryption | null): boolean {
  if (from === null || to === null) {
    return from === to;
  }
  return from.algorithm === 'aws:kms' && to.algorithm === 'aws:kms'
    ? from.keyId === to.keyId
    : from.algorithm === 'AES256' && to.algorithm === 'AES256';
}
