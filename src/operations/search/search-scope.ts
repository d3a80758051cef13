import { holds } from '../../auth/policy/condition.js';
import type { PolicyLayers } from '../../auth/policy/decide.js';
import { ownPoliciesReach } from '../../auth/policy/decide.js';
import { contextFor, matchesAction, type Question, questionOf } from '../../auth/policy/match-statement.js';
import type { Policy, PolicyStatement } from '../../auth/policy/policy.js';
import { keyFamily, type PolicyContext } from '../../auth/policy/policy-context.js';
import { questionOf as accessQuestion } from '../access/authorize.js';
import { keyPatterns, matchesEveryKey } from '../access/key-patterns.js';
import { existingTagFamily } from '../access/policy-context.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';

/** The keys of some buckets that a caller may be allowed to read. */
export interface SearchScope {
  readonly bucketIds: readonly number[];
  /** Patterns of SQL's LIKE: of each list a key matches one. */
  readonly allowed: readonly (readonly string[])[];
  /** A key matches none of these. */
  readonly denied: readonly string[];
}

/**
 * What policies say of the keys of these buckets before any object is looked at: nothing that the caller may read is left
 * out, and hardly anything else is in, so that the objects of others cost a search nothing and it cannot tell of them. What
 * hangs on an object's tags is in; each object is asked about by itself in the end.
 */
export async function searchScopes(context: RequestContext, buckets: readonly BucketState[]): Promise<SearchScope[]> {
  const scopes = new Map<string, { bucketIds: number[]; allowed: string[][]; denied: string[] }>();
  for (const bucket of buckets) {
    const rules = await keyRulesOf(context, bucket);
    if (rules !== undefined) {
      const name = JSON.stringify(rules);
      const scope = scopes.get(name) ?? { bucketIds: [], ...rules };
      scope.bucketIds.push(bucket.id);
      scopes.set(name, scope);
    }
  }
  return [...scopes.values()];
}

async function keyRulesOf(
  context: RequestContext,
  bucket: BucketState,
): Promise<{ allowed: string[][]; denied: string[] } | undefined> {
  const { layers, request } = await accessQuestion(context, { action: 's3:GetObject', bucket });
  const question = questionOf(request);
  const reader = new PolicyReader(question);
  const allowing = reader.allowingLayers(layers).map((policies) => reader.patterns(policies, 'Allow'));
  const denying = reader.patterns([...layers.identity, ...narrowing(layers), ...resourceOf(layers)], 'Deny');
  if (allowing.some((patterns) => patterns.length === 0) || denying.some(matchesEveryKey)) {
    return undefined;
  }
  return { allowed: allowing.filter((patterns) => !patterns.some(matchesEveryKey)), denied: denying };
}

/** Policies each of which must allow, beside those that give rights. */
function narrowing({ sessions, boundary }: PolicyLayers): Policy[] {
  return [...sessions, ...(boundary === undefined ? [] : [boundary])];
}

function resourceOf({ resource }: PolicyLayers): Policy[] {
  return resource === null ? [] : [resource];
}

/** Reads statements for what they say of a whole bucket's keys. */
class PolicyReader {
  readonly #question: Question;

  constructor(question: Question) {
    this.#question = question;
  }

  /** Of each list of policies one must allow. */
  allowingLayers(layers: PolicyLayers): Policy[][] {
    const own = ownPoliciesReach(this.#question) ? layers.identity : [];
    return [[...own, ...resourceOf(layers)], ...narrowing(layers).map((policy) => [policy])];
  }

  patterns(policies: readonly Policy[], effect: 'Allow' | 'Deny'): string[] {
    const found = policies.flatMap(({ statements }) =>
      statements.filter((statement) => statement.effect === effect).flatMap((statement) => this.#patternsOf(statement)),
    );
    return [...new Set(found)];
  }

  /** An allowing statement gives all that it may be about, a denying one only what it is about in any case. */
  #patternsOf(statement: PolicyStatement): string[] {
    const context = matchesAction(statement, this.#question) ? contextFor(statement, this.#question) : undefined;
    if (context === undefined) {
      return [];
    }
    const isDeny = statement.effect === 'Deny';
    const hangsOnObject = statement.conditions.some(
      ({ canonicalKey, values }) => isTagKey(canonicalKey) || asksForTags(values),
    );
    const holdsHere = statement.conditions.every((condition) => holds(condition, context, statement.effect));
    if (hangsOnObject ? isDeny : !holdsHere) {
      return [];
    }
    return this.#resourcesOf(statement, context);
  }

  #resourcesOf({ effect, resources }: PolicyStatement, context: PolicyContext): string[] {
    if (resources.negated || asksForTags(resources.patterns) || resources.patterns.some(hasEscapes)) {
      return effect === 'Deny' ? [] : ['%'];
    }
    return resources.patterns.flatMap((pattern) => keyPatterns(pattern, this.#question.resource, context));
  }
}

function asksForTags(texts: readonly { readonly keys: readonly string[] }[]): boolean {
  return texts.some(({ keys }) => keys.some(isTagKey));
}

function isTagKey(key: string): boolean {
  return keyFamily(key) === existingTagFamily;
}

/** Whether `${*}` is one star or three other characters hangs on the version of the document. */
function hasEscapes({ source, keys }: { source: string; keys: readonly string[] }): boolean {
  return keys.length === 0 && source.includes('${');
}
