import { GraphQLDateTime } from 'graphql-scalars';
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type {
  InventoryField,
  InventoryFrequency,
  InventoryVersions,
} from '../operations/reports/inventory-configuration.js';
import { BucketPayload } from './bucket-types.js';
import { connectionTypes } from './connection.js';
import { EncryptionInput, ObjectEncryptionType } from './encryption-types.js';
import { BucketConfigurationInput, ReportDestinationInput, ReportDestinationType } from './report-types.js';

const fields: { readonly [Name: string]: [value: InventoryField, description: string] } = {
  SIZE: ['Size', 'The bytes of the object.'],
  LAST_MODIFIED_DATE: ['LastModifiedDate', 'When it was written.'],
  E_TAG: ['ETag', 'The entity tag.'],
  STORAGE_CLASS: ['StorageClass', 'The storage class.'],
  IS_MULTIPART_UPLOADED: ['IsMultipartUploaded', 'Whether it was uploaded in parts.'],
  REPLICATION_STATUS: ['ReplicationStatus', 'How far its replication is.'],
  ENCRYPTION_STATUS: ['EncryptionStatus', 'How it is sealed.'],
  OBJECT_LOCK_RETAIN_UNTIL_DATE: ['ObjectLockRetainUntilDate', 'Until when it is kept.'],
  OBJECT_LOCK_MODE: ['ObjectLockMode', 'How strictly it is kept.'],
  OBJECT_LOCK_LEGAL_HOLD_STATUS: ['ObjectLockLegalHoldStatus', 'Whether a legal hold keeps it.'],
  INTELLIGENT_TIERING_ACCESS_TIER: ['IntelligentTieringAccessTier', 'Always empty here.'],
  BUCKET_KEY_STATUS: ['BucketKeyStatus', 'Whether a bucket key sealed it; none does here.'],
  CHECKSUM_ALGORITHM: ['ChecksumAlgorithm', 'The algorithm of its checksum.'],
  OBJECT_ACCESS_CONTROL_LIST: ['ObjectAccessControlList', 'Who has been granted what, as JSON in base64.'],
  OBJECT_OWNER: ['ObjectOwner', 'The canonical id of its owner.'],
};

const InventoryFieldEnum = Object.fromEntries(Object.entries(fields).map(([name, [value]]) => [name, value]));

registerEnumType(InventoryFieldEnum, {
  name: 'InventoryField',
  description: 'What an inventory can tell of each version, beside bucket and key.',
  valuesConfig: Object.fromEntries(Object.entries(fields).map(([name, [, description]]) => [name, { description }])),
});

const InventoryFrequencyEnum: { readonly [Name in 'DAILY' | 'WEEKLY']: InventoryFrequency } = {
  DAILY: 'Daily',
  WEEKLY: 'Weekly',
};

registerEnumType(InventoryFrequencyEnum, {
  name: 'InventoryFrequency',
  description: 'How often an inventory is written.',
  valuesConfig: { DAILY: { description: 'Once a day.' }, WEEKLY: { description: 'Once in seven days.' } },
});

const InventoryVersionsEnum: { readonly [Name in 'ALL' | 'CURRENT']: InventoryVersions } = {
  ALL: 'All',
  CURRENT: 'Current',
};

registerEnumType(InventoryVersionsEnum, {
  name: 'InventoryVersions',
  description: 'Which versions an inventory lists.',
  valuesConfig: {
    ALL: { description: 'All versions, and delete markers.' },
    CURRENT: { description: 'The current version of each object.' },
  },
});

const texts = {
  id: 'The id, unique in the bucket.',
  enabled: 'Whether reports are written.',
  destination: 'Where reports go. Its policy must let `s3.amazonaws.com` put objects there.',
  encryption: "How the files are sealed; null for the destination's default.",
  prefix: 'What the keys that are listed begin with; null for all.',
  versions: 'Which versions are listed.',
  fields: 'What is told of each version.',
  frequency: 'How often a report is written.',
};

@ObjectType('Inventory', { description: 'A list of what a bucket holds that is written regularly, as CSV.' })
export class InventoryType {
  @Field(() => String, { description: texts.id })
  id!: string;

  @Field(() => Boolean, { description: texts.enabled })
  enabled!: boolean;

  @Field(() => ReportDestinationType, { description: texts.destination })
  destination!: ReportDestinationType;

  @Field(() => ObjectEncryptionType, { nullable: true, description: texts.encryption })
  encryption?: ObjectEncryptionType | null;

  @Field(() => String, { nullable: true, description: texts.prefix })
  prefix?: string | null;

  @Field(() => InventoryVersionsEnum, { description: texts.versions })
  versions!: InventoryVersions;

  @Field(() => [InventoryFieldEnum], { description: texts.fields })
  fields!: readonly InventoryField[];

  @Field(() => InventoryFrequencyEnum, { description: texts.frequency })
  frequency!: InventoryFrequency;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the last report was finished; null for none.' })
  reportedAt?: Date | null;

  @Field(() => String, { nullable: true, description: "The key of the last report's manifest, in the destination." })
  manifestKey?: string | null;

  @Field(() => String, { nullable: true, description: 'Why the last attempt came to nothing; null when it did not.' })
  problem?: string | null;
}

export const InventoryConnection = connectionTypes<InventoryType>('Inventory', {
  type: () => InventoryType,
  noun: 'inventories',
});

@InputType('SetBucketInventoryInput', { description: 'A bucket, and an inventory in place of the one with this id.' })
export class SetBucketInventoryInput extends BucketConfigurationInput {
  @Field(() => Boolean, { nullable: true, description: `${texts.enabled} True by default.` })
  enabled?: boolean | null;

  @Field(() => ReportDestinationInput, { description: texts.destination })
  destination!: ReportDestinationInput;

  @Field(() => EncryptionInput, { nullable: true, description: texts.encryption })
  encryption?: EncryptionInput | null;

  @Field(() => String, { nullable: true, description: texts.prefix })
  prefix?: string | null;

  @Field(() => InventoryVersionsEnum, { nullable: true, description: `${texts.versions} CURRENT by default.` })
  versions?: InventoryVersions | null;

  @Field(() => [InventoryFieldEnum], { nullable: true, description: `${texts.fields} Nothing by default.` })
  fields?: InventoryField[] | null;

  @Field(() => InventoryFrequencyEnum, { nullable: true, description: `${texts.frequency} DAILY by default.` })
  frequency?: InventoryFrequency | null;
}

@ObjectType('SetBucketInventoryPayload', { description: 'What came of setting an inventory.' })
export class SetBucketInventoryPayload extends BucketPayload {}

@InputType('DeleteBucketInventoryInput', { description: 'A bucket, and the inventory to delete.' })
export class DeleteBucketInventoryInput extends BucketConfigurationInput {}

@ObjectType('DeleteBucketInventoryPayload', { description: 'What came of deleting an inventory.' })
export class DeleteBucketInventoryPayload extends BucketPayload {}
