import fc from 'fast-check';
import {
  addDays,
  expirationOf,
  type LifecycleVersion,
  lifecycleAction,
} from '../../../src/operations/lifecycle/lifecycle-due.js';
import type { LifecycleRule } from '../../../src/operations/lifecycle/lifecycle-rules.js';
import { validLifecycle } from '../../../src/operations/lifecycle/valid-lifecycle.js';

const day = 86_400_000;
const everything = { prefix: '', tags: {} };

function rule(parts: Partial<LifecycleRule>): LifecycleRule {
  return { id: 'r', enabled: true, filter: everything, transitions: [], noncurrentTransitions: [], ...parts };
}

function version(parts: Partial<LifecycleVersion>): LifecycleVersion {
  return {
    key: 'logs/a',
    isLatest: true,
    deleteMarker: false,
    size: 1_000_000,
    tags: {},
    storageClass: 'STANDARD',
    createdAt: new Date('2026-01-15T10:30:00Z'),
    succeededAt: null,
    newerNoncurrent: 0,
    isOnly: false,
    ...parts,
  };
}

const at = (now: string) => ({ now: new Date(now), daySeconds: 86_400 });

describe('a day of the rules', () => {
  test('ends at the next midnight UTC, as in the example of AWS', () => {
    expect(addDays(new Date('2014-01-15T10:30:00Z'), 3, 86_400)).toEqual(new Date('2014-01-19T00:00:00Z'));
  });

  test('just follows another one when it is of another length', () => {
    expect(addDays(new Date('2014-01-15T10:30:00Z'), 3, 2)).toEqual(new Date('2014-01-15T10:30:06Z'));
  });
});

describe('what is due', () => {
  const unversioned = { versioning: 'UNVERSIONED' } as const;
  const versioned = { versioning: 'ENABLED' } as const;

  test('is nothing a moment before its time', () => {
    const lifecycle = [rule({ expiration: { days: 1 } })];
    expect(lifecycleAction({ ...unversioned, lifecycle }, version({}), at('2026-01-16T23:59:59Z'))).toBeNull();
    const due = lifecycleAction({ ...unversioned, lifecycle }, version({}), at('2026-01-17T00:00:00Z'));
    expect(due).toEqual({ kind: 'expire' });
  });

  test('is the class before a delete marker, but no class of what is removed', () => {
    const lifecycle = [rule({ expiration: { days: 2 }, transitions: [{ days: 1, storageClass: 'GLACIER_IR' }] })];
    const now = at('2026-02-17T00:00:00Z');
    const moved = { kind: 'transition', storageClass: 'GLACIER_IR' };
    expect(lifecycleAction({ ...versioned, lifecycle }, version({}), now)).toEqual(moved);
    expect(lifecycleAction({ ...unversioned, lifecycle }, version({}), now)).toEqual({ kind: 'expire' });
  });

  test('leaves small versions where they are, unless the filter says something of sizes', () => {
    const transitions = [{ days: 0, storageClass: 'GLACIER_IR' as const }];
    const now = at('2026-02-17T00:00:00Z');
    const small = version({ size: 100_000 });
    expect(lifecycleAction({ ...versioned, lifecycle: [rule({ transitions })] }, small, now)).toBeNull();
    const lifecycle = [rule({ transitions, filter: { ...everything, objectSizeGreaterThan: 1 } })];
    expect(lifecycleAction({ ...versioned, lifecycle }, small, now)).toMatchObject({ kind: 'transition' });
  });

  test('are delete markers with nothing behind them, by either kind of expiration', () => {
    const marker = version({ deleteMarker: true, size: 0, isOnly: true });
    const now = at('2026-02-17T00:00:00Z');
    for (const expiration of [{ days: 1 }, { expiredObjectDeleteMarker: true as const }]) {
      const lifecycle = [rule({ expiration })];
      expect(lifecycleAction({ ...versioned, lifecycle }, marker, now)).toEqual({ kind: 'remove' });
      expect(lifecycleAction({ ...versioned, lifecycle }, { ...marker, isOnly: false }, now)).toBeNull();
    }
  });

  test('is told beforehand, by the rule that comes first', () => {
    const rules = [rule({ id: 'late', expiration: { days: 9 } }), rule({ id: 'soon', expiration: { days: 2 } })];
    expect(expirationOf(rules, version({}), 86_400)).toEqual({ at: new Date('2026-01-18T00:00:00Z'), ruleId: 'soon' });
    expect(expirationOf(rules, version({ isLatest: false }), 86_400)).toBeNull();
  });
});

