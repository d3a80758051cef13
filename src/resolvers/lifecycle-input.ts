import { randomUUID } from 'node:crypto';
import { GranaryError } from '../errors.js';
import type {
  ColdClass,
  LifecycleDue,
  LifecycleFilter,
  LifecycleRule,
  NoncurrentDue,
} from '../operations/lifecycle/lifecycle-rules.js';
import type { StorageClass } from '../operations/types.js';
import { tagsOf } from './input.js';
import type { LifecycleExpirationInput, LifecycleFilterInput, LifecycleRuleInput } from './lifecycle-types.js';

type Place = (string | number)[];

/** A rule as operations take it. @throws GranaryError InvalidInput whose field leads to what is missing or too much. */
export function lifecycleRuleOf(input: LifecycleRuleInput, index: number): LifecycleRule {
  const place: Place = ['rules', index];
  const { expiration, noncurrentExpiration, abortIncompleteMultipartUpload } = input;
  return {
    id: input.id ?? randomUUID(),
    enabled: input.enabled ?? true,
    filter: filterOf(input.filter ?? {}),
    transitions: (input.transitions ?? []).map((transition, at) => ({
      ...dueOf(transition, [...place, 'transitions', at]),
      storageClass: classOf(transition.storageClass, [...place, 'transitions', at]),
    })),
    noncurrentTransitions: (input.noncurrentTransitions ?? []).map((transition, at) => ({
      ...noncurrentOf(transition),
      storageClass: classOf(transition.storageClass, [...place, 'noncurrentTransitions', at]),
    })),
    ...(expiration ? { expiration: expirationOf(expiration, [...place, 'expiration']) } : {}),
    ...(noncurrentExpiration ? { noncurrentExpiration: noncurrentOf(noncurrentExpiration) } : {}),
    ...(abortIncompleteMultipartUpload
      ? { abortIncompleteMultipartUpload: { days: abortIncompleteMultipartUpload.days } }
      : {}),
  };
}

function filterOf({ prefix, tags, ...sizes }: LifecycleFilterInput): LifecycleFilter {
  const { objectSizeGreaterThan, objectSizeLessThan } = sizes;
  return {
    prefix: prefix ?? '',
    tags: tagsOf(tags) ?? {},
    ...(objectSizeGreaterThan === null || objectSizeGreaterThan === undefined ? {} : { objectSizeGreaterThan }),
    ...(objectSizeLessThan === null || objectSizeLessThan === undefined ? {} : { objectSizeLessThan }),
  };
}

function dueOf({ days, date }: { days?: number | null; date?: Date | null }, place: Place): LifecycleDue {
  const hasDays = days !== null && days !== undefined;
  if (hasDays === (date !== null && date !== undefined)) {
    throw invalid('Give either "days" or "date".', place);
  }
  return hasDays ? { days } : { date: date?.toISOString() ?? '' };
}

function expirationOf(
  { expiredObjectDeleteMarker, ...due }: LifecycleExpirationInput,
  place: Place,
): NonNullable<LifecycleRule['expiration']> {
  if (expiredObjectDeleteMarker !== true) {
    return dueOf(due, place);
  }
  if ((due.days ?? due.date ?? null) !== null) {
    throw invalid('"expiredObjectDeleteMarker" stands without "days" and "date".', place);
  }
  return { expiredObjectDeleteMarker };
}

function noncurrentOf(due: { noncurrentDays: number; newerNoncurrentVersions?: number | null }): NoncurrentDue {
  const { noncurrentDays, newerNoncurrentVersions: newer } = due;
  return { noncurrentDays, ...(newer === null || newer === undefined ? {} : { newerNoncurrentVersions: newer }) };
}

function classOf(storageClass: StorageClass, place: Place): ColdClass {
  if (storageClass === 'STANDARD') {
    throw invalid('Nothing is moved to STANDARD by a rule.', [...place, 'storageClass']);
  }
  return storageClass;
}

function invalid(message: string, place: Place): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: place.map(String) });
}
