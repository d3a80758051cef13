import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Content } from '../hostile/kill-ledger.js';

/** The SHA-256 of an object, read to its end; null when there is none. Rejects with whatever else is answered. */
export async function readDigest(s3: S3Client, key: string): Promise<Content> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: key }));
    const digest = createHash('sha256');
    for await (const piece of Body as Readable) {
      digest.update(piece);
    }
    return digest.digest('hex');
  } catch (error) {
    if ((error as { name: string }).name === 'NoSuchKey') {
      return null;
    }
    throw error;
  }
}
