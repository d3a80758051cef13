import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSettings } from '../../src/config/settings.js';
import { openBlobStore } from '../../src/storage/open-blob-store.js';
import type { OpenedStore } from '../conformance/blob-store.js';
import { temporaryDirectory } from '../support/directory.js';

export interface RemotePlace extends Partial<AsyncDisposable> {
  /** The address of a store in the service, below the given prefix. */
  address(prefix: string): string;
  /** `id:secret`, where the service asks for it. */
  credentials?: string | undefined;
}

export interface OpenedRemoteStore extends OpenedStore {
  /** The data directory, with what is staged. */
  directory: string;
}

/** Opens `hot` and `cold` in a service, which is stopped with them when it can be. */
export async function openRemoteStore(service: RemotePlace): Promise<OpenedRemoteStore> {
  const directory = await temporaryDirectory();
  const names = ['hot', 'cold'];
  const { stores, storeCredentials } = loadSettings({
    GRANARY_STORES: names.map((name) => `${name}=${service.address(`some/${name}-prefix`)}`).join(' '),
    GRANARY_STORE_CREDENTIALS: service.credentials && names.map((name) => `${name}=${service.credentials}`).join(' '),
  });
  const options = { dataDir: directory.path, stores, credentials: storeCredentials };
  const store = await openBlobStore(options).catch(async (error: unknown) => {
    await directory[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]?.();
    throw error;
  });
  return {
    store,
    directory: directory.path,
    staged: () => readdir(join(directory.path, 'staging')),
    async [Symbol.asyncDispose]() {
      await store.close();
      await directory[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]?.();
    },
  };
}
