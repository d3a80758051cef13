import { GranaryError } from '../../errors.js';
import { authorizeRead } from '../access/authorize-read.js';
import type { RequestContext } from '../context.js';
import { checkCustomerKey } from '../encryption/seal-content.js';
import { findVersion } from '../objects/find-version.js';
import type { ObjectAddress, ObjectInfo } from '../types.js';
import { ArchiveBytes } from './archive-bytes.js';
import type { ArchivePage, ArchivePageRequest } from './archive-entry.js';
import { listTarEntries } from './list-tar-entries.js';
import { listZipEntries } from './list-zip-entries.js';
import { isTarHeader, tarBlock } from './tar-header.js';

export type ArchiveFormat = 'ZIP' | 'TAR';

export interface Archive {
  format: ArchiveFormat;
  /** At most `limit` entries in the order of the archive. Throws `InvalidArchive`, or `ArchiveTooLarge`. */
  list(request: ArchivePageRequest): Promise<ArchivePage>;
}

export interface OpenArchiveInput {
  address: ObjectAddress;
  object: Pick<ObjectInfo, 'id' | 'versionId' | 'isLatest' | 'deleteMarker' | 'size'>;
}

/**
 * An object as an archive, or null when its first bytes are not those of one; its name and its type say nothing. The
 * caller needs the right to read the object. Reads ranges, and not more than `mostArchiveBytes` in one request.
 */
export async function openArchive(
  context: RequestContext,
  { address, object }: OpenArchiveInput,
): Promise<Archive | null> {
  const { named } = await authorizeRead(context, { address, object, what: 'content' });
  if (object.deleteMarker || object.size === 0) {
    return null;
  }
  const { version } = await findVersion(context, {
    ...address,
    ...(named ? { versionId: object.versionId } : {}),
    want: 'content',
    action: 's3:GetObject',
  });
  if (version.id !== object.id) {
    throw new GranaryError('Conflict', 'The object was replaced while it was being opened. Try again.');
  }
  checkCustomerKey(version.encryption, undefined);
  const bytes = new ArchiveBytes(context, version);
  const format = formatOf(await bytes.read(0, Math.min(tarBlock, bytes.size)));
  switch (format) {
    case 'ZIP':
      return { format, list: (request) => listZipEntries(bytes, request) };
    case 'TAR':
      return { format, list: (request) => listTarEntries(bytes, request) };
    case undefined:
      return null;
  }
}

/** By magic bytes. An empty zip begins with the end of its directory. */
function formatOf(start: Buffer): ArchiveFormat | undefined {
  const signature = start.length < 4 ? 0 : start.readUInt32LE(0);
  if (signature === 0x04034b50 || signature === 0x06054b50) {
    return 'ZIP';
  }
  return isTarHeader(start) ? 'TAR' : undefined;
}
