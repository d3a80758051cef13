import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { GranaryError, isGranaryError } from '../../errors.js';
import { type BlobDriver, type BlobSource, OWNER_NAME, type StagedSource } from '../blob-driver.js';
import { assertBlobPath, storeOf } from '../blob-path.js';
import type { ByteRange, StoredFile } from '../blob-store.js';
import { RemoteFailure, remoteFailure } from '../remote-failure.js';
import { type Patience, patienceFor, withRetry } from '../retry.js';
import { blobExists, corruptBlob, missingBlob } from '../storage-error.js';
import type { ObjectHead, ObjectService, UnfinishedUpload } from './object-service.js';
import { RemoteSource } from './remote-source.js';

/** A start must not hang on a store that does not answer. */
const CHECK_MS = 10_000;

/** Bytes of an owner that are read; what is longer is none of ours. */
const OWNER_LIMIT = 1024;

export interface RemoteDriverOptions {
  store: string;
  /** What keys begin with before the path; ends with a slash, or is empty. */
  prefix: string;
  service: ObjectService;
  patience: Patience;
}

/**
 * Blobs as objects, whose keys are their paths below a prefix, in a service that refuses to replace an object.
 */
export class RemoteDriver implements BlobDriver {
  readonly #store: string;
  readonly #prefix: string;
  readonly #service: ObjectService;
  readonly #patience: Patience;
  readonly #closed = new AbortController();

  constructor({ store, prefix, service, patience }: RemoteDriverOptions) {
    this.#store = store;
    this.#prefix = prefix;
    this.#service = service;
    this.#patience = patience;
  }

  async place(source: StagedSource, path: string): Promise<void> {
    await this.#upload(source, this.#keyOf(path));
    await rm(source.file, { force: true });
  }

  async open(path: string, { size, range }: { size: number; range: ByteRange }): Promise<BlobSource> {
    const key = this.#keyOf(path);
    const isEmpty = size === 0 || range.end < range.start;
    if (isEmpty) await this.#assertSize(key, size);
    const source = new RemoteSource({
      range,
      patience: this.#patience,
      openStream: (part, signal) => this.#get(key, { size, range: part }, signal),
      naming: (work) => this.#naming(work),
      signal: this.#closed.signal,
    });
    try {
      if (!isEmpty) await source.start();
      return source;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    await this.#delete(this.#keyOf(path));
  }

  async *walk(): AsyncGenerator<StoredFile> {
    let from: string | undefined;
    do {
      const page = await this.#send((signal) => this.#service.list(`${this.#prefix}${this.#store}/`, from, signal));
      for (const { key, modifiedAt } of page.objects) yield { path: key.slice(this.#prefix.length), modifiedAt };
      from = page.next;
    } while (from !== undefined);
  }

  async quarantine(path: string): Promise<void> {
    if (!path.startsWith(`${this.#store}/`)) {
      throw new GranaryError('Internal', 'The path of a stray file leads out of the store.');
    }
    const key = this.#prefix + path;
    const aside = `${this.#prefix}quarantine/${path}.${randomUUID()}`;
    const head = await this.#head(key);
    if (head === undefined) return;
    await this.#send((signal) => this.#service.copy(key, aside, signal), patienceFor(head.size, this.#patience));
    await this.#assertSize(aside, head.size);
    await this.#delete(key);
  }

  /** Where the service has no list of them, it drops them itself. */
  async sweepUploads(olderThanMs: number): Promise<number> {
    const limit = Date.now() - olderThanMs;
    let swept = 0;
    for await (const upload of this.#unfinished()) {
      if (upload.beganAt.getTime() >= limit) continue;
      await this.#unlessMissing(async (signal) => this.#service.abortUpload?.(upload, signal));
      swept += 1;
    }
    return swept;
  }

  async readOwner(): Promise<string | undefined> {
    const key = this.#prefix + OWNER_NAME;
    const head = await this.#head(key);
    if (head === undefined || head.size === 0) return head && '';
    const wanted = { size: head.size, range: { start: 0, end: Math.min(head.size, OWNER_LIMIT) - 1 } };
    return this.#send(async (signal) => text(await this.#get(key, wanted, signal)));
  }

  async writeOwner(owner: string): Promise<void> {
    await withFile(owner, (source) => this.#upload(source, this.#prefix + OWNER_NAME));
  }

  async removeOwner(): Promise<void> {
    await this.#delete(this.#prefix + OWNER_NAME);
  }

  async check(): Promise<void> {
    const timeout = AbortSignal.timeout(CHECK_MS);
    const close = () => this.#closed.abort();
    timeout.addEventListener('abort', close, { once: true });
    try {
      await this.#probe();
    } catch (error) {
      throw this.#unusable(error);
    } finally {
      timeout.removeEventListener('abort', close);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#service.close?.();
  }

  #keyOf(path: string): string {
    assertBlobPath(path);
    if (storeOf(path) === this.#store) return this.#prefix + path;
    throw new GranaryError('Internal', 'The path of a blob is in another store.');
  }

  /** Writes, reads and removes an object; and writes it a second time, which must be refused. */
  async #probe(): Promise<void> {
    const key = `${this.#prefix}quarantine/probe.${randomUUID()}`;
    await withFile('probe', async (source) => {
      await this.#service.learn?.({
        ...{ key: `${key}.first`, source, mark: randomUUID() },
        ...{ patience: this.#patience, signal: this.#closed.signal },
      });
      await this.#delete(`${key}.first`);
      await this.#put(source, key, randomUUID());
      if ((await this.#head(key))?.size !== source.size) throw new RemoteFailure(undefined, 'WriteWasLost');
      await this.#assertRefusesSecond(source, key);
      await this.#delete(key);
    });
  }

  async #assertRefusesSecond(source: StagedSource, key: string): Promise<void> {
    try {
      await this.#put(source, key, randomUUID());
    } catch (error) {
      if (isTaken(error)) return;
      throw error;
    }
    throw new RemoteFailure(undefined, 'ConditionIsIgnored');
  }

  #unusable(error: unknown): GranaryError {
    const failure = remoteFailure(isGranaryError(error) ? error.cause : error);
    const why = failure.status === undefined ? failure.code : failure.message;
    const message = `The store ${this.#store} cannot be used in ${this.#service.location}: ${why}.`;
    return new GranaryError('Unavailable', message, { cause: failure });
  }

  /** Uploads, and sees that it is there with its size. What a failure may have left behind is removed. */
  async #upload(source: StagedSource, key: string): Promise<void> {
    const mark = randomUUID();
    try {
      await this.#naming(() => this.#put(source, key, mark));
      await this.#assertSize(key, source.size);
    } catch (error) {
      if (await this.#isDone(key, mark, source.size)) return;
      throw isTaken(error) ? blobExists() : error;
    }
  }

  /**
   * After a failure: an object with our mark and this size was stored by a try whose answer was lost, and counts. One
   * with our mark and another size is removed; when the service does not answer, the sweep finds it.
   */
  async #isDone(key: string, mark: string, size: number): Promise<boolean> {
    try {
      const head = await this.#head(key);
      if (head?.mark !== mark) return false;
      if (head.size === size) return true;
      await this.#delete(key);
      return false;
    } catch {
      // The failure that led here says more.
      return false;
    }
  }

  #put(source: StagedSource, key: string, mark: string): Promise<void> {
    return this.#service.put({ key, source, mark, patience: this.#patience, signal: this.#closed.signal });
  }

  async #get(
    key: string,
    wanted: { size: number; range: ByteRange },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    try {
      return await this.#service.get(key, wanted, signal);
    } catch (error) {
      const { status } = remoteFailure(error);
      if (status === 404) throw missingBlob();
      if (status === 416) throw corruptBlob('has another size');
      throw error;
    }
  }

