import { resolve } from 'node:path';
import { z } from 'zod';
import { GranaryError } from '../errors.js';
import type { AddressRange } from './address-range.js';
import { type RateLimitSettings, rateLimitTable } from './rate-limit-settings.js';
import {
  address,
  addressRanges,
  byteCount,
  databaseAddress,
  hostNames,
  oneOf,
  type Setting,
  webOrigins,
  wholeNumber,
} from './setting.js';
import { type StoreCredentials, type StoreSetting, storeCredentialList, storeList } from './store-address.js';

const day = 24 * 60 * 60;
const year = 365 * day;

/** Everything that can be set from outside. Times are in the unit that the name says. */
export interface Settings extends RateLimitSettings {
  /** Port of GraphQL and downloads; 0 takes any free one. */
  readonly httpPort: number;
  /** Port of S3; 0 takes any free one. */
  readonly s3Port: number;
  /** The address that both ports listen on. */
  readonly host: string;
  /** Absolute path of the directory with blobs, keys and the embedded database. */
  readonly dataDir: string;
  /** Stores beside `hot` and `cold`, or in their place. */
  readonly stores: readonly StoreSetting[];
  /** Access keys of stores, by the store's name; one without asks its SDK's own chain. */
  readonly storeCredentials: ReadonlyMap<string, StoreCredentials>;
  /** An external PostgreSQL (14 or later); without it the embedded one is started. */
  readonly databaseUrl: string | undefined;
  /** Most connections to PostgreSQL of one process. */
  readonly databasePool: number;
  /** Password of the user `admin`; without it the first start makes one. */
  readonly adminPassword: string | undefined;
  /** Access key of `admin`, together with {@link rootSecretKey}. */
  readonly rootAccessKey: string | undefined;
  readonly rootSecretKey: string | undefined;
  readonly s3Region: string;
  /** Host names below which a bucket's name may stand: `bucket.s3.example.com`. In lower case. */
  readonly s3Domains: readonly string[];
  /** Host names below which buckets are served as websites; below `*.name` those of the tenant in its place. In lower case. */
  readonly s3WebsiteDomains: readonly string[];
  /** Who owns the objects of new buckets, and whether access control lists count in them. */
  readonly s3ObjectOwnership: 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';
  /** Whether old clients may sign by Signature Version 2. */
  readonly s3SigV2: 'on' | 'off';
  /** Keys of 32 bytes that seal what is at rest, the current one first; without them those of the key file do. */
  readonly masterKeys: Buffer[] | undefined;
  /** Whether bytes are sealed before they are stored, when neither the bucket nor the writer says so. */
  readonly encryption: 'on' | 'off';
  /** Processes that serve both ports. */
  readonly workers: number;
  /** Objects up to this many bytes are kept in their row. */
  readonly inlineLimit: number;
  /** Memory of one process for small objects that are read again and again; 0 for none. */
  readonly objectCacheBytes: number;
  /** Memory of one process for stored bytes of remote stores; 0 for none. */
  readonly cacheMemoryBytes: number;
  /** Disk below the data directory for stored bytes of remote stores, shared by all processes; 0 for none. */
  readonly cacheDiskBytes: number;
  /** Most bytes of one file uploaded through GraphQL. */
  readonly maxUploadSize: number;
  /** A transfer that moves no byte for so long is ended. */
  readonly idleTimeoutMs: number;
  /** Whether `/graphiql` is there. */
  readonly graphiql: 'on' | 'off';
  /** After so long a GraphQL query is ended. */
  readonly queryTimeoutMs: number;
  /** A manifest of the operations that may be asked for; without it every operation may. */
  readonly persistedQueries: string | undefined;
  /** How long unreferenced bytes stay before they are condemned, and condemned ones before they are removed. */
  readonly gcGraceSeconds: number;
  /** After so long an upload that never ended counts as given up. */
  readonly staleUploadSeconds: number;
  /** After so long an unfinished multipart upload is aborted. */
  readonly multipartExpirySeconds: number;
  /** How long the rows of deleted versions are kept for the audit. */
  readonly tombstoneSeconds: number;
  /** How often new events are chained. */
  readonly auditSealSeconds: number;
  /** How long events are kept; 0 for ever. */
  readonly auditRetentionSeconds: number;
  /** How long share links are good for at most, and when nobody says; 0 for ever. */
  readonly shareLifetimeSeconds: number;
  /** How long it is kept who used share links; 0 for ever. */
  readonly shareLogSeconds: number;
  /** How long what lifecycle rules call a day is; other than 86400 for tests and for staging only. */
  readonly lifecycleDaySeconds: number;
  /** How long lines of access logs wait for others before they are delivered together. */
  readonly accessLogSeconds: number;
  /** How often one version is tried at one replication target before it is given up. */
  readonly replicationAttempts: number;
  /** How many versions are on their way to replication targets at once. */
  readonly replicationConcurrency: number;
  /** How many clients may watch by WebSocket at once, in each process. */
  readonly subscriptionConnections: number;
  /** Whether replication targets may be in loopback and private networks. */
  readonly replicationAllowPrivate: 'on' | 'off';
  /** How often one notification is tried before it becomes a dead letter. */
  readonly notificationAttempts: number;
  /** How many notifications are sent at once. */
  readonly notificationConcurrency: number;
  /** How many jobs of folders are worked on at once. */
  readonly jobConcurrency: number;
  /** Zips of folders that one process sends at once. */
  readonly zipConcurrency: number;
  /** How many of them may be of one share link. */
  readonly shareZipConcurrency: number;
  /** How long ended jobs can be looked up. */
  readonly jobRetentionSeconds: number;
  /** Whether notification targets may be in loopback and private networks, and without TLS. */
  readonly notificationAllowPrivate: 'on' | 'off';
  /** Whether OpenID providers may be in loopback and private networks, and without TLS. */
  readonly oidcAllowPrivate: 'on' | 'off';
  /** How many stored bytes a second the scrubber reads. */
  readonly scrubRate: number;
  /** From the begin of one round of the scrubber to that of the next; 0 leaves rounds to whoever starts one. */
  readonly scrubIntervalSeconds: number;
  /** What a scraper of /metrics sends as a bearer token; without it only this machine may read them. */
  readonly metricsToken: string | undefined;
  /** Who shares equal bytes: one tenant's objects, or everyone's. */
  readonly dedupScope: 'tenant' | 'global';
  /** Origins whose pages may use the API; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies: readonly AddressRange[];
  /** How browsers reach the GraphQL port, when a proxy stands before it. */
  readonly publicUrl: string | undefined;
  /** How clients reach the S3 port, when a proxy stands before it. */
  readonly s3PublicUrl: string | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** How long the explanation of a denied request can be looked up. */
  readonly decisionSeconds: number;
  /** The shortest password that a user may choose. */
  readonly passwordMinLength: number;
  /** Failed sign-ins with one name that cost no waiting. */
  readonly signInAttempts: number;
  /** After so long access tokens are signed with a new key. */
  readonly signingKeySeconds: number;
  /** How old may be what is known of a directory's user before the directory is asked again. */
  readonly directoryRecheckSeconds: number;
  /** NODE_ENV is `production`. */
  readonly production: boolean;
}

