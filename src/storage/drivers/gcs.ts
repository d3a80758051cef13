import { z } from 'zod';
import type { StoreAddress } from '../../config/store-address.js';
import type { ByteRange } from '../blob-store.js';
import { DEFAULT_PATIENCE, type Patience } from '../retry.js';
import { corruptBlob } from '../storage-error.js';
import { GOOGLE_ENDPOINT, GoogleClient } from './gcs-client.js';
import { uploadToGcs } from './gcs-upload.js';
import type { ObjectHead, ObjectPage, ObjectService, ObjectUpload } from './object-service.js';
import { RemoteDriver } from './remote-driver.js';

export interface GcsStoreOptions {
  store: string;
  address: Extract<StoreAddress, { kind: 'gs' }>;
  patience?: Patience;
}

const PAGE_SIZE = '1000';

const objectResource = z.object({
  size: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  metadata: z.record(z.string(), z.string()).optional(),
});

const objectPage = z.object({
  items: z.array(z.object({ name: z.string(), timeCreated: z.coerce.date() })).default([]),
  nextPageToken: z.string().optional(),
});

const rewriteStep = z.object({ done: z.boolean(), rewriteToken: z.string().optional() });

/**
 * A store in a bucket of Google Cloud Storage, with Application Default Credentials, which are not sent to an endpoint
 * without TLS. Nothing is sent yet.
 */
export function openGcsStore({ store, address, patience = DEFAULT_PATIENCE }: GcsStoreOptions): RemoteDriver {
  const { bucket, prefix, endpoint = GOOGLE_ENDPOINT } = address;
  const service = new GcsService(new GoogleClient(endpoint), bucket);
  return new RemoteDriver({ store, prefix: prefix && `${prefix}/`, service, patience });
}

/** Objects of one bucket. Sessions of uploads that were never finished end after a week. */
class GcsService implements ObjectService {
  readonly location: string;
  readonly #client: GoogleClient;
  readonly #bucket: string;

  constructor(client: GoogleClient, bucket: string) {
    this.#client = client;
    this.#bucket = encodeURIComponent(bucket);
    this.location = `the bucket ${bucket}`;
  }

  put(upload: ObjectUpload): Promise<void> {
    return uploadToGcs({ ...upload, client: this.#client, path: `/upload/storage/v1/b/${this.#bucket}/o` });
  }

  async head(key: string, signal: AbortSignal): Promise<ObjectHead> {
    const answer = await this.#client.json({ method: 'GET', path: this.#pathOf(key), signal });
    const { size, metadata } = objectResource.parse(answer);
    return { size, mark: metadata?.['granary-upload'] };
  }

  async get(
    key: string,
    { range, size }: { range: ByteRange; size: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { body, headers } = await this.#client.send({
      method: 'GET',
      path: this.#pathOf(key),
      query: { alt: 'media' },
      headers: { range: `bytes=${range.start}-${range.end}` },
      signal,
    });
    if (body === null) throw corruptBlob('has no bytes');
    if (headers.get('content-range') === `bytes ${range.start}-${range.end}/${size}`) return body;
    await body.cancel();
    throw corruptBlob('has another size');
  }

  /** https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite */
  async copy(from: string, to: string, signal: AbortSignal): Promise<void> {
    const path = `${this.#pathOf(from)}/rewriteTo/b/${this.#bucket}/o/${encodeURIComponent(to)}`;
    let query: Record<string, string> = {};
    for (;;) {
      const { done, rewriteToken } = rewriteStep.parse(
        await this.#client.json({ method: 'POST', path, query, signal }),
      );
      if (done) return;
      query = rewriteToken === undefined ? {} : { rewriteToken };
    }
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    await this.#client.done({ method: 'DELETE', path: this.#pathOf(key), signal });
  }

  async list(prefix: string, from: string | undefined, signal: AbortSignal): Promise<ObjectPage> {
    const answer = await this.#client.json({
      method: 'GET',
      path: `/storage/v1/b/${this.#bucket}/o`,
      query: { prefix, maxResults: PAGE_SIZE, ...(from === undefined ? {} : { pageToken: from }) },
      signal,
    });
    const { items, nextPageToken } = objectPage.parse(answer);
    const objects = items.map(({ name, timeCreated }) => ({ key: name, modifiedAt: timeCreated }));
    return { objects, next: nextPageToken || undefined };
  }

  #pathOf(key: string): string {
    return `/storage/v1/b/${this.#bucket}/o/${encodeURIComponent(key)}`;
  }
}
