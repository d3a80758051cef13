import type { Condition } from '../policy/condition.js';
import type { Policy, PolicyStatement } from '../policy/policy.js';

/**
 * Keys that make a statement about somebody in particular when they are held against fixed values
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).
 */
const fixingKeys = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  'aws:username',
  'granary:canonicalid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
]);

const known = new WeakMap<Policy, boolean>();

/** True when the policy lets everyone do something, as S3 understands it: not only some addresses or accounts. */
export function isPublicPolicy(policy: Policy): boolean {
  const remembered = known.get(policy);
  if (remembered !== undefined) {
    return remembered;
  }
  const isPublic = policy.statements.some(isPublicStatement);
  known.set(policy, isPublic);
  return isPublic;
}

function isPublicStatement({ effect, principals, conditions }: PolicyStatement): boolean {
  return (
    effect === 'Allow' &&
    principals !== null &&
    (principals.negated || principals.patterns.some(({ kind }) => kind === 'everyone')) &&
    !conditions.some(isFixing)
  );
}

function isFixing({ canonicalKey, values, test }: Condition): boolean {
  const isPositive = test.kind === 'values' && !test.negated && test.ifAbsent === 'fails';
  return isPositive && fixingKeys.has(canonicalKey) && values.every(({ source }) => isFixed(canonicalKey, source));
}

function isFixed(key: string, source: string): boolean {
  if (key === 'aws:sourceip') {
    // A very wide range is as good as everyone: S3 draws the line at /8 and /32.
    const [, bits] = source.split('/');
    return bits === undefined || Number(bits) >= (source.includes(':') ? 32 : 8);
  }
  return !/[*?]|\$\{/.test(source);
}
