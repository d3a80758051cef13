import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBlobStore } from '../../src/storage/open-blob-store.js';
import type { OpenedStore } from '../conformance/blob-store.js';
import { temporaryDirectory } from '../support/directory.js';

export interface FilesystemStore extends OpenedStore {
  dataDir: string;
}

/** A store of one's own in a temporary directory. */
export async function openFilesystemStore(): Promise<FilesystemStore> {
  const directory = await temporaryDirectory();
  const store = await openBlobStore({ dataDir: directory.path });
  return {
    store,
    dataDir: directory.path,
    staged: () => readdir(join(directory.path, 'staging')),
    async [Symbol.asyncDispose]() {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
