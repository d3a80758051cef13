import { createCipheriv, createHash } from 'node:crypto';
import { request } from 'node:http';
import { sendForm, singleUpload } from '../http/multipart.js';
import { type Endpoint, type RawAnswer, type RawRequest, sendSigned, sign } from '../s3/raw-request.js';
import type { KillLedger, Reading } from './kill-ledger.js';
import type { SeededRandom } from './seeded-random.js';

/** Both faces of a server that runs just now. */
export interface Faces extends Endpoint {
  httpUrl: string;
  token: string;
}

const sizes = { inline: 3000, file: 100_000, large: 1_300_000, part: 5 * 1024 * 1024 };
const keysPerClient = 6;
/** So few that clients write the same bytes over and over: blobs are shared, released, collected and written again. */
const seeds = ['a', 'b', 'c', 'd'];
const contents = new Map<string, Buffer>();

/** One client with keys of its own, which does one thing after the other until the server is gone. */
export class KillClient {
  /** Answers that nobody should have got while the server was alive. */
  readonly surprises: string[] = [];
  readonly #keys: string[];
  readonly #ledger: KillLedger;
  readonly #random: SeededRandom;

  constructor(name: string, { ledger, random }: { ledger: KillLedger; random: SeededRandom }) {
    this.#keys = Array.from({ length: keysPerClient }, (_, index) => `${name}/${index}`);
    this.#ledger = ledger;
    this.#random = random;
  }

  /** Works until `isDead`, when errors of the connection are what one expects. */
  async work(faces: Faces, isDead: () => boolean): Promise<void> {
    while (!isDead()) {
      try {
        await this.#step(faces);
      } catch (error) {
        if (!isDead()) {
          this.surprises.push(String(error));
        }
        return;
      }
    }
  }

  async #step(faces: Faces): Promise<void> {
    const key = this.#random.of(this.#keys);
    const dice = this.#random.next();
    if (dice < 0.35) {
      return this.#put(faces, key);
    }
    if (dice < 0.5) {
      return this.#uploadForm(faces, key);
    }
    if (dice < 0.65) {
      return this.#delete(faces, key);
    }
    if (dice < 0.75) {
      return this.#copy(faces, key);
    }
    if (dice < 0.9) {
      return this.#uploadParts(faces, key);
    }
    return this.#read(faces, key);
  }

  async #put(faces: Faces, key: string): Promise<void> {
    const body = this.#anyContent();
    const acknowledge = this.#ledger.begin(key, digestOf(body));
    this.#expectDone(await sendSigned(faces, { method: 'PUT', path: pathOf(key), body }), acknowledge);
  }

  async #uploadForm(faces: Faces, key: string): Promise<void> {
    const body = this.#anyContent();
    const acknowledge = this.#ledger.begin(key, digestOf(body));
    const form = singleUpload({ bucket: 'bucket', key }, body);
    const { data, errors } = await sendForm({ httpUrl: faces.httpUrl, login: async () => faces.token }, form);
    if (errors !== undefined || data.uploadObject.userErrors.length > 0) {
      throw new Error(`An upload failed: ${JSON.stringify(errors ?? data)}`);
    }
    acknowledge();
  }

  async #delete(faces: Faces, key: string): Promise<void> {
    const acknowledge = this.#ledger.begin(key, null);
    this.#expectDone(await sendSigned(faces, { method: 'DELETE', path: pathOf(key) }), acknowledge);
  }

  async #copy(faces: Faces, key: string): Promise<void> {
    const source = this.#random.of(this.#keys);
    const content = this.#ledger.expected(source);
    if (source === key || content === undefined || content === null) {
      return;
    }
    const acknowledge = this.#ledger.begin(key, content);
    const headers = { 'x-amz-copy-source': `bucket/${source}` };
    this.#expectDone(await sendSigned(faces, { method: 'PUT', path: pathOf(key), headers }), acknowledge);
  }

  async #uploadParts(faces: Faces, key: string): Promise<void> {
    const started = await this.#ask(faces, { method: 'POST', path: `${pathOf(key)}?uploads=` });
    const uploadId = /<UploadId>(\w+)</.exec(started.body)?.[1] ?? '';
    const last = this.#anyContent();
    const parts = this.#random.next() < 0.2 ? [contentOf(this.#random.of(seeds), sizes.part), last] : [last];
    const listed: string[] = [];
    for (const [index, body] of parts.entries()) {
      const path = `${pathOf(key)}?partNumber=${index + 1}&uploadId=${uploadId}`;
      const { headers } = await this.#ask(faces, { method: 'PUT', path, body });
      listed.push(`<Part><PartNumber>${index + 1}</PartNumber><ETag>${headers.etag}</ETag></Part>`);
    }
    if (this.#random.next() < 0.15) {
      await this.#ask(faces, { method: 'DELETE', path: `${pathOf(key)}?uploadId=${uploadId}` });
      return;
    }
    const acknowledge = this.#ledger.begin(key, digestOf(Buffer.concat(parts)));
    const body = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`;
    this.#expectDone(
      await sendSigned(faces, { method: 'POST', path: `${pathOf(key)}?uploadId=${uploadId}`, body }),
      acknowledge,
    );
  }

  async #read(faces: Faces, key: string): Promise<void> {
    const expected = this.#ledger.expected(key);
    const reading = await readDigest(faces, key);
    if (expected !== undefined) {
      this.#ledger.judge(key, reading);
    }
  }

  async #ask(faces: Faces, raw: RawRequest): Promise<RawAnswer> {
    const answer = await sendSigned(faces, raw);
    this.#expectDone(answer, () => undefined);
    return answer;
  }

  #expectDone({ status, code, body }: RawAnswer, acknowledge: () => void): void {
    if (status >= 300 || code !== undefined) {
      throw new Error(`Answered with ${status}: ${body}`);
    }
    acknowledge();
  }

  #anyContent(): Buffer {
    return contentOf(this.#random.of(seeds), this.#random.of([sizes.inline, sizes.inline, sizes.file, sizes.large]));
  }
}

/** Reads an object to its end; rejects only when the connection breaks. */
export function readDigest(faces: Endpoint, key: string): Promise<Reading> {
  const { promise, resolve, reject } = Promise.withResolvers<Reading>();
  const { headers } = sign(faces, { path: pathOf(key) });
  const outgoing = request(`${faces.s3Url}${pathOf(key)}`, { headers, agent: false }, (incoming) => {
    const digest = createHash('sha256');
    incoming.on('data', (piece: Buffer) => digest.update(piece));
    incoming.on('error', reject);
    incoming.on('end', () => {
      const { statusCode } = incoming;
      const failure = { failure: `status ${statusCode}` };
      resolve(statusCode === 200 ? digest.digest('hex') : statusCode === 404 ? null : failure);
      outgoing.destroy();
    });
  });
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

function pathOf(key: string): string {
  return `/bucket/${key}`;
}

function contentOf(seed: string, size: number): Buffer {
  const name = `${seed}${size}`;
  const known = contents.get(name);
  if (known !== undefined) {
    return known;
  }
  const cipher = createCipheriv('aes-128-ctr', seed.repeat(16), Buffer.alloc(16, String(size)));
  const content = cipher.update(Buffer.alloc(size));
  contents.set(name, content);
  return content;
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
