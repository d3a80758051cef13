import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { loadSettings } from '../../src/config/settings.js';
import { type BlobStoreOptions, openBlobStore } from '../../src/storage/open-blob-store.js';
import type { OpenedStore } from '../conformance/blob-store.js';
import { temporaryDirectory } from '../support/directory.js';
import { startTestServer, type TestServer } from '../support/server.js';

export const BUCKET = 'blobs';

/** A Granary whose S3 is to be a remote store, with the bucket for it. */
export async function startRemoteGranary(): Promise<TestServer> {
  const server = await startTestServer();
  await server.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return server;
}

/** Settings with which `hot` and `cold` are in its bucket, through another address when that is given. */
export function remoteStores(server: TestServer, url: string = server.s3Url) {
  const address = `s3://${BUCKET}/some/prefix?endpoint=${url}&pathStyle=true`;
  const key = `${server.accessKeyId}:${server.secretAccessKey}`;
  return loadSettings({
    GRANARY_STORES: `hot=${address} cold=${address.replace('some', 'other')}`,
    GRANARY_STORE_CREDENTIALS: `hot=${key} cold=${key}`,
  });
}

export interface RemoteStore extends OpenedStore {
  server: TestServer;
  dataDir: string;
}

/** A store that has all its blobs in the bucket of another Granary. */
export async function openRemoteStore(options: Pick<BlobStoreOptions, 'cache'> = {}): Promise<RemoteStore> {
  const server = await startRemoteGranary();
  const directory = await temporaryDirectory();
  const { stores, storeCredentials } = remoteStores(server);
  const store = await openBlobStore({ dataDir: directory.path, stores, credentials: storeCredentials, ...options });
  return {
    server,
    store,
    dataDir: directory.path,
    staged: () => readdir(join(directory.path, 'staging')),
    async [Symbol.asyncDispose]() {
      await store.close();
      await directory[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}
