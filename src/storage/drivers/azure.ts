import type { TokenCredential } from '@azure/identity';
import {
  BlobServiceClient,
  type BlockBlobClient,
  type ContainerClient,
  newPipeline,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { StoreAddress, StoreCredentials } from '../../config/store-address.js';
import { GranaryError } from '../../errors.js';
import type { ByteRange } from '../blob-store.js';
import { RemoteFailure, remoteFailure } from '../remote-failure.js';
import { DEFAULT_PATIENCE, type Patience, patienceFor, withRetry } from '../retry.js';
import { corruptBlob } from '../storage-error.js';
import type { ObjectHead, ObjectPage, ObjectService, ObjectUpload } from './object-service.js';
import { RemoteDriver } from './remote-driver.js';
import { digestOfPart, type FilePart, forEachPart, lengthOf, partsOf, sendFile } from './staged-body.js';

type AzureAddress = Extract<StoreAddress, { kind: 'azure' }>;

export interface AzureStoreOptions {
  store: string;
  address: AzureAddress;
  /** The account's name and key; without them Microsoft Entra ID is asked, as `DefaultAzureCredential` does. */
  credentials: StoreCredentials | undefined;
  patience?: Patience;
}

const MIB = 1024 * 1024;

/** Up to this size an upload is one request; beyond, it is the least size of a block. */
const BLOCK_SIZE = 16 * MIB;

/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const MAX_BLOCKS = 50_000;

const PARALLEL_BLOCKS = 3;

const PAGE_SIZE = 1_000;

/** Names of metadata are C# identifiers. */
const MARK = 'granaryupload';

/** A store in a container of Azure Blob Storage. Nothing is sent yet. */
export async function openAzureStore(options: AzureStoreOptions): Promise<RemoteDriver> {
  const { store, address, patience = DEFAULT_PATIENCE } = options;
  const { account, container, prefix } = address;
  // Tries are counted in one place; two loops would multiply.
  const pipeline = newPipeline(await credentialOf(options), { retryOptions: { maxTries: 1 } });
  const url = address.endpoint ?? `https://${account}.blob.core.windows.net`;
  const client = new BlobServiceClient(url, pipeline).getContainerClient(container);
  const service = new AzureService(client, `the container ${container} of the account ${account}`);
  return new RemoteDriver({ store, prefix: prefix && `${prefix}/`, service, patience });
}

async function credentialOf({
  store,
  address: { account, endpoint = 'https:' },
  credentials,
}: AzureStoreOptions): Promise<StorageSharedKeyCredential | TokenCredential> {
  if (credentials === undefined) {
    if (!endpoint.startsWith('https:')) {
      throw new GranaryError(
        'Unavailable',
        `The store ${store} has no credentials, which only an https endpoint permits.`,
      );
    }
    const { DefaultAzureCredential } = await import('@azure/identity');
    return new DefaultAzureCredential();
  }
  if (credentials.id === account) return new StorageSharedKeyCredential(account, credentials.secret);
  throw new GranaryError('Unavailable', `The credentials of the store ${store} are not of the account ${account}.`);
}

/** Bytes of one block, so that there are at most 50,000. */
function blockSize(size: number): number {
  return Math.max(BLOCK_SIZE, Math.ceil(size / MAX_BLOCKS / MIB) * MIB);
}

/** Objects as block blobs of one container. Blocks that were never committed are dropped after a week. */
class AzureService implements ObjectService {
  readonly location: string;
  readonly #container: ContainerClient;

  constructor(container: ContainerClient, location: string) {
    this.#container = container;
    this.location = location;
  }

  async put(upload: ObjectUpload): Promise<void> {
    const blob = this.#blob(upload.key);
    if (upload.source.size <= BLOCK_SIZE) await putWhole(blob, upload);
    else await putInBlocks(blob, upload);
  }

  async head(key: string, abortSignal: AbortSignal): Promise<ObjectHead> {
    const { contentLength, metadata } = await this.#blob(key).getProperties({ abortSignal });
    if (contentLength === undefined) throw corruptBlob('has no size');
    return { size: contentLength, mark: metadata?.[MARK] };
  }

  async get(
    key: string,
    { range, size }: { range: ByteRange; size: number },
    abortSignal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    // The SDK must not resume a broken stream by itself either.
    const options = { abortSignal, maxRetryRequests: 0 };
    const response = await this.#blob(key).download(range.start, lengthOf(range), options);
    const { readableStreamBody: body, contentRange } = response;
    if (body === undefined) throw corruptBlob('has no bytes');
    if (contentRange === `bytes ${range.start}-${range.end}/${size}`) return readBody(body);
    await drop(body);
    throw corruptBlob('has another size');
  }

  async copy(from: string, to: string, abortSignal: AbortSignal): Promise<void> {
    const poller = await this.#blob(to).beginCopyFromURL(this.#blob(from).url, { abortSignal, intervalInMs: 500 });
    const { copyStatus } = await poller.pollUntilDone();
    if (copyStatus !== 'success') throw new RemoteFailure(undefined, `Copy ${copyStatus}`);
  }

  async delete(key: string, abortSignal: AbortSignal): Promise<void> {
    await this.#blob(key).delete({ abortSignal, deleteSnapshots: 'include' });
  }

  async list(prefix: string, from: string | undefined, abortSignal: AbortSignal): Promise<ObjectPage> {
    const paging = { maxPageSize: PAGE_SIZE, ...(from === undefined ? {} : { continuationToken: from }) };
    const pages = this.#container.listBlobsFlat({ prefix, abortSignal }).byPage(paging);
    for await (const { segment, continuationToken } of pages) {
      const objects = segment.blobItems.map(({ name, properties }) => ({
        key: name,
        modifiedAt: properties.createdOn ?? properties.lastModified,
      }));
      return { objects, next: continuationToken || undefined };
    }
    return { objects: [], next: undefined };
  }

  #blob(key: string): BlockBlobClient {
    return this.#container.getBlockBlobClient(key);
  }
}

