import { PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { patienceFor, withRetry } from '../retry.js';
import type { ObjectUpload } from './object-service.js';
import { assemble, condition, MARK, type S3Assembly } from './s3-parts.js';
import { digestOfPart, lengthOf, sendFile } from './staged-body.js';

/** Up to this size an upload is one request; beyond, it is the least size of a part. */
export const PART_SIZE = 16 * 1024 * 1024;

export interface S3Upload extends ObjectUpload {
  client: S3Client;
  bucket: string;
  write: S3Assembly['write'];
}

/** Uploads a file as one object. When it fails, an upload in parts has been aborted. */
export async function uploadToS3(upload: S3Upload): Promise<void> {
  if (upload.source.size <= PART_SIZE) await putWhole(upload);
  else await putInParts(upload);
}

async function putWhole({ client, bucket, key, source, mark, write, patience, signal }: S3Upload): Promise<void> {
  const { file, size } = source;
  const range = { start: 0, end: size - 1 };
  const head = {
    ...{ Bucket: bucket, Key: key, ContentLength: size, Metadata: { [MARK]: mark } },
    ...condition(write),
    ContentMD5: await md5Of(file, range),
  };
  await withRetry({ patience: patienceFor(size, patience), signal }, (attempt) =>
    sendFile({ file, range, signal: attempt }, (Body, abortSignal) =>
      client.send(new PutObjectCommand({ ...head, Body }), { abortSignal }),
    ),
  );
}

async function putInParts(upload: S3Upload): Promise<void> {
  const { client, bucket: Bucket, key: Key, source } = upload;
  const { file, size } = source;
  await assemble({ ...upload, size, partSize: PART_SIZE }, async ({ range, ...part }, signal) => {
    const head = { Bucket, Key, ...part, ContentLength: lengthOf(range), ContentMD5: await md5Of(file, range) };
    const { ETag } = await sendFile({ file, range, signal }, (Body, abortSignal) =>
      client.send(new UploadPartCommand({ ...head, Body }), { abortSignal }),
    );
    return ETag;
  });
}

/** So that the service refuses what was changed on its way. */
async function md5Of(file: string, range: { start: number; end: number }): Promise<string> {
  return (await digestOfPart('MD5', file, range)).toString('base64');
}
