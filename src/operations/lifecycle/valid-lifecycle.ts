import { GranaryError } from '../../errors.js';
import { classRank, type LifecycleDue, type LifecycleFilter, type LifecycleRule } from './lifecycle-rules.js';

/** AWS's limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
const most = { rules: 1000, tags: 10, days: 2 ** 31 - 1, newerVersions: 100 };

/** A version stays so long in a class before STANDARD_IA, and in STANDARD_IA itself. */
const leastDays = 30;

const largestObject = 5 * 2 ** 40;

/**
 * The rules when they are sound together.
 * @throws GranaryError InvalidInput, whose field leads to what is wrong and whose message names the rule.
 */
export function validLifecycle(rules: readonly LifecycleRule[]): LifecycleRule[] {
  if (rules.length > most.rules) {
    throw invalid([], `A bucket has at most ${most.rules} lifecycle rules.`);
  }
  const ids = new Set<string>();
  rules.forEach((rule, index) => {
    const check = new RuleCheck(rule, index);
    check.require(!ids.has(rule.id), ['id'], 'has the id of another rule; rule ids must be unique');
    ids.add(rule.id);
    checkRule(check);
  });
  return [...rules];
}

/** One rule, and how to say what is wrong with it. */
class RuleCheck {
  readonly rule: LifecycleRule;
  readonly #index: number;

  constructor(rule: LifecycleRule, index: number) {
    this.rule = rule;
    this.#index = index;
  }

  require(condition: boolean, place: (string | number)[], problem: string): void {
    if (!condition) {
      throw invalid([this.#index, ...place], `The lifecycle rule '${this.rule.id}' ${problem}.`);
    }
  }

  requireDays(days: number, least: number, place: (string | number)[]): void {
    const isFit = Number.isInteger(days) && days >= least && days <= most.days;
    this.require(isFit, place, `names ${days} as ${place.at(-1)}; it is a whole number, ${least} or more`);
  }
}

function invalid(place: (string | number)[], message: string): GranaryError {
  const field = ['rules', ...place.map(String)];
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field });
}

function checkRule(check: RuleCheck): void {
  const { rule } = check;
  check.require(rule.id !== '' && isText(rule.id, 255), ['id'], 'has an id that is not 1 to 255 bytes of text');
  check.require(hasAction(rule), [], 'does nothing: at least one action needs to be specified');
  checkFilter(check);
  checkTransitions(check);
  checkNoncurrentTransitions(check);
  checkExpiration(check);
  checkNoncurrentExpiration(check);
  if (rule.abortIncompleteMultipartUpload !== undefined) {
    check.requireDays(rule.abortIncompleteMultipartUpload.days, 1, ['abortIncompleteMultipartUpload', 'days']);
    const problem = 'ends uploads, which have neither tags nor a size yet: its filter must not name them';
    check.require(!isForContent(rule.filter), ['abortIncompleteMultipartUpload'], problem);
  }
}

function hasAction(rule: LifecycleRule): boolean {
  return (
    rule.transitions.length + rule.noncurrentTransitions.length > 0 ||
    [rule.expiration, rule.noncurrentExpiration, rule.abortIncompleteMultipartUpload].some((part) => part !== undefined)
  );
}

function checkFilter(check: RuleCheck): void {
  const { prefix, tags, objectSizeGreaterThan: above, objectSizeLessThan: below } = check.rule.filter;
  check.require(
    isText(prefix, 1024),
    ['filter', 'prefix'],
    'has a prefix of more than 1024 bytes, or one that is no text',
  );
  const entries = Object.entries(tags);
  const isFit = entries.every(([name, value]) => name !== '' && isText(name, 512) && isText(value, 1024));
  check.require(
    isFit && entries.length <= most.tags,
    ['filter', 'tags'],
    `has more than ${most.tags} tags, or one that no object can have`,
  );
  if (above !== undefined) {
    check.require(isSize(above), ['filter', 'objectSizeGreaterThan'], 'has a size that no object can have');
  }
  if (below !== undefined) {
    const isPossible = isSize(below) && below > 0;
    check.require(isPossible, ['filter', 'objectSizeLessThan'], 'has a size that no object can have');
    const problem = 'fits no object: objectSizeLessThan must be more than one byte above objectSizeGreaterThan';
    check.require(below > (above ?? -1) + 1, ['filter', 'objectSizeLessThan'], problem);
  }
}

function checkTransitions(check: RuleCheck): void {
  const { transitions } = check.rule;
  transitions.forEach((transition, index) => {
    const place = ['transitions', index];
    checkDue(check, transition, { place, least: transition.storageClass === 'STANDARD_IA' ? leastDays : 0 });
    const isSameKind = 'days' in transition === 'days' in (transitions[0] ?? transition);
    check.require(isSameKind, place, "mixes 'date' and 'days'");
    for (const earlier of transitions.slice(0, index)) {
      checkOrder(check, place, [earlier, transition]);
    }
  });
}

