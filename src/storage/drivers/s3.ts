import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { StoreAddress, StoreCredentials } from '../../config/store-address.js';
import type { ByteRange } from '../blob-store.js';
import { RemoteFailure, remoteFailure } from '../remote-failure.js';
import { DEFAULT_PATIENCE, type Patience, withRetry } from '../retry.js';
import { corruptBlob } from '../storage-error.js';
import type { ObjectHead, ObjectPage, ObjectService, ObjectUpload, UnfinishedUpload } from './object-service.js';
import { RemoteDriver } from './remote-driver.js';
import { assemble, MARK } from './s3-parts.js';
import { PART_SIZE, uploadToS3 } from './s3-upload.js';

export interface S3StoreOptions {
  store: string;
  address: Extract<StoreAddress, { kind: 's3' }>;
  /** Without them AWS's own chain is asked. */
  credentials: StoreCredentials | undefined;
  patience?: Patience;
  /** Bytes that the service copies in one request; the default is S3's limit, 5 GiB. Also the size of parts beyond. */
  copyLimit?: number;
}

const GIB = 1024 ** 3;

const ignore = () => undefined;
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/** A store in a bucket of S3, or of a service that speaks its protocol. Nothing is sent yet. */
export function openS3Store(options: S3StoreOptions): RemoteDriver {
  const { store, address, patience = DEFAULT_PATIENCE, copyLimit = 5 * GIB } = options;
  const { bucket, prefix } = address;
  const service = new S3Service({ client: clientOf(options), bucket, patience, copyLimit });
  return new RemoteDriver({ store, prefix: prefix && `${prefix}/`, service, patience });
}

function clientOf({ address, credentials }: S3StoreOptions): S3Client {
  const { endpoint, pathStyle, region = endpoint === undefined ? undefined : 'us-east-1' } = address;
  return new S3Client({
    forcePathStyle: pathStyle,
    // Tries are counted in one place; two loops would multiply.
    maxAttempts: 1,
    // It would write on the console; what matters comes as an error.
    logger: SILENT,
    // Other services than AWS do not know the checksums that the SDK adds by itself; Content-MD5 is known to all.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials && { credentials: { accessKeyId: credentials.id, secretAccessKey: credentials.secret } }),
  });
}

interface S3ServiceParts {
  client: S3Client;
  bucket: string;
  patience: Patience;
  copyLimit: number;
}

/** Objects of one bucket. */
class S3Service implements ObjectService {
  readonly location: string;
  readonly #parts: S3ServiceParts;
  /** `If-None-Match: *` is not honoured everywhere; `learn` finds out. */
  #write: 'always' | 'if absent' = 'always';

  constructor(parts: S3ServiceParts) {
    this.#parts = parts;
    this.location = `the bucket ${parts.bucket}`;
  }

  async learn(probe: ObjectUpload): Promise<void> {
    const { client, bucket } = this.#parts;
    await uploadToS3({ ...probe, client, bucket, write: 'always' });
    try {
      await uploadToS3({ ...probe, client, bucket, write: 'if absent' });
    } catch (error) {
      const { status } = remoteFailure(error);
      if (status === 412) this.#write = 'if absent';
      // These say that the service does not know conditions of writes.
      else if (status !== 400 && status !== 501) throw error;
    }
  }

