import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { KillLedger } from '../hostile/kill-ledger.js';
import { SeededRandom } from '../hostile/seeded-random.js';
import type { Answer } from './answer.js';
import { type Connection, type ContentPlan, FaultClient } from './fault-client.js';
import { type Faces, openS3, signIn } from './fault-server.js';
import { readDigest } from './read-digest.js';

const clients = 4;
const readers = 4;
const pauseAfterFailureMs = 50;

export interface FaultLoadOptions {
  /** How many keys each client writes to, over and over; 12 when absent. */
  keysPerClient?: number;
  /** What is written, when it is not a bit of everything. */
  contents?: ContentPlan;
}

/** Clients at work on both doors, and the account of what they were promised. */
export class FaultLoad implements AsyncDisposable {
  readonly ledger = new KillLedger();
  /** How often each answer came. */
  readonly answers = new Map<string, number>();
  /** Answers that say "try again" without when. */
  readonly silentRefusals: Answer[] = [];
  readonly seed = Number(process.env.FAULT_SEED ?? Date.now() % 2 ** 32);
  readonly #clients: FaultClient[];
  #connection: Connection | undefined;
  #stopping = false;
  #work: Promise<void>[] = [];

  constructor({ keysPerClient = 12, contents }: FaultLoadOptions = {}) {
    this.#clients = Array.from({ length: clients }, (_, index) => {
      const random = new SeededRandom(this.seed + index);
      const onAnswer = (answer: Answer): void => this.#note(answer);
      return new FaultClient(`client-${index}`, {
        ledger: this.ledger,
        random,
        keys: keysPerClient,
        contents,
        onAnswer,
      });
    });
  }

  /** Turns to a server that has just started, and makes the bucket if it is not there. */
  async connect(server: Faces): Promise<Connection> {
    this.disconnect();
    const s3 = openS3(server.s3Url);
    this.#connection = { s3, httpUrl: server.httpUrl, token: await signIn(server) };
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket' })).catch((error: { name: string }) => {
      if (error.name !== 'BucketAlreadyOwnedByYou') {
        throw error;
      }
    });
    return this.#connection;
  }

  disconnect(): void {
    this.#connection?.s3.destroy();
    this.#connection = undefined;
  }

  /** Lets the clients work until {@link stop}. */
  start(): void {
    const connection = this.#connected();
    this.#stopping = false;
    this.#work = this.#clients.map(async (client) => {
      while (!this.#stopping) {
        const { outcome } = await client.step(connection);
        if (outcome !== 'done') {
          await delay(pauseAfterFailureMs);
        }
      }
    });
  }

  /** Resolves when every request has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#work);
  }

  /** For the end of a test that may have failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.disconnect();
  }

  /** Works for a while. */
  async run(ms: number): Promise<void> {
    this.start();
    await delay(ms);
    await this.stop();
  }

  /** Reads every key that was ever written, and takes what it finds for the truth from now on. */
  async verify(): Promise<void> {
    const { s3 } = this.#connected();
    const keys = this.ledger.keys().values();
    const reader = async (): Promise<void> => {
      for (const key of keys) {
        this.ledger.judge(key, await readDigest(s3, key).catch((error) => ({ failure: String(error) })));
      }
    };
    await Promise.all(Array.from({ length: readers }, reader));
  }

  /** Fails when there was another answer than these and success, or one that says "try again" without when. */
  expectOnly(expected: RegExp): void {
    expect([...this.answers.keys()].filter((text) => text !== '200' && !expected.test(text))).toEqual([]);
    expect(this.silentRefusals).toEqual([]);
  }

  #connected(): Connection {
    if (this.#connection === undefined) {
      throw new Error('The load has no server');
    }
    return this.#connection;
  }

  #note(answer: Answer): void {
    this.answers.set(answer.text, (this.answers.get(answer.text) ?? 0) + 1);
    if (answer.text.startsWith('503') && answer.retryAfter === undefined) {
      this.silentRefusals.push(answer);
    }
  }
}
