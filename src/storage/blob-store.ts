import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm } from './checksums.js';

/** What sealed bytes open with: the data key of one blob, and the id that its header binds to them. */
export interface Seal {
  /** 16 bytes. */
  id: Buffer;
  /** 32 bytes, for AES-256. Used for one blob only. */
  key: Buffer;
}

/** A blob as its row knows it. */
export interface StoredBlob {
  /** Begins with the name of the store that has it, as `blobPath` makes it. */
  path: string;
  /** Bytes of content. */
  size: number;
  /** Bytes at the path: more by the seal, less by compression. */
  storedSize: number;
  /** Of the content. */
  sha256: Buffer;
  /** How the bytes are stored: the bits of `BlobFormat`. */
  format: number;
  /** Present when the format is sealed. */
  seal: Seal | null;
}

/** Whether content is compressed: `sample` tries the first bytes and goes on only where it pays. */
export type Compression = 'off' | 'sample' | 'always';

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
  /** Seals the bytes before they touch a disk or a row; null stores them in the clear. */
  seal: Seal | null;
  /** Of content that does not come back inline; inline content is never compressed. */
  compression: Compression;
}

/** What arrived. The caller compares digests with what the sender promised, and cancels what does not fit. */
export interface Received {
  /** Bytes of content. */
  size: number;
  /** Bytes of what is to be kept. */
  storedSize: number;
  /** The bits of `BlobFormat`. */
  format: number;
  sha256: Buffer;
  md5: Buffer;
  checksum?: Buffer;
  /** Inline bytes are as they are to be stored: sealed, when there is a seal. */
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

/** Told how many stored bytes were read. */
export type OnBytes = (bytes: number) => Promise<void>;

export interface BlobReader {
  /**
   * Opens a blob, or a range of it. The blob is open when this resolves, so removing it no longer disturbs the reader.
   * What is sealed is authenticated segment by segment, before any byte of a segment is given out, in ranges too. A whole
   * blob that is not sealed is verified as it streams: its last bytes come only when the digest fits. What does not fit
   * destroys the stream with `Internal`, reason `CorruptBlob`. No range is ever shorter than asked.
   *
   * @throws GranaryError `Internal`, reason `MissingBlob` (nothing is there) or `CorruptBlob` (not of its size);
   * `RangeNotSatisfiable` for a range outside of the blob; `Unavailable` when a remote store does not answer.
   */
  openBlob(blob: StoredBlob, range?: ByteRange): Promise<Readable>;
  /** The content of inline bytes. @throws GranaryError `Internal`, reason `CorruptBlob`. */
  openInline(bytes: Buffer, blob: Omit<StoredBlob, 'path'>): Buffer;
  /**
   * Reads all of a blob past any cache, and checks seal, length and digest. `onBytes` is told of stored bytes as they are
   * read; the next ones wait until it resolves, and when it fails the reading ends. Returns how many were read.
   * @throws GranaryError as `openBlob`, when something is wrong; and whatever `onBytes` throws.
   */
  verifyBlob(blob: StoredBlob, options?: { onBytes?: OnBytes | undefined }): Promise<number>;
}

export interface BlobCopier {
  /**
   * Makes a second copy of stored bytes, read past any cache, as they are and durably, at a path of the same or another store. The copy has
   * the size that was said, or the call fails and leaves nothing at the path. Fails with reason `BlobExists` if it is taken.
   */
  copyBlob(from: Pick<StoredBlob, 'path' | 'storedSize'>, toPath: string): Promise<void>;
}

/** Bytes at a path as they are: sealed, compressed, or neither. */
export interface StoredBytes {
  size: number;
  /** May be gone through once, and lets go of its source at the end, whatever that is. */
  pieces: AsyncIterable<Uint8Array>;
}

/** For backups: bytes go out and come back without any seal being opened. */
export interface BlobArchiver {
  /**
   * Opens the stored bytes of a blob, past any cache.
   * @throws GranaryError `Internal`, reason `MissingBlob` or `CorruptBlob` (not of its stored size).
   */
  openStored(blob: Pick<StoredBlob, 'path' | 'storedSize'>): Promise<StoredBytes>;
  /**
   * Writes bytes to a path as they are, durably. When it fails, or they are not of the size, nothing is at the path that
   * was not there before. Fails with reason `BlobExists` if it is taken.
   */
  placeStored(bytes: StoredBytes, path: string): Promise<void>;
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
  /**
   * Removes staging files that have not changed for so long, measured from one call of this process to another, so that
   * a clock that jumps ends no live upload; and remote half uploads that began longer ago. Returns how many.
   */
  sweepStaging(olderThanMs: number): Promise<number>;
}

export interface BlobDigester {
  /** The SHA-256 of bytes that come from anywhere, computed beside the event loop. Throws whatever the source throws. */
  digest(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer>;
}

/**
 * Whose a store is that lies outside of the data directory, where another installation could use the same place. The
 * others are their data directory's.
 */
export interface StoreOwners {
  readonly stores: readonly string[];
  /** Undefined when nobody wrote one. */
  read(store: string): Promise<string | undefined>;
  /** Fails with `Internal`, reason `BlobExists`, when there is an owner. */
  write(store: string, owner: string): Promise<void>;
  /** Success when there is none. */
  remove(store: string): Promise<void>;
}

/** Chunks that were read from one place, and their stored bytes, since the process started. */
export interface CacheReads {
  chunks: number;
  bytes: number;
}

/** What the cache of remote stores does, for metrics. */
export interface CacheFigures {
  /** Where chunks came from: `shared` is the fetch of another reader who wanted the same chunk at the same time. */
  reads: Readonly<Record<'memory' | 'shared' | 'disk' | 'remote', CacheReads>>;
  /** Chunks on the disk that were dropped, as they were not what had been written. */
  damagedChunks: number;
  /** Bytes of memory in use. */
  memoryBytes: number;
  /** Bytes of the disk in use by all processes, as far as this one knows. */
  diskBytes: number;
}

export interface BlobCache {
  /** Undefined when all stores are on the local filesystem, or the cache is turned off. */
  cacheFigures(): CacheFigures | undefined;
}

/** A store of immutable blobs at paths that are used once and never again. It knows no rows and counts no references. */
export interface BlobStore
  extends BlobWriter,
    BlobReader,
    BlobCopier,
    BlobArchiver,
    BlobRemover,
    BlobSweeper,
    BlobDigester,
    BlobCache {
  /** The names of the stores that there are, `hot` and `cold` among them. */
  readonly stores: readonly string[];
  readonly owners: StoreOwners;
  /** Ends what the store runs. Bodies and streams under way fail. */
  close(): Promise<void>;
}
