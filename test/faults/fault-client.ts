import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { KillLedger } from '../hostile/kill-ledger.js';
import type { SeededRandom } from '../hostile/seeded-random.js';
import { sendForm, singleUpload } from '../http/multipart.js';
import { type Answer, answerOf } from './answer.js';
import { readDigest } from './read-digest.js';

/** A running server as a client sees it. */
export interface Connection {
  s3: S3Client;
  httpUrl: string;
  token: string;
}

const partSize = 5 * 1024 * 1024;

/** What clients write: one of these sizes, and one of so many variants of it. */
export interface ContentPlan {
  sizes: readonly number[];
  variants: number;
}

/**
 * Sizes below and above the limit of what is kept in rows; the largest pass through the hash threads in pieces. So few
 * variants that equal bytes are shared, released and written again.
 */
const everything: ContentPlan = {
  sizes: [300, 5000, 5000, 32_000, 65_536, 65_536, 200_000, 1_100_000, 3_000_000],
  variants: 12,
};
const contents = new Map<string, Buffer>();

interface FaultClientParts {
  ledger: KillLedger;
  random: SeededRandom;
  keys: number;
  contents?: ContentPlan | undefined;
  onAnswer: (answer: Answer) => void;
}

/** One client with keys of its own, which does one thing after the other and keeps account of it. */
export class FaultClient {
  readonly #name: string;
  readonly #ledger: KillLedger;
  readonly #random: SeededRandom;
  readonly #keys: string[];
  readonly #onAnswer: (answer: Answer) => void;
  readonly #contents: ContentPlan;
  #retired = 0;

  constructor(name: string, parts: FaultClientParts) {
    this.#name = name;
    this.#ledger = parts.ledger;
    this.#random = parts.random;
    this.#onAnswer = parts.onAnswer;
    this.#contents = parts.contents ?? everything;
    this.#keys = Array.from({ length: parts.keys }, (_, index) => `${name}/${index}`);
  }

  async step(connection: Connection): Promise<Answer> {
    const key = this.#random.of(this.#keys);
    const dice = this.#random.next();
    if (dice < 0.55) {
      return this.#write(key, this.#anyContent(), (body) => put(connection, key, body));
    }
    if (dice < 0.7) {
      return this.#write(key, this.#anyContent(), (body) => uploadForm(connection, key, body));
    }
    if (dice < 0.8) {
      return this.#uploadParts(connection, key);
    }
    if (dice < 0.9) {
      return this.#write(key, null, () => connection.s3.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: key })));
    }
    return this.#read(connection, key);
  }

  async #write(key: string, content: Buffer | null, send: (body: Buffer) => Promise<unknown>): Promise<Answer> {
    const digest = content === null ? null : createHash('sha256').update(content).digest('hex');
    const acknowledge = this.#ledger.begin(key, digest);
    const answer = await answerOf(() => send(content ?? Buffer.alloc(0)));
    this.#onAnswer(answer);
    if (answer.outcome === 'done') {
      acknowledge();
    } else if (answer.outcome === 'refused') {
      this.#ledger.refuse(key, digest);
    } else {
      this.#retire(key);
    }
    return answer;
  }

  /** What is on its way with an unknown outcome may still come, after whatever else is written to the key. */
  #retire(key: string): void {
    this.#retired++;
    this.#keys[this.#keys.indexOf(key)] = `${this.#name}/after-${this.#retired}`;
  }

  async #uploadParts({ s3 }: Connection, key: string): Promise<Answer> {
    const address = { Bucket: 'bucket', Key: key };
    const last = this.#anyContent();
    const bodies = this.#random.next() < 0.3 ? [contentOf(0, partSize), last] : [last];
    const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
    let UploadId: string | undefined;
    const prepared = await answerOf(async () => {
      ({ UploadId } = await s3.send(new CreateMultipartUploadCommand(address)));
      for (const [index, Body] of bodies.entries()) {
        const PartNumber = index + 1;
        const { ETag } = await s3.send(new UploadPartCommand({ ...address, UploadId, PartNumber, Body }));
        Parts.push({ PartNumber, ETag });
      }
    });
    if (prepared.outcome !== 'done') {
      this.#onAnswer(prepared);
      return prepared;
    }
    if (this.#random.next() < 0.2) {
      return answerOf(() => s3.send(new AbortMultipartUploadCommand({ ...address, UploadId })));
    }
    const complete = new CompleteMultipartUploadCommand({ ...address, UploadId, MultipartUpload: { Parts } });
    return this.#write(key, Buffer.concat(bodies), () => s3.send(complete));
  }

  async #read({ s3 }: Connection, key: string): Promise<Answer> {
    const expected = this.#ledger.expected(key);
    const answer = await answerOf(async () => {
      const reading = await readDigest(s3, key);
      if (expected !== undefined) {
        this.#ledger.judge(key, reading);
      }
    });
    this.#onAnswer(answer);
    return answer;
  }

  #anyContent(): Buffer {
    return contentOf(this.#random.between(1, this.#contents.variants), this.#random.of(this.#contents.sizes));
  }
}

function put({ s3 }: Connection, Key: string, Body: Buffer): Promise<unknown> {
  return s3.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body }));
}

async function uploadForm({ httpUrl, token }: Connection, key: string, body: Buffer): Promise<void> {
  const form = singleUpload({ bucket: 'bucket', key }, body);
  const { status, data, errors } = await sendForm({ httpUrl, login: async () => token }, form);
  const code = data?.uploadObject?.userErrors[0]?.code ?? errors?.[0]?.extensions?.code;
  if (status >= 300 || code !== undefined) {
    throw Object.assign(new Error(`GraphQL answered with ${status} and ${code}`), {
      graphqlCode: code ?? `status ${status}`,
    });
  }
}

function contentOf(variant: number, size: number): Buffer {
  const name = `${variant} ${size}`;
  const known = contents.get(name) ?? createHash('shake256', { outputLength: size }).update(name).digest();
  contents.set(name, known);
  return known;
}
