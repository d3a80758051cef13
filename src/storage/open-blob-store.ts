import { join, resolve } from 'node:path';
import type { StoreCredentials, StoreSetting } from '../config/store-address.js';
import { GranaryError } from '../errors.js';
import type { BlobDriver } from './blob-driver.js';
import { assertBlobPath, BUILT_IN_STORES, storeOf } from './blob-path.js';
import type { BlobStore, StoredBlob, StoredFile, StoreOwners } from './blob-store.js';
import { ChunkCache } from './cache/chunk-cache.js';
import { digestStream } from './digest-stream.js';
import { CachingDriver } from './drivers/caching.js';
import type { FileTree } from './drivers/file-tree.js';
import { openDirectories, openLocalStore, type StoreDirectories, straysBeside } from './drivers/local-stores.js';
import { openDriver } from './drivers/open-driver.js';
import { HashPool } from './hash-pool.js';
import type { OpenSource } from './open-content.js';
import { openInline, readBlob } from './read-blob.js';
import { readCached } from './read-cached.js';
import { receive } from './receive.js';
import { SlotPool } from './slot-pool.js';
import { Staging } from './staging.js';
import { openStoredBytes, placeStoredBytes } from './stored-bytes.js';
import { verifyBlob } from './verify-blob.js';

export interface BlobStoreOptions {
  /** Made when it is missing, with `blobs/`, `staging/` and `quarantine/` in it. */
  dataDir: string;
  /** Stores beside `hot` and `cold`, or in their place; without it these two lie below the data directory. */
  stores?: readonly StoreSetting[];
  /** By the name of the store; a store without asks its SDK's own chain. */
  credentials?: ReadonlyMap<string, StoreCredentials>;
  /** Threads that hash large bodies; the default is 2, as a body's digests are shared between two. */
  hashThreads?: number;
  /** Of stored bytes of remote stores, in memory and in `cache/` of the data directory; without it there is none. */
  cache?: { memoryBytes: number; diskBytes: number };
  /** Told of trouble that ends no operation. */
  onWarning?: (message: string, error: unknown) => void;
}

/**
 * Opens the stores: those of the settings, and `hot` and `cold` on the local filesystem where no setting has them.
 * @throws GranaryError `Unavailable` when a store of the settings cannot be read and written; it says which, and why.
 */
export async function openBlobStore(options: BlobStoreOptions): Promise<BlobStore> {
  const directories = await openDirectories(options.dataDir);
  const drivers = await openDrivers(directories, options);
  const cache = openCache(options);
  const routes = new Routes({
    drivers,
    cached: cachedDrivers(drivers, cache, options),
    strays: straysBeside([...drivers.keys()], directories),
  });
  const staging = new Staging(directories.staging, (source, path) => routes.to(path).place(source, path));
  const hashes = new HashPool(options.hashThreads ?? 2);
  const dependencies = { staging, hashes, slots: new SlotPool() };
  return {
    stores: [...drivers.keys()],
    owners: ownersOf(options.stores ?? [], drivers),
    receive: (stream, receiving) => receive(stream, receiving, dependencies),
    openBlob: async (blob, range) => {
      const reading = { blob, range, ...dependencies };
      return cache && routes.isCached(blob.path)
        ? readCached(reading, { cache, cached: routes.cachedOpener(blob), direct: routes.opener(blob) })
        : readBlob(routes.opener(blob), reading);
    },
    openInline,
    verifyBlob: async (blob, verifying) => verifyBlob(routes.opener(blob), { blob, ...verifying, ...dependencies }),
    openStored: async (blob) => openStoredBytes(routes.opener(blob), blob.storedSize),
    placeStored: async (bytes, path) => placeStoredBytes(staging, bytes, routes.pathIn(path)),
    copyBlob: async (from, toPath) => {
      const path = routes.pathIn(toPath);
      await placeStoredBytes(staging, await openStoredBytes(routes.opener(from), from.storedSize), path);
    },
    digest: (bytes) => digestStream(bytes, dependencies),
    cacheFigures: () => cache?.figures(),
    remove: async (path) => routes.to(path).remove(path),
    walk: () => routes.walk(),
    quarantine: (path) => routes.quarantine(path),
    sweepStaging: async (olderThanMs) => (await staging.sweep(olderThanMs)) + (await routes.sweepUploads(olderThanMs)),
    close: async () => {
      await Promise.all([hashes.close(), routes.close()]);
      await cache?.close();
    },
  };
}

