import type { RequestContext } from '../context.js';
import type { ObjectLock } from '../types.js';
import { lookForUpload, type UploadAddress } from '../uploads/find-upload.js';
import type { UploadRow } from '../uploads/upload-row.js';
import { type Asked, asking, uploadFacts } from './asking.js';
import { asksFor, resolveBucket } from './authorize.js';

/**
 * The request for a part of an upload, or for its end, with what the upload was begun with: clients say that once, and
 * conditions are about the object that comes of it. The upload is read only when a policy asks for any of that, and it is
 * not known already.
 */
export async function askingForPart(
  context: RequestContext,
  address: UploadAddress,
  known?: UploadRow,
): Promise<RequestContext> {
  const bucket = await resolveBucket(context, address);
  const upload =
    known ??
    (asksFor(context, bucket, uploadFacts)
      ? await lookForUpload(context.granary.database, bucket, address)
      : undefined);
  return asking(context, { ...(upload === undefined ? {} : begunWith(upload)), creates: 'false' });
}

function begunWith({ tags, storageClass, encryption, objectLock }: UploadRow): Asked {
  return { tags, storageClass, encryption: encryptionOf(encryption), lock: lockOf(objectLock) };
}

function encryptionOf(encryption: UploadRow['encryption']): Asked['encryption'] {
  // Of the customer's key the row keeps what tells keys apart, and conditions ask for no more than that there is one.
  return encryption?.algorithm === 'SSE-C'
    ? { algorithm: 'SSE-C', customerKey: { key: Buffer.alloc(0), md5: encryption.keyMd5 } }
    : (encryption ?? undefined);
}

function lockOf(asked: UploadRow['objectLock']): ObjectLock | undefined {
  if (asked === null) {
    return undefined;
  }
  const { retainUntil, ...rest } = asked;
  return retainUntil === undefined ? rest : { ...rest, retainUntil: new Date(retainUntil) };
}