type SettingTable = { readonly [Field in keyof Settings]: Setting<Settings[Field]> };

const text = (pattern: RegExp, problem: string) => z.string().regex(pattern, problem);

const table: SettingTable = {
  ...rateLimitTable,
  httpPort: { variable: 'GRANARY_HTTP_PORT', schema: wholeNumber(4000, 0, 65535), example: '4000' },
  s3Port: { variable: 'GRANARY_S3_PORT', schema: wholeNumber(9000, 0, 65535), example: '9000' },
  host: {
    variable: 'GRANARY_HOST',
    schema: text(/^[A-Za-z0-9.:_%-]+$/, 'is not a host name or an IP address').default('127.0.0.1'),
    example: '0.0.0.0',
  },
  dataDir: {
    variable: 'GRANARY_DATA_DIR',
    schema: z
      .string()
      .default('./data')
      .transform((path) => resolve(path)),
    example: '/var/lib/granary',
  },
  stores: { variable: 'GRANARY_STORES', schema: storeList(), example: 'cold=s3://my-bucket/blobs?region=eu-central-1' },
  storeCredentials: {
    variable: 'GRANARY_STORE_CREDENTIALS',
    schema: storeCredentialList(),
    example: 'cold=AKIDEXAMPLE:secret',
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    schema: databaseAddress(),
    example: 'postgresql://granary:secret@db.example.com:5432/granary',
  },
  databasePool: { variable: 'GRANARY_DATABASE_POOL', schema: wholeNumber(20, 4, 1000), example: '20' },
  adminPassword: {
    variable: 'GRANARY_ADMIN_PASSWORD',
    schema: text(/^.{8,256}$/s, 'is not 8 to 256 characters long').optional(),
    example: 'a-long-passphrase-of-your-own',
  },
  rootAccessKey: {
    variable: 'GRANARY_ROOT_ACCESS_KEY',
    schema: text(/^[A-Za-z0-9_.-]{3,128}$/, 'is not 3 to 128 letters, digits, dots, - or _').optional(),
    example: 'GRANARYROOT',
  },
  rootSecretKey: {
    variable: 'GRANARY_ROOT_SECRET_KEY',
    schema: text(/^[\x21-\x7e]{8,128}$/, 'is not 8 to 128 printable characters without spaces').optional(),
    example: 'the output of: openssl rand -base64 30',
  },
  s3Region: {
    variable: 'GRANARY_S3_REGION',
    schema: text(/^[a-z0-9-]{1,64}$/, 'is not 1 to 64 lower-case letters, digits or -').default('us-east-1'),
    example: 'us-east-1',
  },
  s3Domains: { variable: 'GRANARY_S3_DOMAINS', schema: hostNames(), example: 's3.example.com,s3.internal' },
  s3WebsiteDomains: {
    variable: 'GRANARY_S3_WEBSITE_DOMAINS',
    schema: hostNames('(\\*\\.)?'),
    example: 'web.example.com,*.sites.example.com',
  },
  s3ObjectOwnership: {
    variable: 'GRANARY_S3_OBJECT_OWNERSHIP',
    schema: oneOf(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'], 'BucketOwnerEnforced'),
    example: 'ObjectWriter',
  },
  s3SigV2: { variable: 'GRANARY_S3_SIGV2', schema: oneOf(['on', 'off'], 'on'), example: 'off' },
  masterKeys: {
    variable: 'GRANARY_MASTER_KEY',
    schema: z
      .string()
      .transform((keys) => keys.split(',').map((key) => decodeKey(key.trim())))
      .refine((keys): keys is Buffer[] => !keys.includes(undefined), 'is not 32 bytes in base64 or hex')
      .refine((keys) => !keys.some(isMonotonous), 'is a placeholder and no random key')
      .optional(),
    example: 'the output of: openssl rand -base64 32',
  },
  encryption: { variable: 'GRANARY_ENCRYPTION', schema: oneOf(['on', 'off'], 'on'), example: 'on' },
  workers: { variable: 'GRANARY_WORKERS', schema: wholeNumber(1, 1, 256), example: '4' },
  inlineLimit: { variable: 'GRANARY_INLINE_LIMIT', schema: byteCount(32_768, 0, 2 ** 20), example: '32KiB' },
  objectCacheBytes: {
    variable: 'GRANARY_OBJECT_CACHE',
    schema: byteCount(64 * 2 ** 20, 0, 2 ** 40),
    example: '64MiB',
  },
  cacheMemoryBytes: {
    variable: 'GRANARY_CACHE_MEMORY',
    schema: byteCount(64 * 2 ** 20, 0, 2 ** 40),
    example: '64MiB',
  },
  cacheDiskBytes: { variable: 'GRANARY_CACHE_DISK', schema: byteCount(4 * 2 ** 30, 0, 2 ** 50), example: '4GiB' },
  maxUploadSize: {
    variable: 'GRANARY_MAX_UPLOAD_SIZE',
    schema: byteCount(5 * 2 ** 40, 1, 5 * 2 ** 40),
    example: '100GiB',
  },
  idleTimeoutMs: {
    variable: 'GRANARY_IDLE_TIMEOUT',
    schema: wholeNumber(60, 1, 3600).transform((seconds) => seconds * 1000),
    example: '60',
  },
  graphiql: { variable: 'GRANARY_GRAPHIQL', schema: oneOf(['on', 'off'], 'on'), example: 'off' },
  queryTimeoutMs: {
    variable: 'GRANARY_QUERY_TIMEOUT',
    schema: wholeNumber(30, 1, 3600).transform((seconds) => seconds * 1000),
    example: '30',
  },
  persistedQueries: {
    variable: 'GRANARY_PERSISTED_QUERIES',
    schema: z
      .string()
      .transform((path) => resolve(path))
      .optional(),
    example: '/etc/granary/persisted-queries.json',
  },
  gcGraceSeconds: { variable: 'GRANARY_GC_GRACE', schema: wholeNumber(3600, 0, year), example: '3600' },
  staleUploadSeconds: { variable: 'GRANARY_STALE_UPLOAD', schema: wholeNumber(day, 60, year), example: '86400' },
  multipartExpirySeconds: {
    variable: 'GRANARY_MULTIPART_EXPIRY',
    schema: wholeNumber(7 * day, 60, 10 * year),
    example: '604800',
  },
  tombstoneSeconds: {
    variable: 'GRANARY_TOMBSTONE_RETENTION',
    schema: wholeNumber(30 * day, 0, 100 * year),
    example: '2592000',
  },
  auditSealSeconds: { variable: 'GRANARY_AUDIT_SEAL_INTERVAL', schema: wholeNumber(10, 1, 3600), example: '10' },
  auditRetentionSeconds: {
    variable: 'GRANARY_AUDIT_RETENTION',
    schema: wholeNumber(0, 0, 100 * year),
    example: '31536000',
  },
  shareLifetimeSeconds: {
    variable: 'GRANARY_SHARE_LIFETIME',
    schema: wholeNumber(year, 0, 100 * year),
    example: '2592000',
  },
  shareLogSeconds: {
    variable: 'GRANARY_SHARE_LOG_RETENTION',
    schema: wholeNumber(90 * day, 0, 100 * year),
    example: '7776000',
  },
  lifecycleDaySeconds: { variable: 'GRANARY_LIFECYCLE_DAY', schema: wholeNumber(day, 1, day), example: '86400' },
  accessLogSeconds: { variable: 'GRANARY_ACCESS_LOG_INTERVAL', schema: wholeNumber(300, 0, day), example: '300' },
  replicationAttempts: { variable: 'GRANARY_REPLICATION_ATTEMPTS', schema: wholeNumber(10, 1, 100), example: '10' },
  subscriptionConnections: {
    variable: 'GRANARY_SUBSCRIPTION_CONNECTIONS',
    schema: wholeNumber(5000, 1, 100_000),
    example: '5000',
  },
  replicationConcurrency: {
    variable: 'GRANARY_REPLICATION_CONCURRENCY',
    schema: wholeNumber(4, 1, 64),
    example: '4',
  },
  replicationAllowPrivate: {
    variable: 'GRANARY_REPLICATION_ALLOW_PRIVATE',
    schema: oneOf(['on', 'off'], 'off'),
    example: 'on',
  },
  notificationAttempts: { variable: 'GRANARY_NOTIFICATION_ATTEMPTS', schema: wholeNumber(12, 1, 100), example: '12' },
  notificationConcurrency: {
    variable: 'GRANARY_NOTIFICATION_CONCURRENCY',
    schema: wholeNumber(8, 1, 64),
    example: '8',
  },
  jobConcurrency: { variable: 'GRANARY_JOB_CONCURRENCY', schema: wholeNumber(2, 1, 32), example: '2' },
  zipConcurrency: { variable: 'GRANARY_ZIP_CONCURRENCY', schema: wholeNumber(32, 1, 1000), example: '32' },
  shareZipConcurrency: { variable: 'GRANARY_SHARE_ZIP_CONCURRENCY', schema: wholeNumber(4, 1, 1000), example: '4' },
  jobRetentionSeconds: {
    variable: 'GRANARY_JOB_RETENTION',
    schema: wholeNumber(30 * day, 3600, 10 * year),
    example: '2592000',
  },
  notificationAllowPrivate: {
    variable: 'GRANARY_NOTIFICATION_ALLOW_PRIVATE',
    schema: oneOf(['on', 'off'], 'off'),
    example: 'on',
  },
  oidcAllowPrivate: { variable: 'GRANARY_OIDC_ALLOW_PRIVATE', schema: oneOf(['on', 'off'], 'off'), example: 'on' },
  scrubRate: { variable: 'GRANARY_SCRUB_RATE', schema: byteCount(32 * 2 ** 20, 1024, 2 ** 40), example: '32MiB' },
  scrubIntervalSeconds: {
    variable: 'GRANARY_SCRUB_INTERVAL',
    schema: wholeNumber(30 * day, 0, 10 * year),
    example: '2592000',
  },
  metricsToken: {
    variable: 'GRANARY_METRICS_TOKEN',
    schema: text(/^[\x21-\x7e]{16,256}$/, 'is not 16 to 256 printable characters without spaces').optional(),
    example: 'the output of: openssl rand -hex 32',
  },
  dedupScope: { variable: 'GRANARY_DEDUP_SCOPE', schema: oneOf(['tenant', 'global'], 'tenant'), example: 'tenant' },
  corsOrigins: {
    variable: 'GRANARY_CORS_ORIGINS',
    schema: webOrigins(),
    example: 'https://app.example.com,http://localhost:5173',
  },
  trustedProxies: {
    variable: 'GRANARY_TRUSTED_PROXIES',
    schema: addressRanges(),
    example: '127.0.0.1,10.0.0.0/8,fd00::/8',
  },
  publicUrl: {
    variable: 'GRANARY_PUBLIC_URL',
    schema: address(['http:', 'https:']),
    example: 'https://files.example.com',
  },
  s3PublicUrl: {
    variable: 'GRANARY_S3_PUBLIC_URL',
    schema: address(['http:', 'https:']),
    example: 'https://s3.example.com',
  },
  logLevel: {
    variable: 'GRANARY_LOG_LEVEL',
    schema: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
    example: 'info',
  },
  accessTokenSeconds: { variable: 'GRANARY_ACCESS_TOKEN_LIFETIME', schema: wholeNumber(900, 60, day), example: '900' },
  refreshTokenSeconds: {
    variable: 'GRANARY_REFRESH_TOKEN_LIFETIME',
    schema: wholeNumber(30 * day, 60, year),
    example: '2592000',
  },
  decisionSeconds: {
    variable: 'GRANARY_DECISION_RETENTION',
    schema: wholeNumber(7 * day, 0, year),
    example: '604800',
  },
  passwordMinLength: { variable: 'GRANARY_PASSWORD_MIN_LENGTH', schema: wholeNumber(8, 8, 128), example: '12' },
  signInAttempts: { variable: 'GRANARY_SIGN_IN_ATTEMPTS', schema: wholeNumber(5, 1, 1000), example: '5' },
  signingKeySeconds: {
    variable: 'GRANARY_SIGNING_KEY_LIFETIME',
    schema: wholeNumber(90 * day, day, 10 * year),
    example: '7776000',
  },
  directoryRecheckSeconds: {
    variable: 'GRANARY_DIRECTORY_RECHECK',
    schema: wholeNumber(900, 0, 30 * day),
    example: '900',
  },
  production: {
    variable: 'NODE_ENV',
    schema: z
      .string()
      .optional()
      .transform((value) => value === 'production'),
    example: 'production',
  },
};

/**
 * Reads the settings. A variable that is set to nothing counts as not set.
 * @throws GranaryError InvalidInput that lists every wrong setting with its problem and an example.
 */
export function loadSettings(env: NodeJS.ProcessEnv): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [field, setting] of Object.entries(table)) {
    const result = setting.schema.safeParse(env[setting.variable] || undefined);
    values[field] = result.data;
    if (!result.success) {
      problems.push(describe(setting, result.error.issues[0]?.message ?? 'is wrong'));
    }
  }
  problems.push(...unpairedRootKey(env));
  if (problems.length > 0) {
    throw new GranaryError('InvalidInput', problems.join('\n'), { reason: 'InvalidSettings' });
  }
  // Each field's schema was checked against its type in the table.
  return values as unknown as Settings;
}

