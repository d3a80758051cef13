import { dirname, join, resolve } from 'node:path';
import type { BlobDriver } from '../blob-driver.js';
import { makePrivateDirectory, syncDirectory } from './durable-directories.js';
import { FileTree } from './file-tree.js';
import { FilesystemDriver } from './filesystem.js';

/** The directories of a store under its data directory. */
export interface StoreDirectories {
  blobs: string;
  staging: string;
  quarantine: string;
}

/** Makes the directories of a store where they are missing, durably. */
export async function openDirectories(dataDir: string): Promise<StoreDirectories> {
  const root = resolve(dataDir);
  const blobs = join(root, 'blobs');
  const directories = { blobs, staging: join(root, 'staging'), quarantine: join(root, 'quarantine') };
  await makePrivateDirectory(root);
  await syncDirectory(dirname(root));
  for (const directory of Object.values(directories)) await makePrivateDirectory(directory);
  await syncDirectory(root);
  return directories;
}

/** A store below the data directory, whose directory is made when it is missing. */
export async function openLocalStore(store: string, { blobs, quarantine }: StoreDirectories): Promise<BlobDriver> {
  const root = join(blobs, store);
  await makePrivateDirectory(root);
  await syncDirectory(blobs);
  return new FilesystemDriver({ store, root, quarantine });
}

/** A store in a directory of its own, which is made when it is missing. */
export async function openDirectoryStore(store: string, root: string): Promise<BlobDriver> {
  await makePrivateDirectory(root);
  await syncDirectory(dirname(root));
  return new FilesystemDriver({ store, root });
}

/** The files below `blobs` that are in no store's directory. */
export function straysBeside(stores: readonly string[], { blobs, quarantine }: StoreDirectories): FileTree {
  const quarantineBeside = join(blobs, '.quarantine');
  const hidden = new Set([...stores, '.quarantine']);
  return new FileTree({ root: blobs, prefix: '', hidden, quarantine, quarantineBeside });
}
