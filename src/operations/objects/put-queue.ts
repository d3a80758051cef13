import { type Queryable, retryConflicts } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { largestBatch, statementFor } from './put-statements.js';
import type { WriteOutcome } from './write-outcome.js';

/** What the SQL functions put_version and put_versions answer. */
export interface PutVersionRow {
  outcome: WriteOutcome;
  version: number;
  isNull: boolean;
  created: Date;
  deduplicated: boolean;
  /** Bytes that the version keeps. */
  stored: number;
}

/** One call of put_version. */
export interface PutCall {
  /** The content's SHA-256. */
  address: Buffer;
  /** The function's parameters, in its order. */
  values: unknown[];
}

interface WaitingCall extends PutCall {
  resolve(row: PutVersionRow): void;
  reject(error: unknown): void;
}

/** How many transactions are under way at once; what arrives meanwhile waits and goes together. */
const usualTransactions = 3;

/** One that takes longer than this waits for a lock or a slow disk, and does not keep the others from starting. */
const slowAfterMs = 25;

/**
 * Writes that arrive while others are being committed share the next transaction: one round trip and one flush of the
 * log for all of them; most of them share its statements, too (see put-statements.ts). A write that finds the way free
 * goes at once. Each is acknowledged only after its transaction has committed, and one that fails does not fail the
 * others.
 */
export class PutQueue {
  readonly #database: Queryable;
  readonly #mostTransactions: number;
  readonly #waiting: WaitingCall[] = [];
  /** Those that are not slow, which count against {@link usualTransactions}. */
  #usual = 0;
  #all = 0;
  #isStarting = false;

  /** However slow they are, no more than this many transactions take a connection each. */
  constructor(database: Queryable, mostTransactions: number) {
    this.#database = database;
    this.#mostTransactions = mostTransactions;
  }

  put(call: PutCall): Promise<PutVersionRow> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...call, resolve, reject });
      this.#startSoon();
    });
  }

  /** Not at once: what the other sockets have brought by now can go along. */
  #startSoon(): void {
    if (!this.#isStarting) {
      this.#isStarting = true;
      setImmediate(() => this.#start());
    }
  }

  #start(): void {
    this.#isStarting = false;
    while (this.#usual < usualTransactions && this.#all < this.#mostTransactions && this.#waiting.length > 0) {
      void this.#run(this.#waiting.splice(0, largestBatch));
    }
  }

  async #run(batch: WaitingCall[]): Promise<void> {
    let counts = true;
    const stepAside = () => {
      if (counts) {
        counts = false;
        this.#usual -= 1;
        this.#startSoon();
      }
    };
    this.#usual += 1;
    this.#all += 1;
    const timer = setTimeout(stepAside, slowAfterMs);
    await this.#commit(batch);
    clearTimeout(timer);
    this.#all -= 1;
    stepAside();
    this.#startSoon();
  }

  /** Settles every call of the batch, and never rejects itself. */
  async #commit(batch: WaitingCall[]): Promise<void> {
    // Everywhere in the order of the content, so that two batches with the same files never wait for each other's blobs.
    batch.sort((a, b) => Buffer.compare(a.address, b.address));
    try {
      const rows = await callTogether(this.#database, batch);
      for (const [i, call] of batch.entries()) {
        settle(call, rows[i]);
      }
    } catch (error) {
      await this.#recover(batch, error);
    }
  }

  /** The transaction was rolled back whole, unless nobody knows: then nobody may try again either. */
  async #recover(batch: WaitingCall[], error: unknown): Promise<void> {
    if (isGranaryError(error, 'Unavailable')) {
      for (const call of batch) {
        call.reject(error);
      }
      return;
    }
    await Promise.all(batch.map((call) => this.#callAlone(call)));
  }

  async #callAlone(call: WaitingCall): Promise<void> {
    try {
      const [row] = await retryConflicts(() => callTogether(this.#database, [call]));
      settle(call, row);
    } catch (error) {
      call.reject(error);
    }
  }
}

function callTogether(database: Queryable, calls: PutCall[]): Promise<PutVersionRow[]> {
  const { query, values } = statementFor(calls);
  return database.query<PutVersionRow>(query, values);
}

function settle(call: WaitingCall, row: PutVersionRow | undefined): void {
  if (row === undefined) {
    call.reject(new GranaryError('Internal', 'put_version gave no row'));
  } else {
    call.resolve(row);
  }
}
