import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm } from './checksums.js';

/** A blob as its row knows it. */
export interface StoredBlob {
  /** Relative to the store, as `blobPath` makes it. */
  path: string;
  size: number;
  sha256: Buffer;
}

/** Inclusive at both ends, as in RFC 9110. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface ReceiveOptions {
  /** The number of bytes declared; a body that is shorter or longer fails. */
  length?: number | undefined;
  maxSize: number;
  /** Content up to this size comes back in memory and touches no disk. */
  inlineLimit: number;
  /** How long the sender may be silent. Time in which we are not ready to read does not count. */
  idleTimeoutMs: number;
  /** One more checksum to compute. */
  checksum?: ChecksumAlgorithm | undefined;
  /** The name of the staging file, never used before and by nobody else: the blob's id. */
  name: string;
}

/** What arrived. The caller compares digests with what the sender promised, and cancels what does not fit. */
export interface Received {
  size: number;
  sha256: Buffer;
  md5: Buffer;
  checksum?: Buffer;
  content: { kind: 'inline'; bytes: Buffer } | { kind: 'staged'; file: StagedFile };
}

/** Bytes that are written but not yet anybody's content. Whoever holds one ends it with `commit` or `cancel`. */
export interface StagedFile {
  /** Resolves when the bytes are on stable storage. A failure is final: every later call fails with the same error. */
  sync(): Promise<void>;
  /**
   * Moves the file to its path in the store, durably (it syncs first if that was not done). Fails with reason
   * `BlobExists`, and leaves what is there untouched, if the path exists. After a failure the file is still staged and `cancel` removes it.
   */
  commit(path: string): Promise<void>;
  /** Removes the file unless it was committed. May be called any number of times, and after any failure. */
  cancel(): Promise<void>;
}

export interface BlobWriter {
  /**
   * Takes a whole body in, hashing as it comes, with a bounded amount of memory. Concurrent calls do not disturb each
   * other. When it fails, no staging file is left, and of the body the rest is unread: a generator was told to return,
   * a Readable is let go of but not destroyed (except when its sender fell silent), so that a server can still answer.
   *
   * @throws GranaryError `TooLarge` (reason `EntityTooLarge`), `IncompleteBody` (cut off, or not of its declared
   * length; reason `RequestTimeout` when the sender fell silent), `StorageFull`; and whatever the source throws.
   */
  receive(stream: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<Received>;
}

export interface BlobReader {
  /**
   * Opens a blob, or a range of it. The blob is open when this resolves, so removing it no longer disturbs the reader.
   * A whole blob is verified as it streams: its last bytes come only when the digest fits, else the stream is destroyed
   * with `Internal`, reason `CorruptBlob`. A range is not verified, but it is never shorter than asked.
   *
   * @throws GranaryError `Internal`, reason `MissingBlob` (nothing is there) or `CorruptBlob` (not of its size);
   * `RangeNotSatisfiable` for a range outside of the blob.
   */
  openBlob(blob: StoredBlob, range?: ByteRange): Promise<Readable>;
}

export interface BlobRemover {
  /** Removes a blob for good. Success, too, when it is not there. It may come back after a crash of the machine. */
  remove(path: string): Promise<void>;
}

/** A file in the store, whether it belongs there or not. */
export interface StoredFile {
  path: string;
  modifiedAt: Date;
}

export interface BlobSweeper {
  /**
   * Every file in the store, in no particular order, those included that no `blobPath` names. Files that come or go
   * meanwhile may or may not show; none shows twice.
   */
  walk(): AsyncIterable<StoredFile>;
  /** Puts a file that `walk` showed aside, out of the store but never deleted. Success when it is no longer there. */
  quarantine(path: string): Promise<void>;
  /** Removes staging files that were last written to longer ago than this; returns how many. */
  sweepStaging(olderThanMs: number): Promise<number>;
}

export interface BlobDigester {
  /** The SHA-256 of bytes that come from anywhere, computed beside the event loop. Throws whatever the source throws. */
  digest(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer>;
}

/** A store of immutable blobs at paths that are used once and never again. It knows no rows and counts no references. */
export interface BlobStore extends BlobWriter, BlobReader, BlobRemover, BlobSweeper, BlobDigester {
  /** Ends what the store runs. Bodies and streams under way fail. */
  close(): Promise<void>;
}