  async #assertSize(key: string, size: number): Promise<void> {
    const head = await this.#head(key);
    if (head === undefined) throw missingBlob();
    if (head.size !== size) throw corruptBlob('has another size');
  }

  async *#unfinished(): AsyncGenerator<UnfinishedUpload> {
    let after: UnfinishedUpload | undefined;
    do {
      const from = after;
      // Some services that speak S3 do not implement this list: their own rules must end what was left.
      const page = await this.#unless(501, async (signal) =>
        this.#service.listUploads?.(`${this.#prefix}${this.#store}/`, from, signal),
      );
      yield* page?.uploads ?? [];
      after = page?.next;
    } while (after !== undefined);
  }

  #head(key: string): Promise<ObjectHead | undefined> {
    return this.#unlessMissing((signal) => this.#service.head(key, signal));
  }

  async #delete(key: string): Promise<void> {
    await this.#unlessMissing((signal) => this.#service.delete(key, signal));
  }

  #send<T>(sending: (signal: AbortSignal) => Promise<T>, patience = this.#patience): Promise<T> {
    return this.#naming(() => withRetry({ patience, signal: this.#closed.signal }, sending));
  }

  #unlessMissing<T>(sending: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    return this.#unless(404, sending);
  }

  async #unless<T>(status: number, sending: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#send(sending);
    } catch (error) {
      if (isGranaryError(error) && remoteFailure(error.cause).status === status) return undefined;
      throw error;
    }
  }

  /** What is refused for good is the operator's business: it becomes an error that names the store. */
  async #naming<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isGranaryError(error)) throw error;
      const failure = remoteFailure(error);
      const message = `The store ${this.#store} refused a request: ${failure.message}.`;
      throw new GranaryError('Internal', message, { reason: 'StoreRefused', cause: failure });
    }
  }
}

/** Does something with a file of the temporary directory that has this content. */
async function withFile(content: string, work: (source: StagedSource) => Promise<void>): Promise<void> {
  const source = { file: join(tmpdir(), `granary-${randomUUID()}`), size: Buffer.byteLength(content) };
  await writeFile(source.file, content, { flag: 'wx', mode: 0o600 });
  try {
    await work(source);
  } finally {
    await rm(source.file, { force: true });
  }
}

function isTaken(error: unknown): boolean {
  const { status, code } = remoteFailure(isGranaryError(error) ? error.cause : error);
  return status === 412 || code === 'BlobAlreadyExists';
}
