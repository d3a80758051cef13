import { codeOfStatus } from './answer.js';
import type { GranaryClient } from './client.js';
import { GranaryError, isGranaryError, NetworkError } from './errors.js';
import { GetDownload, type GetDownloadQuery, GetZipUrl } from './generated/operations.js';
import { Meter, type Progress } from './progress.js';
import { pauseBefore, wait } from './wait.js';

/** Which object, or which of its versions. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  readonly tenant?: string;
}

export interface DownloadOptions {
  /** Begins at this byte, for what is there already. */
  readonly offset?: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** What an object is, beside its bytes. */
export type DownloadedObject = Omit<NonNullable<GetDownloadQuery['object']>, 'downloadUrl'>;

/** An object, or a folder as a zip, that is being downloaded. */
export interface Download {
  /** Undefined for a zip. */
  readonly object: DownloadedObject | undefined;
  readonly stream: ReadableStream<Uint8Array>;
  /** All of it; in browsers what does not fit into memory goes to the disk. */
  blob(): Promise<Blob>;
}

/** An address to give to `<img>`, `<a download>` or another program; good for `expiresIn` seconds, 300 by default. */
export async function downloadUrl(
  client: GranaryClient,
  address: ObjectAddress & { readonly expiresIn?: number },
): Promise<string> {
  return (await locate(client, address)).url;
}

/** An address of all below a folder as one zip. */
export async function zipUrl(
  client: GranaryClient,
  folder: { readonly bucket: string; readonly prefix?: string; readonly expiresIn?: number; readonly tenant?: string },
): Promise<string> {
  const { bucket } = await client.query(GetZipUrl, folder);
  if (bucket === null) {
    throw new GranaryError('NOT_FOUND', `There is no bucket "${folder.bucket}".`);
  }
  if (bucket.zipUrl === null) {
    throw new GranaryError('DENIED', `You may not list what is to be in the zip of "${folder.bucket}".`);
  }
  return bucket.zipUrl;
}

/**
 * Downloads an object. When the connection breaks it goes on where it was, by range, so that the stream is whole or
 * fails. Throws `NOT_FOUND`.
 */
export async function download(
  client: GranaryClient,
  address: ObjectAddress,
  options: DownloadOptions = {},
): Promise<Download> {
  const { url, object } = await locate(client, address);
  // The browser unpacks what is encoded: then bytes and ranges are not those of the object.
  const isEncoded = object.contentEncoding !== null && object.contentEncoding !== 'identity';
  const reading = new Reading(client, {
    url,
    renewUrl: async () => (await locate(client, address)).url,
    whole: isEncoded ? undefined : { size: object.size, etag: object.etag },
    options,
  });
  const stream = await reading.open();
  return { object, stream, blob: () => collect(stream, object.contentType) };
}

/** Downloads a folder as one zip, which is put together while it is sent: it cannot be gone on with. */
export async function downloadZip(
  client: GranaryClient,
  folder: { readonly bucket: string; readonly prefix?: string; readonly tenant?: string },
  options: Omit<DownloadOptions, 'offset'> = {},
): Promise<Download> {
  const renewUrl = (): Promise<string> => zipUrl(client, folder);
  const stream = await new Reading(client, { url: await renewUrl(), renewUrl, whole: undefined, options }).open();
  return { object: undefined, stream, blob: () => collect(stream, 'application/zip') };
}

async function locate(client: GranaryClient, address: ObjectAddress & { readonly expiresIn?: number }) {
  const { object } = await client.query(GetDownload, address);
  if (object === null) {
    throw new GranaryError('NOT_FOUND', `There is no object "${address.key}" in "${address.bucket}".`);
  }
  const { downloadUrl: url, ...known } = object;
  if (url === null) {
    throw new GranaryError('DENIED', `You may not read "${address.key}" in "${address.bucket}".`);
  }
  return { url, object: known };
}

async function collect(stream: ReadableStream<Uint8Array>, type: string): Promise<Blob> {
  const blob = await new Response(stream).blob();
  return blob.slice(0, blob.size, type);
}

