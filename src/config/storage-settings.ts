import { resolve } from 'node:path';
import { z } from 'zod';
import { byteCount, databaseAddress, day, oneOf, type SettingTable, wholeNumber, year } from './setting.js';
import { type StoreCredentials, type StoreSetting, storeCredentialList, storeList } from './store-address.js';

/** Where rows and bytes are kept, how they are sealed, and how they are looked after. */
export interface StorageSettings {
  /** Absolute path of the directory with blobs, keys and the embedded database. */
  readonly dataDir: string;
  /** An external PostgreSQL (14 or later); without it the embedded one is started. */
  readonly databaseUrl: string | undefined;
  /** Most connections to PostgreSQL of one process. */
  readonly databasePool: number;
  /** Stores beside `hot` and `cold`, or in their place. */
  readonly stores: readonly StoreSetting[];
  /** Access keys of stores, by the store's name; one without asks its SDK's own chain. */
  readonly storeCredentials: ReadonlyMap<string, StoreCredentials>;
  /** Keys of 32 bytes that seal what is at rest, the current one first; without them those of the key file do. */
  readonly masterKeys: Buffer[] | undefined;
  /** Whether bytes are sealed before they are stored, when neither the bucket nor the writer says so. */
  readonly encryption: 'on' | 'off';
  /** Who shares equal bytes: one tenant's objects, or everyone's. */
  readonly dedupScope: 'tenant' | 'global';
  /** Objects up to this many bytes are kept in their row. */
  readonly inlineLimit: number;
  /** Memory of one process for small objects that are read again and again; 0 for none. */
  readonly objectCacheBytes: number;
  /** Memory of one process for stored bytes of remote stores; 0 for none. */
  readonly cacheMemoryBytes: number;
  /** Disk below the data directory for stored bytes of remote stores, shared by all processes; 0 for none. */
  readonly cacheDiskBytes: number;
  /** How long unreferenced bytes stay before they are condemned, and condemned ones before they are removed. */
  readonly gcGraceSeconds: number;
  /** After so long an upload that never ended counts as given up. */
  readonly staleUploadSeconds: number;
  /** After so long an unfinished multipart upload is aborted. */
  readonly multipartExpirySeconds: number;
  /** How long the rows of deleted versions are kept for the audit. */
  readonly tombstoneSeconds: number;
  /** How many stored bytes a second the scrubber reads. */
  readonly scrubRate: number;
  /** From the begin of one round of the scrubber to that of the next; 0 leaves rounds to whoever starts one. */
  readonly scrubIntervalSeconds: number;
}

export const storageTable: SettingTable<StorageSettings> = {
  dataDir: {
    variable: 'GRANARY_DATA_DIR',
    schema: z
      .string()
      .default('./data')
      .transform((path) => resolve(path)),
    example: '/var/lib/granary',
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    schema: databaseAddress(),
    example: 'postgresql://granary:secret@db.example.com:5432/granary',
  },
  databasePool: { variable: 'GRANARY_DATABASE_POOL', schema: wholeNumber(20, 4, 1000), example: '20' },
  stores: { variable: 'GRANARY_STORES', schema: storeList(), example: 'cold=s3://my-bucket/blobs?region=eu-central-1' },
  storeCredentials: {
    variable: 'GRANARY_STORE_CREDENTIALS',
    schema: storeCredentialList(),
    example: 'cold=AKIDEXAMPLE:secret',
  },
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
  dedupScope: { variable: 'GRANARY_DEDUP_SCOPE', schema: oneOf(['tenant', 'global'], 'tenant'), example: 'tenant' },
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
  scrubRate: { variable: 'GRANARY_SCRUB_RATE', schema: byteCount(32 * 2 ** 20, 1024, 2 ** 40), example: '32MiB' },
  scrubIntervalSeconds: {
    variable: 'GRANARY_SCRUB_INTERVAL',
    schema: wholeNumber(30 * day, 0, 10 * year),
    example: '2592000',
  },
};

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
