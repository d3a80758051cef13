import { GranaryError } from '../errors.js';
import type { BucketLock, ObjectAddress, WriteConditions } from '../operations/types.js';
import type { ObjectInput } from './object-input.js';
import type { BucketObjectLockInput, DefaultRetentionInput } from './object-lock-types.js';

/** An optional input: GraphQL's null and an absent value mean the same. */
export function optional<Value>(value: Value | null | undefined): Value | undefined {
  return value ?? undefined;
}

/** The address in an input, as operations take it. */
export function keyOf(input: ObjectInput): ObjectAddress {
  return { bucket: input.bucket, key: input.key, tenant: optional(input.tenant) };
}

/** The write conditions in an input. */
export function conditionsOf(input: { ifNoneMatch?: string | null; ifMatch?: string | null }): WriteConditions {
  if (input.ifNoneMatch !== null && input.ifNoneMatch !== undefined && input.ifNoneMatch !== '*') {
    throw new GranaryError('InvalidInput', '"ifNoneMatch" can only be "*".', { field: ['ifNoneMatch'] });
  }
  return { ifNoneMatch: optional(input.ifNoneMatch), ifMatch: optional(input.ifMatch) };
}

/** User metadata from a JSON input: an object whose values are strings. */
export function metadataOf(value: unknown, field = 'metadata'): Record<string, string> | undefined {
  if (value === null || value === undefined) {
    return undefined;
  }
  const isRecord = typeof value === 'object' && !Array.isArray(value);
  if (!isRecord || !Object.values(value).every((text) => typeof text === 'string')) {
    throw new GranaryError(
      'InvalidInput',
      'Metadata is an object whose values are strings, such as {"author": "Ann"}.',
      {
        reason: 'InvalidArgument',
        field: [field],
      },
    );
  }
  return value as Record<string, string>;
}

/** Tags from their input form; the same key twice is refused, for one of the values would be lost. */
export function tagsOf(tags: { key: string; value: string }[] | null | undefined): Record<string, string> | undefined {
  if (tags === null || tags === undefined) {
    return undefined;
  }
  const record = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  if (Object.keys(record).length !== tags.length) {
    throw new GranaryError('InvalidInput', 'Cannot provide multiple Tags with the same key', {
      reason: 'InvalidTag',
      field: ['tags'],
    });
  }
  return record;
}

/** The name that a create input gives: in `name`, or under the noun that addresses such a thing elsewhere. */
export function nameOf(name: string | null | undefined, noun: string | null | undefined): string {
  const given = name ?? noun;
  if (given === null || given === undefined || (name ?? given) !== (noun ?? given)) {
    throw new GranaryError('InvalidInput', 'Give one name.', { reason: 'InvalidArgument', field: ['name'] });
  }
  return given;
}

/** Whether a delete or a change of retention goes past governance mode. */
export function bypassOf(input: { bypassGovernance?: boolean | null }): { bypassGovernance?: 'BYPASS' } {
  return input.bypassGovernance === true ? { bypassGovernance: 'BYPASS' } : {};
}

/** A default retention from its input form. */
export function defaultRetentionOf(input: DefaultRetentionInput | null | undefined): BucketLock['default'] {
  return input ? { mode: input.mode, days: optional(input.days), years: optional(input.years) } : undefined;
}

/** The object lock of a new bucket from its input form. */
export function bucketLockOf(input: BucketObjectLockInput | null | undefined): BucketLock | undefined {
  return input ? { enabled: true, default: defaultRetentionOf(input.defaultRetention) } : undefined;
}