interface Source {
  readonly url: string;
  renewUrl(): Promise<string>;
  /** What is known of the bytes before; undefined where nothing is, and they cannot be gone on with. */
  readonly whole: { readonly size: number; readonly etag: string } | undefined;
  readonly options: DownloadOptions;
}

/** Reads an address to its end, over as many requests as it takes. */
class Reading {
  readonly #client: GranaryClient;
  readonly #source: Source;
  readonly #meter: Meter;
  #url: string;
  #position: number;
  #failures = 0;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(client: GranaryClient, source: Source) {
    this.#client = client;
    this.#source = source;
    this.#url = source.url;
    this.#position = source.options.offset ?? 0;
    this.#meter = new Meter(source.whole?.size, source.options.onProgress);
  }

  async open(): Promise<ReadableStream<Uint8Array>> {
    const { whole } = this.#source;
    if (this.#position > 0 && whole === undefined) {
      throw new GranaryError('NOT_SUPPORTED', 'What is encoded, or put together, can only be read from its beginning.');
    }
    this.#meter.begin(this.#position);
    if (whole === undefined || this.#position < whole.size) {
      // What is wrong with the address is told here.
      await this.#retried(() => this.#connect());
    }
    return new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(controller), cancel: (reason) => this.#reader?.cancel(reason) },
      { highWaterMark: 0 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const chunk = await this.#retried(() => this.#read());
    if (chunk === undefined) {
      controller.close();
    } else {
      controller.enqueue(chunk);
    }
  }

  async #read(): Promise<Uint8Array | undefined> {
    const { whole, options } = this.#source;
    if (this.#position === whole?.size) {
      await this.#reader?.cancel().catch(() => undefined);
      return undefined;
    }
    const reader = this.#reader ?? (await this.#connect());
    try {
      const { done, value } = await reader.read();
      if (!done) {
        this.#failures = 0;
        this.#position += value.byteLength;
        this.#meter.update(this.#position);
        return value;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new NetworkError(error);
    }
    if (whole !== undefined) {
      throw new NetworkError(new Error('The download broke off.'));
    }
    return undefined;
  }

  /** What cannot be gone on with is tried again only before its first byte. */
  async #retried<T>(work: () => Promise<T>): Promise<T> {
    const { whole, options } = this.#source;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        this.#reader = undefined;
        this.#failures += 1;
        const canGoOn = whole !== undefined || this.#position === 0;
        if (!canGoOn || this.#failures > this.#client.retries || !isPassing(error)) {
          throw error;
        }
        await wait(pauseBefore(this.#failures, error.retryAfter), options.signal);
      }
    }
  }

  async #connect(): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    let response = await this.#fetch();
    if (response.status === 403 && this.#position > (this.#source.options.offset ?? 0)) {
      // The address was good when it began.
      this.#url = await this.#source.renewUrl();
      response = await this.#fetch();
    }
    if (response.status !== (this.#position > 0 ? 206 : 200)) {
      await response.body?.cancel();
      throw refusalOf(response, this.#position);
    }
    this.#reader = (response.body ?? new Blob([]).stream()).getReader();
    return this.#reader;
  }

  async #fetch(): Promise<Response> {
    const { whole, options } = this.#source;
    const headers: Record<string, string> =
      this.#position > 0 && whole !== undefined
        ? { range: `bytes=${this.#position}-`, 'if-range': `"${whole.etag}"` }
        : {};
    try {
      return await this.#client.fetch(this.#url, { headers, credentials: 'omit', signal: options.signal ?? null });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new NetworkError(error);
    }
  }
}

function refusalOf({ status, headers }: Response, position: number): GranaryError {
  if (status === 200 && position > 0) {
    return new GranaryError('PRECONDITION_FAILED', 'The object has changed since the download began.', { status });
  }
  const retryAfter = Number(headers.get('retry-after')) || undefined;
  return new GranaryError(codeOfStatus(status), `The download was answered with status ${status}.`, {
    status,
    retryAfter,
  });
}

function isPassing(error: unknown): error is GranaryError {
  return isGranaryError(error, 'NETWORK', 'UNAVAILABLE', 'RATE_LIMITED');
}
