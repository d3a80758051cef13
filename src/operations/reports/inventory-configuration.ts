import { GranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { checkConfigurationId, isKeyPart, requireValid } from './configuration-filter.js';
import { checkDestination, type ReportDestination } from './report-destination.js';

/** The fields that one may ask for, in the order in which a report has them. */
export const inventoryFields = [
  'Size',
  'LastModifiedDate',
  'ETag',
  'StorageClass',
  'IsMultipartUploaded',
  'ReplicationStatus',
  'EncryptionStatus',
  'ObjectLockRetainUntilDate',
  'ObjectLockMode',
  'ObjectLockLegalHoldStatus',
  'IntelligentTieringAccessTier',
  'BucketKeyStatus',
  'ChecksumAlgorithm',
  'ObjectAccessControlList',
  'ObjectOwner',
] as const;
export type InventoryField = (typeof inventoryFields)[number];

export const inventoryFrequencies = ['Daily', 'Weekly'] as const;
export type InventoryFrequency = (typeof inventoryFrequencies)[number];

export const inventoryVersions = ['All', 'Current'] as const;
export type InventoryVersions = (typeof inventoryVersions)[number];

/** How the files of a report are sealed; the destination's default when absent. */
export type InventoryEncryption = { algorithm: 'AES256' } | { algorithm: 'aws:kms'; keyId: string };

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html */
export interface InventoryConfiguration {
  id: string;
  enabled: boolean;
  destination: ReportDestination;
  /** CSV is what is written. */
  format: string;
  encryption?: InventoryEncryption;
  /** Of the keys that are listed; all when absent. */
  prefix?: string;
  versions: InventoryVersions;
  fields: readonly InventoryField[];
  frequency: InventoryFrequency;
}

/** Throws unless reports can be made by the configuration. */
export async function checkInventory(
  context: RequestContext,
  source: BucketState,
  { id, format, prefix, destination, fields }: InventoryConfiguration,
): Promise<void> {
  checkConfigurationId(id, 'inventory');
  if (format !== 'CSV') {
    throw new GranaryError('NotSupported', `Inventories are written as CSV; ${format} is not implemented.`, {
      reason: 'NotImplemented',
      field: ['inventory', 'format'],
    });
  }
  requireValid(isKeyPart(prefix ?? ''), ['inventory', 'prefix'], 'The prefix of the filter is not one of keys.');
  requireValid(new Set(fields).size === fields.length, ['inventory', 'fields'], 'A field can be asked for once.');
  await checkDestination(context, source, destination);
}
