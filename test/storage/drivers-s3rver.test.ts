import '../support/one-error-class.js';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describeBlobStore, storeBytes } from '../conformance/blob-store.js';
import { S3RVER_KEY, startS3rver } from '../support/emulators/s3rver.js';
import { openRemoteStore } from './open-remote-store.js';

const credentials = `${S3RVER_KEY.id}:${S3RVER_KEY.secret}`;

const open = async () => {
  const s3rver = await startS3rver('blobs');
  return openRemoteStore({
    address: (prefix) => `s3://blobs/${prefix}?endpoint=${s3rver.url}&pathStyle=true`,
    credentials,
    [Symbol.asyncDispose]: () => s3rver[Symbol.asyncDispose](),
  });
};

describeBlobStore('S3, which is s3rver', open, {
  'opens ranges of short and long blobs': 's3rver answers bytes=0-0 with the whole object',
});

it('keeps blobs in Google Cloud Storage by its S3 protocol where there is an HMAC key', async () => {
  const s3rver = await startS3rver('blobs');
  await using opened = await openRemoteStore({
    address: (prefix) => `gs://blobs/${prefix}?endpoint=${s3rver.url}`,
    credentials,
    [Symbol.asyncDispose]: () => s3rver[Symbol.asyncDispose](),
  });
  const bytes = randomBytes(5_000);
  const blob = await storeBytes(opened.store, bytes);
  expect(await buffer(await opened.store.openBlob(blob))).toEqual(bytes);
});
