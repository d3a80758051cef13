import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { AccessTier } from '../operations/reports/intelligent-tiering-configuration.js';
import { BucketPayload } from './bucket-types.js';
import { connectionTypes } from './connection.js';
import {
  BucketConfigurationInput,
  ConfigurationFilterInput,
  ConfigurationFilterType,
  ReportDestinationInput,
  ReportDestinationType,
} from './report-types.js';

const texts = {
  id: 'The id, unique in the bucket.',
  filter: 'Which objects it is about.',
  exportTo: 'Where S3 would export what it finds out; null for nowhere.',
  enabled: 'Whether S3 would heed it.',
  tierings: 'When S3 would archive objects: one or both tiers.',
  accessTier: 'The tier.',
  days: 'After so many days without access: 90 (180 for DEEP_ARCHIVE_ACCESS) to 730.',
};

const AccessTierEnum: { readonly [Name in AccessTier]: Name } = {
  ARCHIVE_ACCESS: 'ARCHIVE_ACCESS',
  DEEP_ARCHIVE_ACCESS: 'DEEP_ARCHIVE_ACCESS',
};

registerEnumType(AccessTierEnum, {
  name: 'AccessTier',
  description: 'The archive tiers of intelligent tiering in S3. There are none here.',
  valuesConfig: {
    ARCHIVE_ACCESS: { description: 'The archive.' },
    DEEP_ARCHIVE_ACCESS: { description: 'The deep archive.' },
  },
});

@ObjectType('AnalyticsConfiguration', {
  description: 'A configuration of storage class analysis, as S3 has it: kept and shown, nothing is analysed.',
})
export class AnalyticsConfigurationType {
  @Field(() => String, { description: texts.id })
  id!: string;

  @Field(() => ConfigurationFilterType, { description: texts.filter })
  filter!: ConfigurationFilterType;

  @Field(() => ReportDestinationType, { nullable: true, description: texts.exportTo })
  exportTo?: ReportDestinationType | null;
}

@ObjectType('MetricsConfiguration', {
  description: 'A configuration of request metrics, as S3 has it: kept and shown, nothing is measured by it.',
})
export class MetricsConfigurationType {
  @Field(() => String, { description: texts.id })
  id!: string;

  @Field(() => ConfigurationFilterType, { description: texts.filter })
  filter!: ConfigurationFilterType;
}

@ObjectType('Tiering', { description: 'After how long an object would be archived.' })
class TieringType {
  @Field(() => AccessTierEnum, { description: texts.accessTier })
  accessTier!: AccessTier;

  @Field(() => Int, { description: texts.days })
  days!: number;
}

@InputType('TieringInput', { description: 'After how long an object would be archived.' })
class TieringInput {
  @Field(() => AccessTierEnum, { description: texts.accessTier })
  accessTier!: AccessTier;

  @Field(() => Int, { description: texts.days })
  days!: number;
}

@ObjectType('IntelligentTieringConfiguration', {
  description: 'A configuration of intelligent tiering, as S3 has it: kept and shown, lifecycle rules move objects.',
})
export class IntelligentTieringConfigurationType {
  @Field(() => String, { description: texts.id })
  id!: string;

  @Field(() => Boolean, { description: texts.enabled })
  enabled!: boolean;

  @Field(() => ConfigurationFilterType, { description: texts.filter })
  filter!: ConfigurationFilterType;

  @Field(() => [TieringType], { description: texts.tierings })
  tierings!: readonly TieringType[];
}

export const AnalyticsConfigurationConnection = connectionTypes<AnalyticsConfigurationType>('AnalyticsConfiguration', {
  type: () => AnalyticsConfigurationType,
  noun: 'configurations of analytics',
});

export const MetricsConfigurationConnection = connectionTypes<MetricsConfigurationType>('MetricsConfiguration', {
  type: () => MetricsConfigurationType,
  noun: 'configurations of metrics',
});

export const IntelligentTieringConfigurationConnection = connectionTypes<IntelligentTieringConfigurationType>(
  'IntelligentTieringConfiguration',
  { type: () => IntelligentTieringConfigurationType, noun: 'configurations of intelligent tiering' },
);

@InputType('SetBucketAnalyticsInput', {
  description: 'A bucket, and a configuration in place of the one with this id.',
})
export class SetBucketAnalyticsInput extends BucketConfigurationInput {
  @Field(() => ConfigurationFilterInput, { nullable: true, description: texts.filter })
  filter?: ConfigurationFilterInput | null;

  @Field(() => ReportDestinationInput, { nullable: true, description: texts.exportTo })
  exportTo?: ReportDestinationInput | null;
}

@InputType('SetBucketMetricsInput', { description: 'A bucket, and a configuration in place of the one with this id.' })
export class SetBucketMetricsInput extends BucketConfigurationInput {
  @Field(() => ConfigurationFilterInput, { nullable: true, description: texts.filter })
  filter?: ConfigurationFilterInput | null;
}

@InputType('SetBucketIntelligentTieringInput', {
  description: 'A bucket, and a configuration in place of the one with this id.',
})
export class SetBucketIntelligentTieringInput extends BucketConfigurationInput {
  @Field(() => Boolean, { nullable: true, description: `${texts.enabled} True by default.` })
  enabled?: boolean | null;

  @Field(() => ConfigurationFilterInput, { nullable: true, description: texts.filter })
  filter?: ConfigurationFilterInput | null;

  @Field(() => [TieringInput], { description: texts.tierings })
  tierings!: TieringInput[];
}

@ObjectType('SetBucketAnalyticsPayload', { description: 'What came of setting a configuration of analytics.' })
export class SetBucketAnalyticsPayload extends BucketPayload {}

@InputType('DeleteBucketAnalyticsInput', { description: 'A bucket, and the configuration to delete.' })
export class DeleteBucketAnalyticsInput extends BucketConfigurationInput {}

@ObjectType('DeleteBucketAnalyticsPayload', { description: 'What came of deleting a configuration of analytics.' })
export class DeleteBucketAnalyticsPayload extends BucketPayload {}

@ObjectType('SetBucketMetricsPayload', { description: 'What came of setting a configuration of metrics.' })
export class SetBucketMetricsPayload extends BucketPayload {}

@InputType('DeleteBucketMetricsInput', { description: 'A bucket, and the configuration to delete.' })
export class DeleteBucketMetricsInput extends BucketConfigurationInput {}

@ObjectType('DeleteBucketMetricsPayload', { description: 'What came of deleting a configuration of metrics.' })
export class DeleteBucketMetricsPayload extends BucketPayload {}

@ObjectType('SetBucketIntelligentTieringPayload', {
  description: 'What came of setting a configuration of intelligent tiering.',
})
export class SetBucketIntelligentTieringPayload extends BucketPayload {}

@InputType('DeleteBucketIntelligentTieringInput', { description: 'A bucket, and the configuration to delete.' })
export class DeleteBucketIntelligentTieringInput extends BucketConfigurationInput {}

@ObjectType('DeleteBucketIntelligentTieringPayload', {
  description: 'What came of deleting a configuration of intelligent tiering.',
})
export class DeleteBucketIntelligentTieringPayload extends BucketPayload {}
