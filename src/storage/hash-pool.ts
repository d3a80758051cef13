import { Worker } from 'node:worker_threads';
import { GranaryError } from '../errors.js';
import type { DigestAlgorithm } from './checksums.js';
import type { HashReply, HashRequest } from './hash-messages.js';

/** Digests of one body, computed in one worker thread. */
export interface HashJob {
  /**
   * Hashes the next bytes, which must lie in shared memory and stay as they are until the promise resolves.
   * Calls need not wait for each other.
   */
  update(bytes: Uint8Array): Promise<void>;
  /** The digests of all bytes so far, in the order of the algorithms; the job is over. */
  finish(): Promise<Buffer[]>;
  /** Ends the job without a result. Harmless when it is over. */
  abandon(): void;
}

interface PendingReply {
  resolve(reply: HashReply): void;
  reject(error: unknown): void;
}

/**
 * Worker threads that hash, so that the event loop does not. They start with the first job, keep a process
 * alive only while they have one, and a thread that dies fails its jobs and is replaced.
 */
export class HashPool {
  readonly #threads: (HashThread | undefined)[];
  #nextJob = 1;

  constructor(threads: number) {
    this.#threads = new Array<HashThread | undefined>(threads).fill(undefined);
  }

  /** Starts one job for each group of algorithms, each on the thread that has the least to do. */
  start(...groups: (readonly DigestAlgorithm[])[]): HashJob[] {
    return groups.map((algorithms) => this.#leastBusy().start(this.#nextJob++, algorithms));
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

  start(job: number, algorithms: readonly DigestAlgorithm[]): HashJob {
    this.#pending.set(job, []);
    this.#worker.ref();
    this.#post({ kind: 'start', job, algorithms });
    return {
      update: async (bytes) => {
        await this.#ask({ kind: 'update', job, bytes });
      },
      finish: () => this.#finish(job),
      abandon: () => this.#abandon(job),
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #finish(job: number): Promise<Buffer[]> {
    const reply = await this.#ask({ kind: 'finish', job });
    this.#forget(job);
    if (reply.kind !== 'finished') throw new Error(`The hash thread answered ${reply.kind} to finish.`);
    return reply.digests.map((digest) => Buffer.from(digest));
  }

  #abandon(job: number): void {
    const waiting = this.#pending.get(job);
    if (!waiting) return;
    this.#forget(job);
    this.#post({ kind: 'abandon', job });
    for (const { reject } of waiting) reject(hashFailure(new Error('The hash job was abandoned.')));
  }

  #ask(request: HashRequest): Promise<HashReply> {
    return new Promise((resolve, reject) => {
      const waiting = this.#pending.get(request.job);
      if (!waiting) {
        reject(hashFailure(new Error('The hash job is over.')));
        return;
      }
      waiting.push({ resolve, reject });
      this.#post(request);
    });
  }

  #forget(job: number): void {
    this.#pending.delete(job);
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #post(request: HashRequest): void {
    this.#worker.postMessage(request);
  }

  #settle(reply: HashReply): void {
    const waiting = this.#pending.get(reply.job)?.shift();
    if (reply.kind === 'failed') waiting?.reject(hashFailure(reply.error));
    else waiting?.resolve(reply);
  }

  #end(error: unknown): void {
    // `exit` follows `error`, and by then another thread may be in this one's place.
    if (this.#ended) return;
    this.#ended = true;
    const waiting = [...this.#pending.values()].flat();
    this.#pending.clear();
    this.#onEnd();
    for (const { reject } of waiting) reject(hashFailure(error));
  }
}

function hashFailure(cause: unknown): GranaryError {
  return new GranaryError('Internal', 'The content could not be hashed.', { cause });
}