const ranks = ['STANDARD', 'STANDARD_IA', 'GLACIER_IR'] as const;
const anyClass = fc.constantFrom('STANDARD_IA' as const, 'GLACIER_IR' as const);
const anyDays = fc.nat(6);
const anyDate = fc.nat(12).map((index) => new Date(index * day).toISOString());
const anyDue = fc.oneof(fc.record({ days: anyDays }), fc.record({ date: anyDate }));
const anyTags = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { maxKeys: 2 });
const newer = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });
const anyNoncurrent = fc
  .record({ noncurrentDays: anyDays, newerNoncurrentVersions: newer })
  .map(({ newerNoncurrentVersions: keep, ...due }) => ({ ...due, ...(keep && { newerNoncurrentVersions: keep }) }));

const anyRule: fc.Arbitrary<LifecycleRule> = fc
  .record({
    enabled: fc.boolean(),
    prefix: fc.constantFrom('', 'a', 'ab', 'c'),
    tags: anyTags,
    above: fc.option(fc.constantFrom(0, 10, 200_000), { nil: undefined }),
    below: fc.option(fc.constantFrom(1, 11, 300_000), { nil: undefined }),
    transitions: fc.array(
      fc.tuple(anyDue, anyClass).map(([due, storageClass]) => ({ ...due, storageClass })),
      { maxLength: 2 },
    ),
    noncurrentTransitions: fc.array(
      fc.tuple(anyNoncurrent, anyClass).map(([due, storageClass]) => ({ ...due, storageClass })),
      { maxLength: 2 },
    ),
    expiration: fc.option(fc.oneof(anyDue, fc.constant({ expiredObjectDeleteMarker: true as const })), {
      nil: undefined,
    }),
    noncurrentExpiration: fc.option(anyNoncurrent, { nil: undefined }),
  })
  .map(({ prefix, tags, above, below, expiration, noncurrentExpiration, ...parts }) => ({
    id: 'r',
    filter: {
      prefix,
      tags,
      ...(above === undefined ? {} : { objectSizeGreaterThan: above }),
      ...(below === undefined ? {} : { objectSizeLessThan: below }),
    },
    ...(expiration === undefined ? {} : { expiration }),
    ...(noncurrentExpiration === undefined ? {} : { noncurrentExpiration }),
    ...parts,
  }));

const anyVersion: fc.Arbitrary<LifecycleVersion> = fc
  .record({
    key: fc.constantFrom('a', 'ab', 'abc', 'b', 'c/d'),
    isLatest: fc.boolean(),
    deleteMarker: fc.boolean(),
    size: fc.constantFrom(0, 1, 10, 11, 131_071, 131_072, 250_000),
    tags: anyTags,
    storageClass: fc.constantFrom(...ranks),
    createdAt: fc.nat(5 * day).map((ms) => new Date(ms)),
    succeededAt: fc.nat(5 * day).map((ms) => new Date(ms)),
    newerNoncurrent: fc.nat(4),
    isOnly: fc.boolean(),
  })
  .map((parts) => ({
    ...parts,
    succeededAt: parts.isLatest ? null : parts.succeededAt,
    size: parts.deleteMarker ? 0 : parts.size,
    isOnly: parts.isOnly && parts.isLatest,
  }));

/** The rules once more, word by word as AWS's pages have them, over whole days counted from 1970. */
function expected(rules: LifecycleRule[], isVersioned: boolean, v: LifecycleVersion, today: number): string {
  const reached = (due: { days: number } | { date: string }, from: Date) =>
    'date' in due
      ? today >= Date.parse(due.date) / day
      : today >= Math.floor((from.getTime() + due.days * day) / day) + 1;
  const wishes = new Set<string>();
  for (const r of rules) {
    const { prefix, tags, objectSizeGreaterThan: above, objectSizeLessThan: below } = r.filter;
    const ofContent = Object.keys(tags).length > 0 || above !== undefined || below !== undefined;
    if (!r.enabled || v.key.slice(0, prefix.length) !== prefix || (v.deleteMarker && ofContent)) continue;
    if (Object.keys(tags).some((name) => v.tags[name] !== tags[name])) continue;
    if (above !== undefined && v.size <= above) continue;
    if (below !== undefined && v.size >= below) continue;
    const noncurrent = (due: { noncurrentDays: number; newerNoncurrentVersions?: number }) =>
      v.succeededAt !== null &&
      reached({ days: due.noncurrentDays }, v.succeededAt) &&
      (due.newerNoncurrentVersions === undefined || v.newerNoncurrent >= due.newerNoncurrentVersions);
    if (v.isLatest && r.expiration) {
      const isMarkerRule = 'expiredObjectDeleteMarker' in r.expiration;
      const isDue = 'expiredObjectDeleteMarker' in r.expiration || reached(r.expiration, v.createdAt);
      if (v.deleteMarker && v.isOnly && isDue) wishes.add('remove');
      if (!v.deleteMarker && !isMarkerRule && isDue) wishes.add(isVersioned ? 'mark' : 'expire');
    }
    if (!v.isLatest && r.noncurrentExpiration && noncurrent(r.noncurrentExpiration)) wishes.add('remove');
    if (v.deleteMarker || (v.size < 131_072 && above === undefined && below === undefined)) continue;
    for (const t of r.transitions) if (v.isLatest && reached(t, v.createdAt)) wishes.add(t.storageClass);
    for (const t of r.noncurrentTransitions) if (!v.isLatest && noncurrent(t)) wishes.add(t.storageClass);
  }
  if (wishes.has('remove')) return 'remove';
  if (wishes.has('expire')) return 'expire';
  if (wishes.has('GLACIER_IR') && v.storageClass !== 'GLACIER_IR') return 'GLACIER_IR';
  if (wishes.has('STANDARD_IA') && v.storageClass === 'STANDARD') return 'STANDARD_IA';
  return wishes.has('mark') ? 'expire' : 'nothing';
}