const asNew = { conditions: { ifNoneMatch: '*' } };

async function putWhole(blob: BlockBlobClient, { source, mark, patience, signal }: ObjectUpload): Promise<void> {
  const { file, size } = source;
  const range = { start: 0, end: size - 1 };
  const transactionalContentMD5 = await digestOfPart('MD5', file, range);
  await withRetry({ patience: patienceFor(size, patience), signal }, (attempt) =>
    sendFile({ file, range, signal: attempt }, (body, abortSignal) =>
      blob.upload(body, size, { ...asNew, abortSignal, transactionalContentMD5, metadata: { [MARK]: mark } }),
    ),
  );
}

async function putInBlocks(blob: BlockBlobClient, upload: ObjectUpload): Promise<void> {
  const { source, mark, patience, signal } = upload;
  const blocks = [...partsOf(source.size, blockSize(source.size))];
  await forEachPart({ parts: blocks, parallel: PARALLEL_BLOCKS, signal }, (block, failed) =>
    putBlock(blob, { ...upload, signal: failed }, block),
  );
  const ids = blocks.map((block) => blockId(mark, block));
  await withRetry({ patience, signal }, (abortSignal) =>
    blob.commitBlockList(ids, { ...asNew, abortSignal, metadata: { [MARK]: mark } }),
  );
}

async function putBlock(blob: BlockBlobClient, upload: ObjectUpload, block: FilePart): Promise<void> {
  const { source, mark, patience, signal } = upload;
  const { range } = block;
  const length = lengthOf(range);
  const transactionalContentMD5 = await digestOfPart('MD5', source.file, range);
  await withRetry({ patience: patienceFor(length, patience), signal }, (attempt) =>
    sendFile({ file: source.file, range, signal: attempt }, (body, abortSignal) =>
      blob.stageBlock(blockId(mark, block), body, length, { abortSignal, transactionalContentMD5 }),
    ),
  );
}

/** All of one length, as Azure wants them, and unlike those of any other upload to the key. */
function blockId(mark: string, { number }: FilePart): string {
  return Buffer.from(`${mark}-${String(number).padStart(5, '0')}`).toString('base64');
}

/** The SDK reports whatever breaks a stream as an error without a code. */
async function* readBody(body: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  } catch (error) {
    const { code } = remoteFailure(error);
    throw new RemoteFailure(undefined, code === 'AbortError' ? code : 'ERR_STREAM_PREMATURE_CLOSE');
  }
}

/** Ends the connection rather than read what is left. */
async function drop(body: NodeJS.ReadableStream): Promise<void> {
  for await (const _ of body) return;
}
