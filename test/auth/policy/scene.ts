import type { Caller } from '../../../src/auth/caller.js';
import type { PolicyLayers } from '../../../src/auth/policy/decide.js';
import type { PolicyRequest } from '../../../src/auth/policy/match-statement.js';
import { type Policy, parsePolicy } from '../../../src/auth/policy/parse-policy.js';
import { canonicalKey, PolicyContext } from '../../../src/auth/policy/policy-context.js';

/** A request in few words. */
export interface Asked {
  /** `ann` of the tenant `acme`, to which the bucket belongs, `eve@globex` of another; nobody when absent. */
  by?: string;
  /** The role in whose session it asks. */
  session?: string;
  action: string;
  /** A bucket, or a bucket and a key; or a whole ARN. */
  on: string;
  facts?: Record<string, string | string[]>;
}

const tenantIds: Record<string, number> = { acme: 1, globex: 2 };

export function requestOf({ by, session, action, on, facts = {} }: Asked): PolicyRequest {
  const [username, tenantName = 'acme'] = by?.split('@') ?? [];
  const tenantId = tenantIds[tenantName] ?? 0;
  const principal: Caller =
    username === undefined
      ? { kind: 'anonymous', tenantId, tenantName }
      : {
          ...{ kind: 'user', userId: 7, username, displayName: username, canonicalId: `id-of-${username}` },
          ...{ role: 'MEMBER', tenantId, tenantName, groups: [], policies: [], sessionPolicies: [] },
          ...(session === undefined ? {} : { assumed: { role: session, name: 'work', tags: {}, transitiveTags: [] } }),
        };
  const known: Record<string, string | string[]> = {
    ...(username === undefined ? {} : factsOf(username, tenantName)),
    ...Object.fromEntries(Object.entries(facts).map(([key, value]) => [canonicalKey(key), value])),
  };
  const resource = on.startsWith('arn:') ? on : `arn:aws:s3:::${on}`;
  return { principal, action, resource, tenantId: 1, context: new PolicyContext((key) => known[key]) };
}

function factsOf(username: string, tenantName: string): Record<string, string> {
  return {
    'aws:username': username,
    'aws:userid': `id-of-${username}`,
    'aws:principalarn': `arn:aws:iam::${tenantName}:user/${username}`,
    'aws:principalaccount': tenantName,
    'aws:principaltype': 'User',
  };
}

/** A document of the newer version. */
export function document(...statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

export function bucketPolicy(...statements: object[]): Policy {
  return parsePolicy(document(...statements), { kind: 'bucket', bucket: 'photos' });
}

export function identityPolicy(name: string, ...statements: object[]): Policy {
  return parsePolicy(document(...statements), { kind: 'identity', name });
}

export function layersOf(layers: Partial<PolicyLayers>): PolicyLayers {
  return { identity: [], sessions: [], resource: null, ...layers };
}