  /** Where the service does not refuse a second object itself, asking first is a safety net: keys are never used twice. */
  async put(upload: ObjectUpload): Promise<void> {
    const { client, bucket } = this.#parts;
    const asksFirst = this.#write === 'always' || upload.source.size > PART_SIZE;
    if (asksFirst && (await this.#isTaken(upload))) throw new RemoteFailure(412, 'PreconditionFailed');
    await uploadToS3({ ...upload, client, bucket, write: this.#write });
  }

  async head(key: string, abortSignal: AbortSignal): Promise<ObjectHead> {
    const command = new HeadObjectCommand({ Bucket: this.#parts.bucket, Key: key });
    const { ContentLength, Metadata } = await this.#parts.client.send(command, { abortSignal });
    if (ContentLength === undefined) throw corruptBlob('has no size');
    return { size: ContentLength, mark: Metadata?.[MARK] };
  }

  async get(
    key: string,
    { range, size }: { range: ByteRange; size: number },
    abortSignal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const Range = rangeHeader(range);
    const command = new GetObjectCommand({ Bucket: this.#parts.bucket, Key: key, Range });
    const { Body, ContentRange, ContentLength } = await this.#parts.client.send(command, { abortSignal });
    if (!(Body instanceof Readable)) throw corruptBlob('has no bytes');
    const fits = ContentRange === `bytes ${range.start}-${range.end}/${size}`;
    if (fits && ContentLength === range.end - range.start + 1) return Body;
    Body.destroy();
    throw corruptBlob('has another size');
  }

  async copy(from: string, to: string, abortSignal: AbortSignal): Promise<void> {
    const { client, bucket: Bucket, copyLimit, patience } = this.#parts;
    const source = { Bucket, Key: to, CopySource: [Bucket, ...from.split('/')].map(encodeURIComponent).join('/') };
    const { size } = await this.head(from, abortSignal);
    if (size <= copyLimit) {
      await client.send(new CopyObjectCommand(source), { abortSignal });
      return;
    }
    const whole = { client, bucket: Bucket, key: to, size, partSize: copyLimit, mark: undefined };
    await assemble({ ...whole, write: 'always', patience, signal: abortSignal }, async ({ range, ...part }, signal) => {
      const command = new UploadPartCopyCommand({ ...source, ...part, CopySourceRange: rangeHeader(range) });
      const { CopyPartResult } = await client.send(command, { abortSignal: signal });
      return CopyPartResult?.ETag;
    });
  }

  async delete(key: string, abortSignal: AbortSignal): Promise<void> {
    await this.#parts.client.send(new DeleteObjectCommand({ Bucket: this.#parts.bucket, Key: key }), { abortSignal });
  }

  async list(prefix: string, from: string | undefined, abortSignal: AbortSignal): Promise<ObjectPage> {
    const start = from === undefined ? {} : { ContinuationToken: from };
    const command = new ListObjectsV2Command({ Bucket: this.#parts.bucket, Prefix: prefix, ...start });
    const page = await this.#parts.client.send(command, { abortSignal });
    const objects = (page.Contents ?? []).flatMap(({ Key, LastModified = new Date() }) =>
      Key === undefined ? [] : [{ key: Key, modifiedAt: LastModified }],
    );
    return { objects, next: page.IsTruncated === true ? page.NextContinuationToken : undefined };
  }

  async listUploads(prefix: string, after: UnfinishedUpload | undefined, abortSignal: AbortSignal) {
    const start = after && { KeyMarker: after.key, UploadIdMarker: after.id };
    const command = new ListMultipartUploadsCommand({ Bucket: this.#parts.bucket, Prefix: prefix, ...start });
    const { Uploads = [], IsTruncated } = await this.#parts.client.send(command, { abortSignal });
    const uploads = Uploads.flatMap(({ Key, UploadId, Initiated }) =>
      Key && UploadId && Initiated ? [{ key: Key, id: UploadId, beganAt: Initiated }] : [],
    );
    return { uploads, next: IsTruncated === true ? uploads.at(-1) : undefined };
  }

  async abortUpload({ key, id }: UnfinishedUpload, abortSignal: AbortSignal): Promise<void> {
    const command = new AbortMultipartUploadCommand({ Bucket: this.#parts.bucket, Key: key, UploadId: id });
    await this.#parts.client.send(command, { abortSignal });
  }

  close(): void {
    this.#parts.client.destroy();
  }

  async #isTaken({ key, patience, signal }: ObjectUpload): Promise<boolean> {
    try {
      await withRetry({ patience, signal }, (attempt) => this.head(key, attempt));
      return true;
    } catch (error) {
      if (remoteFailure(error).status === 404) return false;
      throw error;
    }
  }
}

function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end}`;
}
