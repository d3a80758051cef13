import { invalidArchive } from './archive-bytes.js';

export type ArchiveEntryKind = 'FILE' | 'DIRECTORY' | 'SYMLINK' | 'OTHER';

/** One entry of an archive, as the archive tells it: nothing of it was checked against content. */
export interface ArchiveEntry {
  /** May be absolute, or lead out of the folder that it is unpacked in. */
  path: string;
  /** Bytes when unpacked. */
  size: number;
  /** Bytes in the archive. */
  compressedSize: number;
  modifiedAt: Date | null;
  kind: ArchiveEntryKind;
  /** Where the entry stands, to go on behind it. */
  position: string;
}

/** A page of entries; `truncated` says that there are more. */
export interface ArchivePage {
  entries: ArchiveEntry[];
  truncated: boolean;
}

export interface ArchivePageRequest {
  limit: number;
  after: string | undefined;
}

/** No system has longer paths: bytes. */
const longestPath = 4096;

/** The path of an entry from its bytes. Throws `InvalidArchive` when it is longer than paths can be. */
export function archivePath(name: Buffer): string {
  if (name.length > longestPath) {
    throw invalidArchive(`a name is longer than ${longestPath} bytes`);
  }
  return name.toString('utf8');
}

/** A size from an archive. Throws `InvalidArchive` for what cannot be the size of anything. */
export function archiveSize(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw invalidArchive('an entry has an impossible size');
  }
  return size;
}

/** Null for what is no date at all. */
export function archiveDate(milliseconds: number): Date | null {
  const date = new Date(milliseconds);
  const year = date.getUTCFullYear();
  // The years that RFC 3339 has; NaN is not among them.
  return year >= 0 && year <= 9999 ? date : null;
}
