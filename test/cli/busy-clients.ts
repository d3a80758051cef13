import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

export const bucket = 'bucket';

const sizes = [100, 5000, 90_000, 400_000, 1_500_000];
const keysPerClient = 12;

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads an object to its end. */
export async function readDigest(s3: S3Client, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return digestOf((await Body?.transformToByteArray()) ?? Buffer.alloc(0));
}

export async function put(s3: S3Client, key: string, body: Buffer): Promise<string> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  return digestOf(body);
}

/** Does something with each item, several at once. */
export async function withEach<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

/** Reads objects back, and compares them with what was written. */
export async function expectReadable(s3: S3Client, digests: Map<string, string>): Promise<void> {
  await withEach(digests, async ([key, digest]) => expect([key, await readDigest(s3, key)]).toEqual([key, digest]));
}

export async function listKeys(s3: S3Client): Promise<string[]> {
  const keys: string[] = [];
  for (let token: string | undefined, more = true; more; ) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    token = page.NextContinuationToken;
    more = token !== undefined;
  }
  return keys;
}

/** Clients that write, read, delete and upload in parts until they are told to stop, each with keys of its own. */
export class BusyClients {
  /** By key, every content that was ever sent for it; null for its being deleted. */
  readonly sent = new Map<string, Set<string | null>>();
  /** By key, what was acknowledged last. */
  readonly acknowledged = new Map<string, string | null>();
  readonly errors: unknown[] = [];
  acts = 0;
  readonly #s3: S3Client;
  readonly #loops: Promise<void>[];
  #stopped = false;

  constructor(s3: S3Client, clients: number) {
    this.#s3 = s3;
    this.#loops = Array.from({ length: clients }, (_, index) => this.#work(`busy${index}`));
  }

  /** Resolves when all are done with what they were at. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #work(name: string): Promise<void> {
    for (let turn = 0; !this.#stopped; turn += 1) {
      try {
        await this.#act(`${name}/${Math.floor(Math.random() * keysPerClient)}`, turn);
        this.acts += 1;
      } catch (error) {
        this.errors.push(error);
      }
    }
  }

  async #act(key: string, turn: number): Promise<void> {
    const dice = Math.random();
    const known = this.acknowledged.get(key);
    if (dice < 0.4 && known !== undefined && known !== null) {
      const read = await readDigest(this.#s3, key);
      if (read !== known) {
        throw new Error(`${key} read back as something else`);
      }
    } else if (dice < 0.5) {
      await this.#change(key, null, () => this.#s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })));
    } else {
      const body = randomBytes(sizes[turn % sizes.length] ?? 0);
      const write = dice < 0.6 ? () => this.#uploadParts(key, body) : () => put(this.#s3, key, body);
      await this.#change(key, digestOf(body), write);
    }
  }

  async #change(key: string, digest: string | null, change: () => Promise<unknown>): Promise<void> {
    this.sent.set(key, (this.sent.get(key) ?? new Set<string | null>([null])).add(digest));
    await change();
    this.acknowledged.set(key, digest);
  }

  async #uploadParts(key: string, body: Buffer): Promise<void> {
    const target = { Bucket: bucket, Key: key };
    const { UploadId } = await this.#s3.send(new CreateMultipartUploadCommand(target));
    try {
      const part = await this.#s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: body }));
      const Parts = [{ PartNumber: 1, ETag: part.ETag }];
      await this.#s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
    } catch (error) {
      await this.#s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
      throw error;
    }
  }
}
