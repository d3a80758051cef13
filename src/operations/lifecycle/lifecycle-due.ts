import type { BucketVersioning, StorageClass } from '../types.js';
import {
  type ColdClass,
  classRank,
  type LifecycleDue,
  type LifecycleFilter,
  type LifecycleRule,
  usualTransitionMinimum,
} from './lifecycle-rules.js';

/** What the rules are judged by, besides a version. */
export interface LifecycleClock {
  now: Date;
  /** Seconds of what the rules call a day. */
  daySeconds: number;
}

/** What the rules want to know of a version. */
export interface LifecycleVersion {
  key: string;
  isLatest: boolean;
  deleteMarker: boolean;
  /** In bytes. */
  size: number;
  tags: Record<string, string>;
  storageClass: StorageClass;
  createdAt: Date;
  /** When the next version of the key was written; null for the latest. */
  succeededAt: Date | null;
  /** How many noncurrent versions of the key are newer. */
  newerNoncurrent: number;
  /** No other version of the key is left. */
  isOnly: boolean;
}

/** `expire`: the latest version, as a delete of its key does; `remove`: this very version, for good. */
export type LifecycleAction =
  | { kind: 'transition'; storageClass: ColdClass }
  | { kind: 'expire' }
  | { kind: 'remove' }
  | null;

/** In seconds. */
export const realDay = 86_400;

/**
 * What is due for a version. Where several things are, a removal comes before a transition, and that before a delete
 * marker; of classes the coldest is taken.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html#lifecycle-config-conceptual-ex5
 */
export function lifecycleAction(
  bucket: { lifecycle: readonly LifecycleRule[]; versioning: BucketVersioning },
  version: LifecycleVersion,
  clock: LifecycleClock,
): LifecycleAction {
  const rules = bucket.lifecycle.filter((rule) => rule.enabled && fits(rule.filter, version));
  const isExpired = rules.some((rule) => isExpirationDue(rule, version, clock));
  if (isExpired && (!version.isLatest || version.deleteMarker)) {
    return { kind: 'remove' };
  }
  if (isExpired && bucket.versioning === 'UNVERSIONED') {
    return { kind: 'expire' };
  }
  const storageClass = version.deleteMarker ? null : classDue(rules, version, clock);
  if (storageClass !== null) {
    return { kind: 'transition', storageClass };
  }
  return isExpired ? { kind: 'expire' } : null;
}

/** When the rules will expire a version, and by which of them: the earliest. Null for one that they leave alone. */
export function expirationOf(
  rules: readonly LifecycleRule[],
  version: Pick<LifecycleVersion, 'key' | 'isLatest' | 'deleteMarker' | 'size' | 'tags' | 'createdAt'>,
  daySeconds: number,
): { at: Date; ruleId: string } | null {
  if (!version.isLatest || version.deleteMarker) {
    return null;
  }
  let earliest: { at: Date; ruleId: string } | null = null;
  for (const { id, enabled, filter, expiration } of rules) {
    if (!enabled || expiration === undefined || 'expiredObjectDeleteMarker' in expiration || !fits(filter, version)) {
      continue;
    }
    const at = dueAt(expiration, version.createdAt, daySeconds);
    if (earliest === null || at < earliest.at) {
      earliest = { at, ruleId: id };
    }
  }
  return earliest;
}

/** How old in days an upload of this key may become before a rule aborts it; null when none does. */
export function uploadDays(rules: readonly LifecycleRule[], key: string): number | null {
  const days = rules.flatMap(({ enabled, filter, abortIncompleteMultipartUpload: abort }) =>
    enabled && abort !== undefined && key.startsWith(filter.prefix) ? [abort.days] : [],
  );
  return days.length === 0 ? null : Math.min(...days);
}

/**
 * So many days later. Real days end at midnight UTC, as in AWS: the time is rounded up to the next one; days of another
 * length, as tests have them, just follow one another.
 */
export function addDays(from: Date, days: number, daySeconds: number): Date {
  const day = daySeconds * 1000;
  const at = from.getTime() + days * day;
  return new Date(daySeconds === realDay ? (Math.floor(at / day) + 1) * day : at);
}

function dueAt(due: LifecycleDue, from: Date, daySeconds: number): Date {
  return 'date' in due ? new Date(due.date) : addDays(from, due.days, daySeconds);
}

function fits(
  filter: LifecycleFilter,
  { key, tags, size, deleteMarker }: Pick<LifecycleVersion, 'key' | 'tags' | 'size' | 'deleteMarker'>,
): boolean {
  const { objectSizeGreaterThan: above, objectSizeLessThan: below } = filter;
  const wanted = Object.entries(filter.tags);
  if (!key.startsWith(filter.prefix)) {
    return false;
  }
  if (deleteMarker) {
    return wanted.length === 0 && above === undefined && below === undefined;
  }
  return (
    wanted.every(([name, value]) => tags[name] === value) &&
    size > (above ?? -1) &&
    size < (below ?? Number.POSITIVE_INFINITY)
  );
}

function isExpirationDue(rule: LifecycleRule, version: LifecycleVersion, clock: LifecycleClock): boolean {
  if (!version.isLatest) {
    return rule.noncurrentExpiration !== undefined && isNoncurrentDue(rule.noncurrentExpiration, version, clock);
  }
  const { expiration } = rule;
  if (expiration === undefined || (version.deleteMarker && !version.isOnly)) {
    return false;
  }
  return 'expiredObjectDeleteMarker' in expiration
    ? version.deleteMarker
    : clock.now >= dueAt(expiration, version.createdAt, clock.daySeconds);
}

function isNoncurrentDue(
  { noncurrentDays, newerNoncurrentVersions = 0 }: NonNullable<LifecycleRule['noncurrentExpiration']>,
  { succeededAt, newerNoncurrent }: LifecycleVersion,
  { now, daySeconds }: LifecycleClock,
): boolean {
  return (
    succeededAt !== null &&
    newerNoncurrent >= newerNoncurrentVersions &&
    now >= addDays(succeededAt, noncurrentDays, daySeconds)
  );
}

/** The coldest class that is due and colder than the version's own. */
function classDue(rules: readonly LifecycleRule[], version: LifecycleVersion, clock: LifecycleClock): ColdClass | null {
  let coldest: ColdClass | null = null;
  for (const rule of rules.filter(({ filter }) => isLargeEnough(filter, version.size))) {
    for (const storageClass of classesOf(rule, version, clock)) {
      if (classRank[storageClass] > classRank[coldest ?? version.storageClass]) {
        coldest = storageClass;
      }
    }
  }
  return coldest;
}

function classesOf(rule: LifecycleRule, version: LifecycleVersion, clock: LifecycleClock): ColdClass[] {
  const { now, daySeconds } = clock;
  const due = version.isLatest
    ? rule.transitions.filter((transition) => now >= dueAt(transition, version.createdAt, daySeconds))
    : rule.noncurrentTransitions.filter((transition) => isNoncurrentDue(transition, version, clock));
  return due.map(({ storageClass }) => storageClass);
}

function isLargeEnough({ objectSizeGreaterThan, objectSizeLessThan }: LifecycleFilter, size: number): boolean {
  const saysNothing = objectSizeGreaterThan === undefined && objectSizeLessThan === undefined;
  return !saysNothing || size >= usualTransitionMinimum;
}
