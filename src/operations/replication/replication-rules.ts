import { GranaryError } from '../../errors.js';
import type { StorageClass } from '../types.js';

/** Which versions of a bucket go to one target. */
export interface ReplicationRule {
  /** 1 to 255 characters, unique in the bucket. */
  id: string;
  enabled: boolean;
  /** Among rules with the same target the highest decides alone; no two of them share one. */
  priority: number;
  /** Of the key; empty for every key. */
  prefix: string;
  /** All of them must be on the version; empty for every version. */
  tags: Record<string, string>;
  /** A row of `replication_target`. */
  targetId: string;
  /** Whether delete markers go as well. A rule with tags never fits one, for markers have no tags. */
  deleteMarkers: boolean;
  /** The class at the target; the version's own when absent. */
  storageClass?: StorageClass;
}

/** What a rule is judged by. */
export interface ReplicatedThing {
  key: string;
  tags: Record<string, string>;
  what: 'content' | 'marker';
}

/** Rules of one bucket, as in AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html */
const mostRules = 1000;
const mostPriority = 2 ** 31 - 1;
const mostTags = 10;

/** Where a new version goes, by the bucket's rules; null when it goes nowhere. */
export function replicationOf(
  bucket: { readonly replication: readonly ReplicationRule[] },
  version: ReplicatedThing,
): { status: 'PENDING'; targets: string[] } | null {
  const deciding = decidingRules(bucket.replication, version);
  const targets = deciding.filter((rule) => version.what === 'content' || rule.deleteMarkers);
  return targets.length === 0 ? null : { status: 'PENDING', targets: targets.map((rule) => rule.targetId) };
}

/** Of each target the rule that decides about the version: the fitting one with the highest priority. */
export function decidingRules(rules: readonly ReplicationRule[], version: ReplicatedThing): ReplicationRule[] {
  const byTarget = new Map<string, ReplicationRule>();
  for (const rule of rules) {
    const other = byTarget.get(rule.targetId);
    if (fits(rule, version) && (other === undefined || rule.priority > other.priority)) {
      byTarget.set(rule.targetId, rule);
    }
  }
  return [...byTarget.values()];
}

/**
 * The rules when they are sound together.
 * @throws GranaryError InvalidInput that names the rule and what is wrong with it.
 */
export function validRules(rules: readonly ReplicationRule[]): ReplicationRule[] {
  if (rules.length > mostRules) {
    throw invalidRule(`A bucket has at most ${mostRules} replication rules.`);
  }
  const ids = new Set<string>();
  const priorities = new Set<string>();
  for (const rule of rules) {
    checkRule(rule);
    const priority = `${rule.targetId} ${rule.priority}`;
    if (ids.has(rule.id)) {
      throw invalidRule(`The rule id '${rule.id}' is there twice.`);
    }
    if (priorities.has(priority)) {
      throw invalidRule(`The rule '${rule.id}' shares its priority with another one of the same target.`);
    }
    ids.add(rule.id);
    priorities.add(priority);
  }
  return [...rules];
}

/** The error for a rule that cannot be kept as it is. */
export function invalidRule(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['rules'] });
}

function fits(rule: ReplicationRule, { key, tags, what }: ReplicatedThing): boolean {
  const wanted = Object.entries(rule.tags);
  return (
    rule.enabled &&
    key.startsWith(rule.prefix) &&
    (what === 'content' ? wanted.every(([name, value]) => tags[name] === value) : wanted.length === 0)
  );
}

function checkRule(rule: ReplicationRule): void {
  if (!isText(rule.id, 255) || rule.id === '') {
    throw invalidRule('The id of a rule is 1 to 255 characters.');
  }
  if (!Number.isInteger(rule.priority) || rule.priority < 0 || rule.priority > mostPriority) {
    throw invalidRule(`The priority of rule '${rule.id}' is a whole number from 0 to ${mostPriority}.`);
  }
  if (!isText(rule.prefix, 1024)) {
    throw invalidRule(`The prefix of rule '${rule.id}' is longer than 1024 bytes or no text.`);
  }
  const tags = Object.entries(rule.tags);
  if (
    tags.length > mostTags ||
    tags.some(([name, value]) => name === '' || !isText(name, 512) || !isText(value, 1024))
  ) {
    throw invalidRule(`The rule '${rule.id}' has more than ${mostTags} tags, or one that no object can have.`);
  }
  if (rule.deleteMarkers && tags.length > 0) {
    throw invalidRule(`The rule '${rule.id}' has tags: it cannot replicate delete markers, which have none.`);
  }
}

/** Text that a row can hold, of so many bytes of UTF-8 at most. */
function isText(text: string, most: number): boolean {
  return text.isWellFormed() && !text.includes('\0') && Buffer.byteLength(text) <= most;
}
