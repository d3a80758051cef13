import type { DigestAlgorithm } from './checksums.js';

/** What the pool tells a worker. Messages of one job arrive, and are answered, in the order in which they were sent. */
export type HashRequest =
  | { kind: 'start'; job: number; algorithms: readonly DigestAlgorithm[] }
  | { kind: 'update'; job: number; bytes: Uint8Array }
  | { kind: 'finish'; job: number }
  | { kind: 'abandon'; job: number };

/** One reply for each `update` (its bytes were read and may be changed) and for each `finish`. */
export type HashReply =
  | { kind: 'updated'; job: number }
  | { kind: 'finished'; job: number; digests: readonly Uint8Array[] }
  | { kind: 'failed'; job: number; error: unknown };
