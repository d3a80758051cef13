import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Content } from '../hostile/kill-ledger.js';

/** An answer of 200 whose body ended before its end. */
export class CutShort extends Error {}

/** The SHA-256 of an object, read to its end; null when there is none. Rejects with whatever else is answered. */
export async function readDigest(s3: S3Client, key: string): Promise<Content> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: key }));
    return await digestOf(Body as Readable);
  } catch (error) {
    if ((error as { name: string }).name === 'NoSuchKey') {
      return null;
    }
    throw error;
  }
}

async function digestOf(body: Readable): Promise<string> {
  const digest = createHash('sha256');
  try {
    for await (const piece of body) {
      digest.update(piece);
    }
  } catch (cause) {
    throw new CutShort('The body broke off', { cause });
  }
  return digest.digest('hex');
}