/** The names of all variables, for documentation and tests. */
export function settingVariables(): string[] {
  return Object.values(table).map((setting) => setting.variable);
}

/** Names that look like settings and are none: most likely misspelt, and without any effect. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(settingVariables());
  return Object.keys(env).filter((variable) => variable.startsWith('GRANARY_') && !known.has(variable));
}

// The value itself is left out: it may be a secret.
function describe(setting: { variable: string; example: string }, problem: string): string {
  return `${setting.variable} ${problem}. Example: ${setting.example}`;
}

function unpairedRootKey(env: NodeJS.ProcessEnv): string[] {
  const { rootAccessKey, rootSecretKey } = table;
  const [present, missing] = env[rootAccessKey.variable]
    ? [rootAccessKey, rootSecretKey]
    : [rootSecretKey, rootAccessKey];
  const paired = Boolean(env[present.variable]) === Boolean(env[missing.variable]);
  return paired ? [] : [describe(missing, `is missing while ${present.variable} is set`)];
}

/** All bytes alike: what documentation shows, and what an empty device gives. */
function isMonotonous(key: Buffer): boolean {
  return new Set(key).size === 1;
}

function decodeKey(key: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(key)) {
    return Buffer.from(key, 'hex');
  }
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(key) ? Buffer.from(key, 'base64') : undefined;
}
