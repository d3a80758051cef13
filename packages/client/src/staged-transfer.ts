import type { GranaryClient } from './client.js';
import { GranaryError } from './errors.js';
import type { Gate } from './gate.js';
import { AbortUpload, CompleteUpload, GetUpload, ListUploadParts, StartUpload } from './generated/operations.js';
import { KeptParts } from './kept-parts.js';
import { paginate } from './paginate.js';
import { PartUrls } from './part-urls.js';
import type { Meter } from './progress.js';
import { sendPart } from './send-part.js';
import { blobParts, streamParts } from './source.js';
import type { ObjectOptions, UploadedObject, UploadOptions, UploadToken } from './upload-options.js';

/** What is sent how, once the source and its size are known. */
export interface Staged {
  readonly client: GranaryClient;
  readonly content: Blob | ReadableStream<Uint8Array>;
  readonly size: number;
  readonly parallel: number;
  readonly retries: number;
  readonly isVerified: boolean;
  readonly meter: Meter;
  readonly gate: Gate;
  readonly signal: AbortSignal;
}

const usualPartsAtOnce = 100;

/** Opens an upload in parts. */
export async function startStaged(client: GranaryClient, size: number, options: UploadOptions): Promise<UploadToken> {
  const { partSize } = options;
  const input = { ...objectOf(options), size, ...(partSize === undefined ? {} : { partSize }) };
  const { startUpload } = await client.mutate(StartUpload, { input });
  const upload = startUpload.upload as NonNullable<typeof startUpload.upload>;
  return { uploadId: upload.id, size, partSize: upload.partSize ?? size, ...nameOf(options.source) };
}

/** Of the options, what is about the object. */
export function objectOf(options: UploadOptions): ObjectOptions {
  const { source, size, partSize, parallel, stagedFrom, verify, retries, onProgress, onStarted, signal, ...object } =
    options;
  const type = source instanceof Blob ? source.type : '';
  return type === '' ? object : { contentType: type, ...object };
}

/** Files have a name and a date, by which they are known again. */
export function nameOf(source: unknown): { name?: string; lastModified?: number } {
  const { name, lastModified } = source as { name?: unknown; lastModified?: unknown };
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof lastModified === 'number' ? { lastModified } : {}),
  };
}

/** Sends the parts that are missing, and makes an object of all. */
export async function runStaged(staged: Staged, token: UploadToken): Promise<UploadedObject> {
  const { client, content, signal, meter } = staged;
  const kept = await receivedParts(staged, token);
  if (kept !== 'all') {
    if (content instanceof Blob) {
      // Before anything is sent: bytes of another file among the parts would be in the way of the right one as well.
      await kept.holdsAll(
        blobParts(content, token.partSize, (part) => kept.has(part)),
        signal,
      );
    }
    const tally = new Tally(meter, kept.sizes, token);
    const wanted = tally.missing();
    const reader =
      content instanceof Blob
        ? blobParts(content, token.partSize, (part) => !kept.has(part))
        : streamParts(content, token, async (part) => !(await kept.holds(part)));
    const urls = new PartUrls(client, { uploadId: token.uploadId, wanted, signal });
    const failing = new AbortController();
    const sending = {
      ...{ client, urls, gate: staged.gate, retries: staged.retries, isVerified: staged.isVerified },
      signal: AbortSignal.any([signal, failing.signal]),
      onSent: (part: number, bytes: number) => tally.sent(part, bytes),
    };
    const work = async (): Promise<void> => {
      for (let part = await reader.next(); part !== undefined; part = await reader.next()) {
        await sendPart(sending, part);
        tally.done(part.number);
      }
    };
    try {
      await Promise.all(Array.from({ length: staged.parallel }, work));
    } catch (error) {
      failing.abort(error);
      await reader.cancel().catch(() => undefined);
      throw error;
    }
  }
  await staged.gate.pass();
  return complete(staged, token);
}

async function complete({ client, signal, meter }: Staged, { uploadId, size }: UploadToken): Promise<UploadedObject> {
  const options = { repeatable: true, signal };
  const { completeUpload } = await client.mutate(CompleteUpload, { input: { uploadId } }, options);
  meter.update(size);
  return completeUpload.object as UploadedObject;
}

/** Gives the upload up, if the server can be reached; otherwise it expires. */
export async function abortStaged(client: GranaryClient, { uploadId }: UploadToken): Promise<void> {
  await client.mutate(AbortUpload, { input: { uploadId } }, { repeatable: true }).catch(() => undefined);
}

/** The parts that came in with the size they must have; `all` when the object is there already. */
async function receivedParts({ client, content, signal }: Staged, token: UploadToken): Promise<KeptParts | 'all'> {
  const { upload } = await client.query(GetUpload, { id: token.uploadId }, { signal });
  if (upload === null) {
    throw new GranaryError('NOT_FOUND', 'The upload is over: it was given up, or has expired.');
  }
  if (upload.state === 'COMPLETED') {
    return 'all';
  }
  const kept = new KeptParts(isKnownByName(content, token));
  if (upload.receivedBytes > 0) {
    const variables = { id: token.uploadId, first: usualPartsAtOnce };
    const parts = paginate(client, ListUploadParts, variables, (answer) => answer.upload?.parts, { signal });
    for await (const part of parts) {
      if (part.size === partLength(token, part.partNumber)) {
        kept.add(part);
      }
    }
  }
  return kept;
}

function isKnownByName(content: unknown, token: UploadToken): boolean {
  const { name, lastModified } = nameOf(content);
  return name !== undefined && lastModified !== undefined && name === token.name && lastModified === token.lastModified;
}

function partLength({ size, partSize }: UploadToken, part: number): number {
  return Math.max(0, Math.min(partSize, size - (part - 1) * partSize));
}

/** How many bytes have come, part by part. */
class Tally {
  readonly #meter: Meter;
  readonly #received: Map<number, number>;
  readonly #underWay = new Map<number, number>();
  readonly #token: UploadToken;
  #receivedBytes: number;

  constructor(meter: Meter, received: Map<number, number>, token: UploadToken) {
    this.#meter = meter;
    this.#received = received;
    this.#token = token;
    this.#receivedBytes = [...received.values()].reduce((sum, size) => sum + size, 0);
    meter.begin(this.#receivedBytes);
  }

  has(part: number): boolean {
    return this.#received.has(part);
  }

  missing(): number[] {
    const count = Math.max(1, Math.ceil(this.#token.size / this.#token.partSize));
    return Array.from({ length: count }, (_, index) => index + 1).filter((part) => !this.has(part));
  }

  sent(part: number, bytes: number): void {
    this.#underWay.set(part, bytes);
    this.#tell();
  }

  done(part: number): void {
    const length = partLength(this.#token, part);
    this.#underWay.delete(part);
    this.#received.set(part, length);
    this.#receivedBytes += length;
    this.#tell();
  }

  #tell(): void {
    const underWay = [...this.#underWay.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#meter.update(this.#receivedBytes + underWay);
  }
}
