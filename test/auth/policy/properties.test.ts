import fc from 'fast-check';
import type { Caller } from '../../../src/auth/caller.js';
import { decide, type PolicyLayers } from '../../../src/auth/policy/decide.js';
import { explain } from '../../../src/auth/policy/explain.js';
import type { PolicyRequest } from '../../../src/auth/policy/match-statement.js';
import { parsePolicy } from '../../../src/auth/policy/parse-policy.js';
import { PolicyContext } from '../../../src/auth/policy/policy-context.js';
import { type NaiveDocument, type NaiveRequest, naiveDecision } from './naive-evaluator.js';
import { bucketDocuments, identityDocuments, requests } from './random-policies.js';

const tenantIds: Record<string, number> = { acme: 1, globex: 2 };
const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };

function requestOf({ caller, action, resource, tenant, facts }: NaiveRequest): PolicyRequest {
  const tenantId = tenantIds[caller.tenant] ?? 0;
  const principal: Caller =
    caller.name === null
      ? { kind: 'anonymous', tenantId, tenantName: caller.tenant }
      : {
          kind: 'user',
          userId: 7,
          username: caller.name,
          displayName: caller.name,
          canonicalId: caller.canonicalId,
          role: caller.isGlobalAdministrator ? 'ADMINISTRATOR' : 'MEMBER',
          tenantId,
          tenantName: caller.tenant,
          groups: [],
          policies: [],
          sessionPolicies: [],
        };
  return {
    principal,
    action,
    resource,
    tenantId: tenantIds[tenant] ?? 0,
    context: new PolicyContext((key) => facts[key]),
  };
}

interface Documents {
  identity: NaiveDocument[];
  sessions: NaiveDocument[];
  resource: NaiveDocument | null;
}

function parse({ identity, sessions, resource }: Documents): PolicyLayers {
  return {
    identity: identity.map((document) => parsePolicy(document, { kind: 'identity' })),
    sessions: sessions.map((document) => parsePolicy(document, { kind: 'session' })),
    resource: resource === null ? null : parsePolicy(resource, { kind: 'bucket', bucket: 'photos' }),
  };
}

/** Few of them deny or narrow much, or hardly anything would ever be allowed. */
const documents: fc.Arbitrary<Documents> = fc.record({
  identity: fc.array(identityDocuments, { maxLength: 2 }),
  sessions: fc.oneof(
    { weight: 3, arbitrary: fc.constant<NaiveDocument[]>([]) },
    fc.array(identityDocuments, { maxLength: 2 }),
  ),
  resource: fc.option(bucketDocuments),
});

test('decides what a naive evaluator of the same documents decides', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(documents, fc.array(requests, { minLength: 1, maxLength: 4 }), (written, asked) => {
      const layers = parse(written);
      for (const request of asked) {
        const { reason } = decide(layers, requestOf(request));
        seen.set(reason, (seen.get(reason) ?? 0) + 1);
        expect(reason).toBe(naiveDecision(written, request));
      }
    }),
    { numRuns: 5000, ...seed },
  );
  // The words are few enough that each outcome is met often.
  for (const reason of ['EXPLICIT_DENY', 'SESSION', 'NO_ALLOW', 'IDENTITY_ALLOW', 'RESOURCE_ALLOW']) {
    expect([reason, (seen.get(reason) ?? 0) > 100]).toEqual([reason, true]);
  }
});

test('each of 10,000 random policies is parsed, decides and is explained', () => {
  fc.assert(
    fc.property(documents, requests, (written, asked) => {
      const layers = parse(written);
      const request = requestOf(asked);
      const verdict = decide(layers, request);
      const explanation = explain(layers, request);
      expect(explanation).toMatchObject(verdict);
      const isMade = ['EXPLICIT_DENY', 'IDENTITY_ALLOW', 'RESOURCE_ALLOW'].includes(verdict.reason);
      expect(explanation.decidedBy !== null).toBe(isMade);
      expect(explanation.session !== null).toBe(verdict.reason === 'SESSION');
      expect(explanation.nearly.every(({ failures }) => failures.length > 0)).toBe(true);
    }),
    { numRuns: 10_000, ...seed },
  );
});

test('any JSON is a policy, or an error with a place', () => {
  const words = fc.constantFrom(
    'Version',
    'Statement',
    'Effect',
    'Allow',
    'Principal',
    'AWS',
    '*',
    'Action',
    's3:GetObject',
    'Resource',
    'arn:aws:s3:::photos/${',
    'Condition',
    'StringLike',
    's3:prefix',
    '__proto__',
    'constructor',
    '\ud800',
    '${a:b}',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      words,
      fc.constantFrom(null, true, 0, ''),
      fc.string(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(words, fc.string()), tie('value'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom('bucket', 'identity', 'session'), (json, kind) => {
      const place = kind === 'bucket' ? ({ kind, bucket: 'photos' } as const) : ({ kind } as never);
      for (const document of [json as object, JSON.stringify(json) ?? '']) {
        try {
          parsePolicy(document, place);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'InvalidInput', reason: 'MalformedPolicy' });
        }
      }
    }),
    { numRuns: 5000, ...seed },
  );
});

test('a mutation of a good policy is read, or refused with a place', () => {
  fc.assert(
    fc.property(
      bucketDocuments,
      fc.nat(),
      fc.constantFrom('', '{', '"', '${', '*', '\\', ',', ':', '0'),
      (good, at, put) => {
        const text = JSON.stringify(good);
        const place = at % text.length;
        try {
          parsePolicy(text.slice(0, place) + put + text.slice(place + 1), { kind: 'bucket', bucket: 'photos' });
        } catch (error) {
          expect(error).toMatchObject({ kind: 'InvalidInput', reason: 'MalformedPolicy' });
        }
      },
    ),
    { numRuns: 5000, ...seed },
  );
});
