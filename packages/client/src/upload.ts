import type { GranaryClient } from './client.js';
import { sha256, toHex } from './digest.js';
import { GranaryError } from './errors.js';
import { Gate } from './gate.js';
import { UploadObject } from './generated/operations.js';
import { Meter } from './progress.js';
import { peek, toBlob } from './source.js';
import { abortStaged, nameOf, objectOf, runStaged, type Staged, startStaged } from './staged-transfer.js';
import type { SendingOptions, UploadedObject, UploadOptions, UploadToken } from './upload-options.js';

const usualStagedFrom = 16 * 1024 * 1024;
const usualParallel = 3;
const usualRetries = 5;

/** How an upload goes on. */
export type UploadState = 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';

/** An upload that is under way. */
export interface UploadTask {
  /** The object once it is there. Rejects when the upload has failed or was cancelled. */
  readonly done: Promise<UploadedObject>;
  readonly state: UploadState;
  /** What {@link resumeUpload} takes; undefined until the upload goes in parts, and for small files. */
  readonly token: UploadToken | undefined;
  /** Stops sending; what has come in stays. Parts, and small files, that are under way begin anew afterwards. */
  pause(): void;
  resume(): void;
  /** Gives the upload up: what has come in is removed. `done` rejects with the reason, an `AbortError` by default. */
  cancel(reason?: unknown): void;
}

/**
 * Uploads a file: a small one in one request, a large one in parts, several at once, which survives lost connections
 * and reloads. Begins at once.
 */
export function upload(client: GranaryClient, options: UploadOptions): UploadTask {
  return new RunningUpload(client, options, undefined);
}

/**
 * Goes on with an upload in parts after a reload, with the same file: only the parts that are missing are sent. It has
 * to be the user who began it. Rejects with `NOT_FOUND` when the upload has expired, `SOURCE_CHANGED` for another file:
 * the parts that are kept are compared with it.
 */
export function resumeUpload(client: GranaryClient, token: UploadToken, options: SendingOptions): UploadTask {
  return new RunningUpload(client, { ...options, bucket: '', key: '' }, token);
}

class RunningUpload implements UploadTask {
  readonly done: Promise<UploadedObject>;
  readonly #client: GranaryClient;
  readonly #options: UploadOptions;
  readonly #gate = new Gate();
  readonly #cancelling = new AbortController();
  #token: UploadToken | undefined;
  #ended: 'completed' | 'failed' | 'cancelled' | undefined;

  constructor(client: GranaryClient, options: UploadOptions, token: UploadToken | undefined) {
    this.#client = client;
    this.#options = options;
    this.#token = token;
    this.done = this.#run();
    // Whoever does not look at it learns of failures by the state.
    this.done.catch(() => undefined);
  }

  get state(): UploadState {
    return this.#ended ?? (this.#gate.isOpen ? 'running' : 'paused');
  }

  get token(): UploadToken | undefined {
    return this.#token;
  }

  pause(): void {
    if (this.#ended === undefined) {
      this.#gate.close();
    }
  }

  resume(): void {
    this.#gate.open();
  }

  cancel(reason: unknown = new DOMException('The upload was cancelled.', 'AbortError')): void {
    this.#cancelling.abort(reason);
    this.#gate.open();
  }

  async #run(): Promise<UploadedObject> {
    const { signal } = this.#options;
    const follow = (): void => this.cancel(signal?.reason);
    signal?.addEventListener('abort', follow, { once: true });
    try {
      // Nothing has begun before the caller has the task.
      await Promise.resolve();
      if (signal?.aborted) {
        follow();
      }
      this.#cancelling.signal.throwIfAborted();
      const object = await this.#send();
      this.#ended = 'completed';
      return object;
    } catch (error) {
      await this.#failed();
      throw this.#cancelling.signal.aborted ? this.#cancelling.signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', follow);
    }
  }

  async #failed(): Promise<void> {
    const isCancelled = this.#cancelling.signal.aborted;
    this.#ended = isCancelled ? 'cancelled' : 'failed';
    if (isCancelled && this.#token !== undefined) {
      await abortStaged(this.#client, this.#token);
    }
  }

  async #send(): Promise<UploadedObject> {
    const { source } = this.#options;
    const stagedFrom = this.#options.stagedFrom ?? usualStagedFrom;
    const blob = toBlob(source);
    if (blob !== undefined) {
      const isSmall = this.#token === undefined && blob.size < stagedFrom;
      return isSmall ? this.#sendWhole(blob) : this.#sendStaged(blob, blob.size);
    }
    const stream = source as ReadableStream<Uint8Array>;
    if (this.#token !== undefined) {
      return this.#sendStaged(stream, this.#token.size);
    }
    const { head, rest } = await peek(stream, Math.min(stagedFrom, this.#options.size ?? stagedFrom));
    if (rest === undefined) {
      this.#requireSize(head.size);
      return this.#sendWhole(head);
    }
    if (this.#options.size === undefined) {
      await rest.cancel();
      throw new GranaryError('INVALID_INPUT', 'Give the `size` of a stream that is longer than `stagedFrom`.');
    }
    return this.#sendStaged(rest, this.#options.size);
  }

  #requireSize(size: number): void {
    if ((this.#options.size ?? size) !== size) {
      throw new GranaryError('SOURCE_CHANGED', `The stream has ${size} bytes, not ${this.#options.size}.`);
    }
  }

  async #sendWhole(file: Blob): Promise<UploadedObject> {
    const meter = this.#meterOf(file.size);
    const { sha256: given, ...object } = objectOf(this.#options);
    const digest = given == null && this.#options.verify !== false ? await sha256(file) : undefined;
    const promised = digest === undefined ? given : toHex(digest);
    const input = { ...object, file, ...(promised == null ? {} : { sha256: promised }) };
    for (;;) {
      await this.#gate.pass();
      this.#cancelling.signal.throwIfAborted();
      const { closing } = this.#gate;
      meter.begin(0);
      try {
        const signal = AbortSignal.any([this.#cancelling.signal, closing]);
        const onSent = (bytes: number): void => meter.update(Math.min(bytes, file.size));
        const { uploadObject } = await this.#client.mutate(UploadObject, { input }, { signal, onSent });
        return uploadObject.object as UploadedObject;
      } catch (error) {
        if (!closing.aborted || this.#cancelling.signal.aborted) {
          throw error;
        }
      }
    }
  }

  async #sendStaged(content: Blob | ReadableStream<Uint8Array>, size: number): Promise<UploadedObject> {
    const { parallel = usualParallel, retries = usualRetries, verify = true } = this.#options;
    if (this.#token === undefined) {
      this.#token = await startStaged(this.#client, size, this.#options);
      this.#options.onStarted?.(this.#token);
    } else {
      requireSame(this.#token, this.#options.source, size);
    }
    const staged: Staged = {
      ...{ client: this.#client, content, size, parallel, retries, isVerified: verify },
      ...{ meter: this.#meterOf(size), gate: this.#gate, signal: this.#cancelling.signal },
    };
    return runStaged(staged, this.#token);
  }

  #meterOf(size: number): Meter {
    const { onProgress } = this.#options;
    return new Meter(size, onProgress && ((progress) => onProgress({ ...progress, totalBytes: size })));
  }
}

function requireSame(token: UploadToken, source: unknown, size: number): void {
  const { name = token.name, lastModified = token.lastModified } = nameOf(source);
  if (size !== token.size || name !== token.name || lastModified !== token.lastModified) {
    throw new GranaryError('SOURCE_CHANGED', 'This is not the file that the upload was begun with.');
  }
}
