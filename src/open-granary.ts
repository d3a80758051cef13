import { Credentials } from './auth/credential-cache.js';
import { DownloadLinks } from './auth/download-link.js';
import { loadMasterKey } from './auth/master-key.js';
import { SecretBox } from './auth/secret-box.js';
import { TokenSigner } from './auth/tokens.js';
import type { Settings } from './config/settings.js';
import { type Database, openDatabase } from './database/database.js';
import { entities } from './entities/index.js';
import { BucketCache } from './operations/bucket-cache.js';
import type { Granary, Log } from './operations/context.js';
import { ObjectCache } from './operations/object-cache.js';
import { PutQueue } from './operations/put-queue.js';
import { openBlobStore } from './storage/open-blob-store.js';

/** What has to be closed, in the reverse order of its opening. */
export type Closers = AsyncDisposableStack;

/** Connects to the database that the settings or the embedded server give. */
export async function connectDatabase(parts: {
  url: string;
  settings: Settings;
  log: Log;
  closers: Closers;
}): Promise<Database> {
  const { url, settings, log, closers } = parts;
  const database = await openDatabase({
    url,
    poolSize: settings.databasePool,
    entities,
    onWarning: (message) => log.warn({ source: 'database' }, message),
  });
  closers.defer(() => database.close());
  return database;
}

/** Everything that one process works with, on a database whose schema is up to date. */
export async function openGranary(parts: {
  database: Database;
  settings: Settings;
  log: Log;
  closers: Closers;
}): Promise<Granary> {
  const { database, settings, log, closers } = parts;
  const secretBox = new SecretBox(await loadMasterKey(settings, database));
  const store = await openBlobStore({ dataDir: settings.dataDir });
  closers.defer(() => store.close());
  const credentials = new Credentials({ database, secretBox });
  await credentials.start();
  closers.defer(() => credentials.stop());
  const buckets = new BucketCache(database);
  await buckets.start();
  closers.defer(() => buckets.stop());
  const tokens = new TokenSigner({ database, secretBox, accessTokenSeconds: settings.accessTokenSeconds });
  const downloadLinks = new DownloadLinks(secretBox);
  const objects = new ObjectCache(settings.objectCacheBytes);
  return {
    settings,
    database,
    store,
    credentials,
    secretBox,
    tokens,
    downloadLinks,
    buckets,
    objects,
    writes: new PutQueue(database, Math.ceil(settings.databasePool / 2)),
    log,
  };
}