test('whatever rules and versions there are, what is due is what a simple model says', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.array(anyRule, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      anyVersion,
      fc.nat(12),
      (lifecycle, isVersioned, v, today) => {
        const bucket = { lifecycle, versioning: isVersioned ? 'ENABLED' : 'UNVERSIONED' } as const;
        const action = lifecycleAction(bucket, v, { now: new Date(today * day), daySeconds: 86_400 });
        const found = action === null ? 'nothing' : action.kind === 'transition' ? action.storageClass : action.kind;
        seen.set(found, (seen.get(found) ?? 0) + 1);
        expect(found).toBe(expected(lifecycle, isVersioned, v, today));
      },
    ),
    { numRuns: 20_000 },
  );
  expect([...seen.keys()].sort()).toEqual(['GLACIER_IR', 'STANDARD_IA', 'expire', 'nothing', 'remove']);
});

describe('rules that are refused, with the place of the mistake', () => {
  const toIa = { days: 30, storageClass: 'STANDARD_IA' as const };
  test.each<[string, Partial<LifecycleRule>, string]>([
    ['an action is missing', {}, 'rules.0'],
    ['the id is empty', { id: '', expiration: { days: 1 } }, 'rules.0.id'],
    ['expiry is at once', { expiration: { days: 0 } }, 'rules.0.expiration.days'],
    ['a date is not at midnight', { expiration: { date: '2026-01-01T01:00:00Z' } }, 'rules.0.expiration.date'],
    ['IA comes before 30 days', { transitions: [{ ...toIa, days: 29 }] }, 'rules.0.transitions.0.days'],
    [
      'a colder class comes less than 30 days later',
      { transitions: [toIa, { days: 59, storageClass: 'GLACIER_IR' }] },
      'rules.0.transitions.1',
    ],
    ['a class comes twice', { transitions: [toIa, { ...toIa, days: 90 }] }, 'rules.0.transitions.1'],
    ['expiry comes before a move', { transitions: [toIa], expiration: { days: 30 } }, 'rules.0.expiration'],
    [
      'days and dates are mixed',
      { transitions: [toIa], expiration: { date: '2026-01-01T00:00:00Z' } },
      'rules.0.expiration',
    ],
    [
      'markers have a filter for content',
      { filter: { prefix: '', tags: { a: '1' } }, expiration: { expiredObjectDeleteMarker: true } },
      'rules.0.expiration.expiredObjectDeleteMarker',
    ],
    [
      'uploads have a filter for content',
      { filter: { ...everything, objectSizeGreaterThan: 1 }, abortIncompleteMultipartUpload: { days: 1 } },
      'rules.0.abortIncompleteMultipartUpload',
    ],
    [
      'no object is between the sizes',
      { filter: { ...everything, objectSizeGreaterThan: 9, objectSizeLessThan: 10 }, expiration: { days: 1 } },
      'rules.0.filter.objectSizeLessThan',
    ],
    [
      'too many newer versions are kept',
      { noncurrentExpiration: { noncurrentDays: 1, newerNoncurrentVersions: 101 } },
      'rules.0.noncurrentExpiration.newerNoncurrentVersions',
    ],
  ])('%s', (_, parts, field) => {
    expect(() => validLifecycle([rule(parts)])).toThrow(expect.objectContaining({ field: field.split('.') }));
  });

  test('the same id is there twice, or there are more than a thousand', () => {
    const one = rule({ expiration: { days: 1 } });
    expect(() => validLifecycle([one, one])).toThrow(expect.objectContaining({ field: ['rules', '1', 'id'] }));
    const many = Array.from({ length: 1001 }, (_, index) => ({ ...one, id: String(index) }));
    expect(() => validLifecycle(many)).toThrow('at most 1000');
    expect(validLifecycle(many.slice(1))).toHaveLength(1000);
  });
});
