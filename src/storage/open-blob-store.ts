import type { BlobStore } from './blob-store.js';
import { digestStream } from './digest-stream.js';
import { FilesystemBlobs, openDirectories } from './drivers/filesystem.js';
import { HashPool } from './hash-pool.js';
import { readBlob } from './read-blob.js';
import { receive } from './receive.js';
import { SlotPool } from './slot-pool.js';
import { Staging } from './staging.js';

export interface BlobStoreOptions {
  /** Made when it is missing, with `blobs/`, `staging/` and `quarantine/` in it. */
  dataDir: string;
  /** Threads that hash large bodies; the default is 2, as a body's digests are shared between two. */
  hashThreads?: number;
}

/** Opens the store on the local filesystem. */
export async function openBlobStore({ dataDir, hashThreads = 2 }: BlobStoreOptions): Promise<BlobStore> {
  const directories = await openDirectories(dataDir);
  const blobs = new FilesystemBlobs(directories);
  const staging = new Staging(directories.staging, (file, path) => blobs.place(file, path));
  const hashes = new HashPool(hashThreads);
  const dependencies = { staging, hashes, slots: new SlotPool() };
  return {
    receive: (stream, options) => receive(stream, options, dependencies),
    openBlob: async (blob, range) => readBlob(await blobs.open(blob.path), { blob, range, ...dependencies }),
    digest: (bytes) => digestStream(bytes, dependencies),
    remove: (path) => blobs.remove(path),
    walk: () => blobs.walk(),
    quarantine: (path) => blobs.quarantine(path),
    sweepStaging: (olderThanMs) => staging.sweep(olderThanMs),
    close: () => hashes.close(),
  };
}
