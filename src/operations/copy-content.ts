import type { BucketState } from './bucket-cache.js';
import type { RequestContext } from './context.js';
import type { CopyObjectInput } from './copy-object.js';
import type { ReadableVersion } from './find-version.js';
import type { StoredAttributes } from './object-attributes.js';
import { contentOf } from './open-content.js';
import { placementOf } from './placement.js';
import { putObject } from './put-object.js';
import { encryptionOf } from './seal-content.js';
import type { CustomerKey, ObjectEncryption, OpenedObject, WrittenObject } from './types.js';

/** A copy under way: from where, into what, and as what. */
export interface ContentCopy {
  source: { bucket: BucketState; version: ReadableVersion; customerKey: CustomerKey | undefined };
  into: BucketState;
  attributes: StoredAttributes;
  input: CopyObjectInput;
}

/** True when the copy cannot share the bytes of its source: it is to be sealed with another key, or to lie elsewhere. */
export async function needsOwnBytes(
  { granary }: RequestContext,
  { source, into, attributes, input }: ContentCopy,
): Promise<boolean> {
  const { bucket, version } = source;
  const encryption = await encryptionOf(granary, into, input.encryption);
  const from = placementOf(bucket.placement, version);
  const to = placementOf(into.placement, { ...attributes, key: input.target.key, size: version.size });
  return !isShareable(version.encryption, encryption) || from.store !== to.store || to.copies.length > 0;
}

/** Writes the content again, as an upload would. */
export async function copyContent(
  context: RequestContext,
  { source, attributes, input }: ContentCopy,
): Promise<WrittenObject> {
  const { version, customerKey } = source;
  const { checksum } = version;
  const written = await putObject(context, {
    ...input.target,
    attributes,
    body: {
      stream: bytesOf(contentOf(context.granary, version, { customerKey })),
      length: version.size,
      ...(checksum?.type === 'FULL_OBJECT'
        ? { checksum: { algorithm: checksum.algorithm, expected: () => Buffer.from(checksum.value, 'base64') } }
        : {}),
    },
    ...(input.conditions === undefined ? {} : { conditions: input.conditions }),
    ...(input.encryption === undefined ? {} : { encryption: input.encryption }),
    ...(input.lock === undefined ? {} : { lock: input.lock }),
    action: 's3:CopyObject',
  });
  return { ...written, deduplicated: false };
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
