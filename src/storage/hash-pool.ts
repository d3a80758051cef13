import { Worker } from 'node:worker_threads';
import { GranaryError } from '../errors.js';
import type { Seal } from './blob-store.js';
import type { Piece } from './format/blob-pieces.js';
import type { HashReply, HashRequest, HashTask } from './hash-messages.js';

/** One body's way through one worker thread. All memory is shared, and the thread's until the promise settles. */
export interface HashJob {
  /**
   * Takes the next bytes of content; when the job encodes, stored bytes go to the target. Returns how many.
   * Calls need not wait for each other.
   */
  update(bytes: Uint8Array, target?: Uint8Array): Promise<number>;
  /** The stored bytes that come after all content; to be called again until they are done. */
  flush(target: Uint8Array): Promise<{ length: number; done: boolean }>;
  /**
   * Decodes the stored bytes of a piece, which are at the beginning of the memory. Returns the part of the memory which
   * has the content then. @throws GranaryError CorruptBlob
   */
  decode(piece: Piece, memory: Uint8Array): Promise<Uint8Array>;
  /** The digests of all content so far, in the order of the algorithms; the job is over. */
  finish(): Promise<Buffer[]>;
  /** Ends the job without a result, as soon as what it was told before is done. Harmless when it is over. */
  abandon(): void;
}

interface PendingReply {
  resolve(reply: HashReply): void;
  reject(error: unknown): void;
}

/**
 * Worker threads that hash, encode and decode, so that the event loop does not. They start with the first job, keep a process
 * alive only while they have one, and a thread that dies fails its jobs and is replaced.
 */
export class HashPool {
  readonly #threads: (HashThread | undefined)[];
  #nextJob = 1;

  constructor(threads: number) {
    this.#threads = new Array<HashThread | undefined>(threads).fill(undefined);
  }

  /** Starts one job for each task, each on the thread that has the least to do. */
  start<T extends readonly HashTask[]>(...tasks: T): { [K in keyof T]: HashJob } {
    return tasks.map((task) => this.#leastBusy().start(this.#nextJob++, task)) as { [K in keyof T]: HashJob };
  }

  /** Ends the threads; jobs that are not over fail. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread?.close()));
  }

  #leastBusy(): HashThread {
    const load = this.#threads.map((thread) => thread?.jobs ?? 0);
    const index = load.indexOf(Math.min(...load));
    const thread = this.#threads[index] ?? new HashThread(() => this.#forget(index));
    this.#threads[index] = thread;
    return thread;
  }

  #forget(index: number): void {
    this.#threads[index] = undefined;
  }
}

/** Workers handle messages and shared memory only; left alone, each would take tens of megabytes before it collects. */
const WORKER_HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

/** Sources run as .ts under test and as .js when built; the worker's file is the one beside this very file. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js', import.meta.url);
}

class HashThread {
  readonly #worker = new Worker(workerUrl(), { name: 'hash', resourceLimits: WORKER_HEAP });
  /** Replies come in the order of the requests of a job, so each job has a queue. */
  readonly #pending = new Map<number, PendingReply[]>();
  /** Jobs that are over as soon as the thread has answered. */
  readonly #abandoned = new Set<number>();
  readonly #onEnd: () => void;
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#worker.on('message', (reply: HashReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('The hash thread ended.')));
    this.#worker.unref();
  }

  get jobs(): number {
    return this.#pending.size;
  }

  start(job: number, task: HashTask): HashJob {
    this.#pending.set(job, []);
    this.#worker.ref();
    this.#worker.postMessage({ kind: 'start', job, task: withoutPool(task) } satisfies HashRequest);
    return {
      update: async (bytes, target) => (await this.#ask({ kind: 'update', job, bytes, target }, 'updated')).length,
      flush: (target) => this.#ask({ kind: 'flush', job, target }, 'flushed'),
      decode: async (piece, memory) => {
        const { start, length } = await this.#ask({ kind: 'decode', job, piece, memory }, 'decoded');
        return memory.subarray(start, start + length);
      },
      finish: () => this.#finish(job),
      abandon: () => this.#abandon(job),
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #finish(job: number): Promise<Buffer[]> {
    try {
      const { digests } = await this.#ask({ kind: 'finish', job }, 'finished');
      return digests.map((digest) => Buffer.from(digest));
    } finally {
      this.#forget(job);
    }
  }

  #abandon(job: number): void {
    if (!this.#pending.has(job) || this.#abandoned.has(job)) return;
    // What the thread was told before it still does, and answers: until then its memory is not for anybody else.
    const abandoned = this.#ask({ kind: 'abandon', job }, 'abandoned');
    this.#abandoned.add(job);
    const forget = () => this.#forget(job);
    abandoned.then(forget, forget);
  }

  async #ask<K extends HashReply['kind']>(request: HashRequest, expected: K): Promise<Extract<HashReply, { kind: K }>> {
    const waiting = this.#pending.get(request.job);
    if (!waiting || this.#abandoned.has(request.job)) throw hashFailure(new Error('The job is over.'));
    const reply = await new Promise<HashReply>((resolve, reject) => {
      waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
    if (isReply(reply, expected)) return reply;
    throw hashFailure(new Error(`The thread answered ${reply.kind} to ${request.kind}.`));
  }

  #forget(job: number): void {
    this.#pending.delete(job);
    this.#abandoned.delete(job);
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #settle(reply: HashReply): void {
    const waiting = this.#pending.get(reply.job)?.shift();
    if (reply.kind === 'corrupt') waiting?.reject(new GranaryError('Internal', reply.how, { reason: 'CorruptBlob' }));
    else if (reply.kind === 'failed') waiting?.reject(hashFailure(reply.error));
    else waiting?.resolve(reply);
  }

  #end(error: unknown): void {
    // `exit` follows `error`, and by then another thread may be in this one's place.
    if (this.#ended) return;
    this.#ended = true;
    const waiting = [...this.#pending.values()].flat();
    this.#pending.clear();
    this.#abandoned.clear();
    this.#onEnd();
    for (const { reject } of waiting) reject(hashFailure(error));
  }
}

function isReply<K extends HashReply['kind']>(reply: HashReply, kind: K): reply is Extract<HashReply, { kind: K }> {
  return reply.kind === kind;
}

/** A task whose seal is in memory of its own: a message takes all of the memory that a Buffer is part of. */
function withoutPool(task: HashTask): HashTask {
  const { encode, decode } = task;
  return {
    ...task,
    ...(encode && { encode: { ...encode, seal: ownMemory(encode.seal) } }),
    ...(decode && { decode: { ...decode, seal: ownMemory(decode.seal) } }),
  };
}

function ownMemory(seal: Seal | null): Seal | null {
  if (!seal) return null;
  const [id, key] = [Buffer.alloc(seal.id.length), Buffer.alloc(seal.key.length)];
  id.set(seal.id);
  key.set(seal.key);
  return { id, key };
}

function hashFailure(cause: unknown): GranaryError {
  return new GranaryError('Internal', 'The content could not be processed.', { cause });
}
