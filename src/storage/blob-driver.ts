import type { ByteRange, StoredFile } from './blob-store.js';

/** The name, below a store's root or prefix, of what says whose store it is. */
export const OWNER_NAME = 'granary-owner';

/** Stored bytes on the local disk, synced, on their way into a store. */
export interface StagedSource {
  /** The absolute path of the staging file. */
  file: string;
  size: number;
}

/**
 * Where the blobs of one store lie. Paths are whole, beginning with the store's name. A driver knows stored bytes only:
 * it neither seals, compresses nor verifies, except that lengths are as they were said to be.
 *
 * Transient trouble of a remote service is tried again inside, with exponential backoff and jitter, and ends as
 * `Unavailable`; `StorageFull` and permanent errors come at once.
 */
export interface BlobDriver {
  /**
   * Gives staged bytes their path, durably; a reader sees all of them or nothing. The staging file is gone afterwards.
   * After a failure nothing is at the path that was not there before, half uploads are aborted, and the staging file is
   * still there. Fails with `Internal`, reason `BlobExists`, when the path is taken.
   */
  place(source: StagedSource, path: string): Promise<void>;
  /**
   * Opens the bytes at a path, for reading the given range of them, mostly in ascending order. Removing the blob later
   * does not disturb a local reader; a remote one may then fail with `MissingBlob`.
   * @throws GranaryError `Internal`, reason `MissingBlob`; reason `CorruptBlob` when `size` is not the number of bytes there.
   */
  open(path: string, options: { size: number; range: ByteRange }): Promise<BlobSource>;
  /** Removes what is at the path; success when nothing is. */
  remove(path: string): Promise<void>;
  /** Every file of this store, with whole paths; none shows twice. */
  walk(): AsyncIterable<StoredFile>;
  /** Puts a file that `walk` showed aside, out of `walk`'s sight but never deleted. Success when it is no longer there. */
  quarantine(path: string): Promise<void>;
  /** Aborts uploads into the store that began longer ago than this and never ended; returns how many. */
  sweepUploads(olderThanMs: number): Promise<number>;
  /** What `writeOwner` wrote, wherever that was; undefined when nobody did. `walk` does not show it. */
  readOwner(): Promise<string | undefined>;
  /** Says whose store it is, durably, in a short text. Fails with reason `BlobExists` when somebody did so before. */
  writeOwner(owner: string): Promise<void>;
  /** Success when there is none. */
  removeOwner(): Promise<void>;
  /** Fails with a message for the operator when the store cannot be read and written as configured. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Bytes at one path, opened for one reader. */
export interface BlobSource {
  /** Fills the target with the bytes from `position` on; inside of the range that was opened. Never fills less. */
  readInto(target: Uint8Array, position: number): Promise<void>;
  /** Lets go of it. Harmless when done twice, or while a read is under way. */
  close(): Promise<void>;
}
