import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { DEFAULT_PATIENCE, type Patience, patienceFor, withRetry } from '../retry.js';
import { type FilePart, forEachPart, lengthOf, partsOf } from './staged-body.js';

const MIB = 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;

const PARALLEL_PARTS = 3;

/** Kept beside each object; see `ObjectUpload.mark`. */
export const MARK = 'granary-upload';

/** An object that is to be made of parts. */
export interface S3Assembly {
  client: S3Client;
  bucket: string;
  key: string;
  /** Bytes of the whole. */
  size: number;
  /** The least size of a part, in bytes; parts are larger where there would be more than 10,000. */
  partSize: number;
  mark: string | undefined;
  /** Whether the service is asked to refuse when the key is taken. */
  write: 'always' | 'if absent';
  patience: Patience;
  signal: AbortSignal;
}

/** One part, to be sent until the signal says not to; resolves to its ETag. */
export type SendPart = (
  part: { UploadId: string | undefined; PartNumber: number } & Pick<FilePart, 'range'>,
  signal: AbortSignal,
) => Promise<string | undefined>;

/** The header with which a service refuses to replace an object. */
export function condition(write: S3Assembly['write']): { IfNoneMatch?: string } {
  return write === 'if absent' ? { IfNoneMatch: '*' } : {};
}

/** Makes an object of parts. When it fails, the upload has been aborted. */
export async function assemble(assembly: S3Assembly, sendPart: SendPart): Promise<void> {
  const { client, bucket: Bucket, key: Key, mark, patience, signal } = assembly;
  const Metadata = mark === undefined ? {} : { Metadata: { [MARK]: mark } };
  const { UploadId } = await withRetry({ patience, signal }, (abortSignal) =>
    client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...Metadata }), { abortSignal }),
  );
  try {
    const Parts = await sendParts(assembly, UploadId, sendPart);
    const command = new CompleteMultipartUploadCommand({
      ...{ Bucket, Key, UploadId },
      ...condition(assembly.write),
      MultipartUpload: { Parts },
    });
    await withRetry({ patience: patienceFor(assembly.size, patience), signal }, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
  } catch (error) {
    await abort(assembly, UploadId);
    throw error;
  }
}

async function sendParts(
  { size, partSize, patience, signal }: S3Assembly,
  UploadId: string | undefined,
  sendPart: SendPart,
): Promise<CompletedPart[]> {
  const step = Math.max(partSize, Math.ceil(size / MAX_PARTS / MIB) * MIB);
  const done: CompletedPart[] = [];
  const parts = partsOf(size, step);
  // Nothing is under way when it fails: a part that arrives after the upload was aborted might stay.
  await forEachPart({ parts, parallel: PARALLEL_PARTS, signal }, async ({ number, range }, ended) => {
    const part = { UploadId, PartNumber: number + 1, range };
    const ETag = await withRetry({ patience: patienceFor(lengthOf(range), patience), signal: ended }, (abortSignal) =>
      sendPart(part, abortSignal),
    );
    done[number] = { ETag, PartNumber: part.PartNumber };
  });
  return done;
}

/** An upload that cannot be aborted now is found by the sweep: the failure that led here says more than that one. */
async function abort({ client, bucket, key }: S3Assembly, UploadId: string | undefined): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId });
  const abortSignal = AbortSignal.timeout(DEFAULT_PATIENCE.attemptMs);
  await Promise.allSettled([client.send(command, { abortSignal })]);
}
