import { Credentials } from './auth/credential-cache.js';
import { DataKeys } from './auth/data-keys.js';
import { DownloadLinks } from './auth/download-link.js';
import { followMasterKeys, loadMasterKeys } from './auth/master-key.js';
import { NamedKeys } from './auth/named-keys.js';
import { SecretBox } from './auth/secret-box.js';
import { TokenSigner } from './auth/tokens.js';
import type { Settings } from './config/settings.js';
import { type Database, openDatabase } from './database/database.js';
import { entities } from './entities/index.js';
import { DecisionLog } from './operations/access/decision-log.js';
import { RunningZips } from './operations/archives/running-zips.js';
import { claimStores, ensureInstallationId } from './operations/blobs/store-owners.js';
import { BucketCache } from './operations/buckets/bucket-cache.js';
import type { Granary, Log } from './operations/context.js';
import { LdapDirectories } from './operations/directories/ldap-directories.js';
import { EventFeed } from './operations/events/event-feed.js';
import { Metrics } from './operations/metrics.js';
import { BriefPages } from './operations/objects/brief-pages.js';
import { LatestConfirmer } from './operations/objects/latest-confirmer.js';
import { ObjectCache } from './operations/objects/object-cache.js';
import { PutQueue } from './operations/objects/put-queue.js';
import { openOidc } from './operations/oidc/oidc.js';
import { openRateLimits } from './operations/rate-limits/open-rate-limits.js';
import { AccessLog } from './operations/reports/access-log.js';
import { RunningShares } from './operations/shares/running-shares.js';
import { Quotas } from './operations/tenants/quotas.js';
import { TenantStates } from './operations/tenants/tenant-states.js';
import type { BlobStore } from './storage/blob-store.js';
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

/** The stores that the settings name. */
export async function openStores(parts: { settings: Settings; log: Log; closers: Closers }): Promise<BlobStore> {
  const { settings, log, closers } = parts;
  const store = await openBlobStore({
    dataDir: settings.dataDir,
    stores: settings.stores,
    credentials: settings.storeCredentials,
    cache: { memoryBytes: settings.cacheMemoryBytes, diskBytes: settings.cacheDiskBytes },
    onWarning: (message, error) => log.warn({ error }, message),
  });
  closers.defer(() => store.close());
  return store;
}

/** Everything that one process works with, on a database whose schema is up to date. */
export async function openGranary(parts: {
  database: Database;
  settings: Settings;
  log: Log;
  closers: Closers;
}): Promise<Granary> {
  const { database, settings, log, closers } = parts;
  const masterKeys = await loadMasterKeys(settings, database);
  const onProblem = (error: unknown) => log.error({ error }, 'The changed master keys cannot be read');
  closers.defer(await followMasterKeys({ settings, database, masterKeys, onProblem }));
  const secretBox = new SecretBox(masterKeys);
  const store = await openStores({ settings, log, closers });
  await claimStores(store.owners, await ensureInstallationId(database), 'refuse');
  const credentials = new Credentials({ database, secretBox });
  await credentials.start();
  closers.defer(() => credentials.stop());
  const namedKeys = new NamedKeys({ database, secretBox });
  await namedKeys.start();
  closers.defer(() => namedKeys.stop());
  const directories = new LdapDirectories({
    ...{ database, credentials, secretBox, log },
    recheckSeconds: settings.directoryRecheckSeconds,
  });
  await directories.start();
  closers.defer(() => directories.stop());
  const buckets = new BucketCache(database);
  await buckets.start();
  closers.defer(() => buckets.stop());
  const tenants = new TenantStates({ database, log });
  await tenants.start();
  closers.defer(() => tenants.stop());
  const tokens = new TokenSigner({ database, secretBox, accessTokenSeconds: settings.accessTokenSeconds });
  await tokens.start();
  closers.defer(() => tokens.stop());
  const downloadLinks = new DownloadLinks(secretBox);
  const objects = new ObjectCache(settings.objectCacheBytes);
  const metrics = new Metrics();
  metrics.watchCache(() => store.cacheFigures());
  const decisions = new DecisionLog({
    ...{ database, log, dropped: metrics.droppedDenials },
    retentionSeconds: settings.decisionSeconds,
  });
  closers.defer(() => decisions.stop());
  const accessLog = new AccessLog({ database, log, dropped: metrics.droppedLogLines });
  closers.defer(() => accessLog.stop());
  const events = new EventFeed({ database, log });
  await events.start();
  closers.defer(() => events.stop());
  const shares = new RunningShares({ database, log });
  await shares.start();
  closers.defer(() => shares.stop());
  return {
    settings,
    database,
    store,
    credentials,
    secretBox,
    masterKeys,
    dataKeys: new DataKeys(masterKeys),
    namedKeys,
    tokens,
    directories,
    downloadLinks,
    oidc: await openOidc({ database, secretBox, settings, closers }),
    buckets,
    tenants,
    quotas: new Quotas({ database, tenants }),
    rateLimits: await openRateLimits({ database, settings, tenants, metrics, log, closers }),
    objects,
    latest: new LatestConfirmer(database),
    briefPages: new BriefPages(database),
    writes: new PutQueue(database, Math.ceil(settings.databasePool / 2)),
    shares,
    zips: new RunningZips({ settings, metrics }),
    decisions,
    events,
    accessLog,
    metrics,
    log,
  };
}