type ClassDue = LifecycleRule['transitions'][number];

/** In whichever order they are named: the colder one comes later. */
function checkOrder(check: RuleCheck, place: (string | number)[], pair: [ClassDue, ClassDue]): void {
  const [warmer, colder] = pair.toSorted((a, b) => classRank[a.storageClass] - classRank[b.storageClass]);
  if (warmer === undefined || colder === undefined) {
    return;
  }
  const { storageClass } = colder;
  check.require(warmer.storageClass !== storageClass, place, `names the class ${storageClass} twice`);
  const later = `must move to ${storageClass} at least ${leastDays} days after ${warmer.storageClass}`;
  check.require(distanceInDays(warmer, colder) >= leastDays, place, later);
}

function distanceInDays(from: LifecycleDue, to: LifecycleDue): number {
  if ('days' in from && 'days' in to) {
    return to.days - from.days;
  }
  return 'date' in from && 'date' in to ? (Date.parse(to.date) - Date.parse(from.date)) / 86_400_000 : Number.NaN;
}

function checkNoncurrentTransitions(check: RuleCheck): void {
  const transitions = check.rule.noncurrentTransitions;
  transitions.forEach(({ storageClass, ...due }, index) => {
    const place = ['noncurrentTransitions', index];
    check.requireDays(due.noncurrentDays, storageClass === 'STANDARD_IA' ? leastDays : 0, [...place, 'noncurrentDays']);
    checkNewer(check, due, place);
    for (const earlier of transitions.slice(0, index)) {
      checkOrder(check, place, [
        { days: earlier.noncurrentDays, storageClass: earlier.storageClass },
        { days: due.noncurrentDays, storageClass },
      ]);
    }
  });
}

function checkExpiration(check: RuleCheck): void {
  const { expiration, filter, transitions } = check.rule;
  if (expiration === undefined) {
    return;
  }
  if ('expiredObjectDeleteMarker' in expiration) {
    const problem = 'expires delete markers, which have neither tags nor a size: its filter must not name them';
    check.require(!isForContent(filter), ['expiration', 'expiredObjectDeleteMarker'], problem);
    return;
  }
  checkDue(check, expiration, { place: ['expiration'], least: 1 });
  for (const transition of transitions) {
    check.require('days' in transition === 'days' in expiration, ['expiration'], "mixes 'date' and 'days'");
    const isLater = distanceInDays(transition, expiration) > 0;
    check.require(
      isLater,
      ['expiration'],
      `must expire versions later than it moves them to ${transition.storageClass}`,
    );
  }
}

function checkNoncurrentExpiration(check: RuleCheck): void {
  const { noncurrentExpiration: expiration, noncurrentTransitions } = check.rule;
  if (expiration === undefined) {
    return;
  }
  check.requireDays(expiration.noncurrentDays, 1, ['noncurrentExpiration', 'noncurrentDays']);
  checkNewer(check, expiration, ['noncurrentExpiration']);
  for (const { noncurrentDays, storageClass } of noncurrentTransitions) {
    const isLater = expiration.noncurrentDays > noncurrentDays;
    const problem = `must expire noncurrent versions later than it moves them to ${storageClass}`;
    check.require(isLater, ['noncurrentExpiration', 'noncurrentDays'], problem);
  }
}

function checkDue(check: RuleCheck, due: LifecycleDue, asked: { place: (string | number)[]; least: number }): void {
  if ('days' in due) {
    check.requireDays(due.days, asked.least, [...asked.place, 'days']);
    return;
  }
  const isMidnight = new Date(due.date).getTime() % 86_400_000 === 0;
  check.require(
    isMidnight,
    [...asked.place, 'date'],
    "has a date that is no ISO 8601 date; 'Date' must be at midnight GMT",
  );
}

function checkNewer(
  check: RuleCheck,
  { newerNoncurrentVersions: newer }: { newerNoncurrentVersions?: number },
  place: (string | number)[],
): void {
  const isFit = newer === undefined || (Number.isInteger(newer) && newer >= 1 && newer <= most.newerVersions);
  const problem = `keeps ${newer} newer noncurrent versions; it is a whole number from 1 to ${most.newerVersions}`;
  check.require(isFit, [...place, 'newerNoncurrentVersions'], problem);
}

/** True for a filter that only fits what has content. */
function isForContent({ tags, objectSizeGreaterThan, objectSizeLessThan }: LifecycleFilter): boolean {
  return Object.keys(tags).length > 0 || objectSizeGreaterThan !== undefined || objectSizeLessThan !== undefined;
}

function isSize(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= largestObject;
}

/** Text that a row can hold, of so many bytes of UTF-8 at most. */
function isText(text: string, mostBytes: number): boolean {
  return text.isWellFormed() && !text.includes('\0') && Buffer.byteLength(text) <= mostBytes;
}
