import type { ChecksumAlgorithm } from './checksums.js';
import type { Encoding } from './format/blob-encoder.js';
import type { EncodedBlob } from './format/blob-format.js';
import type { Piece } from './format/blob-pieces.js';

/** What a job does with the bytes that it is given. */
export interface HashTask {
  /** Digests of the content. */
  algorithms: readonly ChecksumAlgorithm[];
  /** Content is encoded, too: each `update` and `flush` fills a target. */
  encode?: Encoding;
  /** Stored bytes are decoded; the digests are of what comes of them. */
  decode?: EncodedBlob;
}

/**
 * What the pool tells a worker. Messages of one job arrive, and are answered, in the order in which they were sent.
 * Bytes are in shared memory.
 */
export type HashRequest =
  | { kind: 'start'; job: number; task: HashTask }
  | { kind: 'update'; job: number; bytes: Uint8Array; target?: Uint8Array | undefined }
  | { kind: 'flush'; job: number; target: Uint8Array }
  | { kind: 'decode'; job: number; piece: Piece; memory: Uint8Array }
  | { kind: 'finish'; job: number }
  | { kind: 'abandon'; job: number };

/** One reply for each request but `start`; when it comes, the worker is done with the memory that the request named. */
export type HashReply =
  | { kind: 'updated'; job: number; length: number }
  | { kind: 'flushed'; job: number; length: number; done: boolean }
  | { kind: 'decoded'; job: number; start: number; length: number }
  | { kind: 'finished'; job: number; digests: readonly Uint8Array[] }
  | { kind: 'abandoned'; job: number }
  | { kind: 'corrupt'; job: number; how: string }
  | { kind: 'failed'; job: number; error: unknown };
