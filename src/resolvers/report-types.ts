import { Field, InputType, ObjectType } from 'type-graphql';
import type { ConfigurationFilter } from '../operations/reports/configuration-filter.js';
import type { ReportDestination } from '../operations/reports/report-destination.js';
import { BucketInput } from './bucket-types.js';
import { tagsOf } from './input.js';
import { Tag, TagInput } from './stored-object-types.js';

const texts = {
  bucket: 'A bucket of the same tenant.',
  prefix: 'What the keys there begin with, before a slash; null for nothing.',
  keyPrefix: 'What the keys begin with; null for all of them.',
  tags: 'Tags that an object must have, all of them.',
  id: 'The id of the configuration: 1 to 64 letters, digits, dots, hyphens and underscores.',
};

@ObjectType('ReportDestination', { description: 'Where reports about a bucket go.' })
export class ReportDestinationType {
  @Field(() => String, { description: texts.bucket })
  bucket!: string;

  @Field(() => String, { nullable: true, description: texts.prefix })
  prefix?: string | null;
}

@InputType('ReportDestinationInput', { description: 'Where reports about a bucket are to go.' })
export class ReportDestinationInput {
  @Field(() => String, { description: texts.bucket })
  bucket!: string;

  @Field(() => String, { nullable: true, description: texts.prefix })
  prefix?: string | null;
}

@ObjectType('ConfigurationFilter', {
  description: 'Which objects a configuration is about; all that it names must fit.',
})
export class ConfigurationFilterType {
  @Field(() => String, { nullable: true, description: texts.keyPrefix })
  prefix?: string | null;

  @Field(() => [Tag], { description: texts.tags })
  tags!: Tag[];
}

@InputType('ConfigurationFilterInput', {
  description: 'Which objects a configuration is about; all of them by default.',
})
export class ConfigurationFilterInput {
  @Field(() => String, { nullable: true, description: texts.keyPrefix })
  prefix?: string | null;

  @Field(() => [TagInput], { nullable: true, description: texts.tags })
  tags?: TagInput[] | null;
}

@InputType('BucketConfigurationInput', { description: 'A bucket, and one of its configurations by the id.' })
export class BucketConfigurationInput extends BucketInput {
  @Field(() => String, { description: texts.id })
  id!: string;
}

/** A destination as operations take it. */
export function destinationOf({ bucket, prefix }: ReportDestinationInput): ReportDestination {
  return { bucket, ...(prefix ? { prefix } : {}) };
}

/** A filter as operations take it. */
export function filterOf(input: ConfigurationFilterInput | null | undefined): ConfigurationFilter {
  const prefix = input?.prefix;
  return { ...(prefix === null || prefix === undefined ? {} : { prefix }), tags: tagsOf(input?.tags) ?? {} };
}

/** A filter as GraphQL shows it. */
export function showFilter({ prefix, tags }: ConfigurationFilter): ConfigurationFilterType {
  return { prefix: prefix ?? null, tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
}