async function openDrivers(
  directories: StoreDirectories,
  { stores = [], credentials }: BlobStoreOptions,
): Promise<Map<string, BlobDriver>> {
  const drivers = new Map<string, BlobDriver>();
  for (const name of BUILT_IN_STORES) {
    if (!stores.some((store) => store.name === name)) drivers.set(name, await openLocalStore(name, directories));
  }
  try {
    for (const store of stores) {
      const driver = await openDriver(store, credentials?.get(store.name));
      drivers.set(store.name, driver);
      await driver.check();
    }
  } catch (error) {
    await Promise.all([...drivers.values()].map((driver) => driver.close()));
    throw error;
  }
  return drivers;
}

function ownersOf(stores: readonly StoreSetting[], drivers: ReadonlyMap<string, BlobDriver>): StoreOwners {
  return {
    stores: stores.map(({ name }) => name),
    read: (store) => driverNamed(store, drivers).readOwner(),
    write: (store, owner) => driverNamed(store, drivers).writeOwner(owner),
    remove: (store) => driverNamed(store, drivers).removeOwner(),
  };
}

/** Only remote stores gain by it. */
function openCache({ cache, dataDir, stores = [], onWarning = () => undefined }: BlobStoreOptions) {
  if (!cache || !stores.some(isRemote) || cache.memoryBytes + cache.diskBytes === 0) return undefined;
  return new ChunkCache({ ...cache, directory: join(resolve(dataDir), 'cache'), onWarning });
}

function cachedDrivers(
  drivers: ReadonlyMap<string, BlobDriver>,
  cache: ChunkCache | undefined,
  { stores = [] }: BlobStoreOptions,
): Map<string, BlobDriver> {
  const cached = new Map(drivers);
  for (const { name } of cache ? stores.filter(isRemote) : []) {
    const driver = drivers.get(name);
    if (cache && driver) cached.set(name, new CachingDriver(driver, cache));
  }
  return cached;
}

function isRemote({ address }: StoreSetting): boolean {
  return address.kind !== 'file';
}

interface RoutesParts {
  drivers: ReadonlyMap<string, BlobDriver>;
  /** The same, but remote ones behind the cache. */
  cached: ReadonlyMap<string, BlobDriver>;
  strays: FileTree;
}

/** Finds the driver for a path. */
class Routes {
  readonly #drivers: ReadonlyMap<string, BlobDriver>;
  readonly #cached: ReadonlyMap<string, BlobDriver>;
  readonly #strays: FileTree;

  constructor({ drivers, cached, strays }: RoutesParts) {
    this.#drivers = drivers;
    this.#cached = cached;
    this.#strays = strays;
  }

  /** @throws GranaryError `Internal` for what is no blob's path, or in no store. */
  to(path: string): BlobDriver {
    return driverFor(path, this.#drivers);
  }

  /** The path itself, when there is a store for it. */
  pathIn(path: string): string {
    this.to(path);
    return path;
  }

  /** Past the cache. */
  opener(blob: Pick<StoredBlob, 'path' | 'storedSize'>): OpenSource {
    return openerOf(blob, this.#drivers);
  }

  isCached(path: string): boolean {
    return this.#cached.get(storeOf(path)) !== this.#drivers.get(storeOf(path));
  }

  cachedOpener(blob: Pick<StoredBlob, 'path' | 'storedSize'>): OpenSource {
    return openerOf(blob, this.#cached);
  }

  async *walk(): AsyncGenerator<StoredFile> {
    for (const driver of this.#drivers.values()) yield* driver.walk();
    yield* this.#strays.walk();
  }

  async quarantine(path: string): Promise<void> {
    const driver = this.#drivers.get(storeOf(path));
    await (driver ?? this.#strays).quarantine(path);
  }

  async sweepUploads(olderThanMs: number): Promise<number> {
    let swept = 0;
    for (const driver of this.#drivers.values()) swept += await driver.sweepUploads(olderThanMs);
    return swept;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#drivers.values()].map((driver) => driver.close()));
  }
}

function driverFor(path: string, drivers: ReadonlyMap<string, BlobDriver>): BlobDriver {
  return driverNamed(storeOf(assertBlobPath(path)), drivers);
}

function driverNamed(store: string, drivers: ReadonlyMap<string, BlobDriver>): BlobDriver {
  const driver = drivers.get(store);
  if (driver) return driver;
  throw new GranaryError('Internal', 'There is no such store.', { reason: 'NoSuchStore' });
}

function openerOf(
  { path, storedSize }: Pick<StoredBlob, 'path' | 'storedSize'>,
  drivers: ReadonlyMap<string, BlobDriver>,
): OpenSource {
  const driver = driverFor(path, drivers);
  return (range) => driver.open(path, { size: storedSize, range });
}
