import type { Condition } from './condition.js';
import type { Pattern } from './pattern.js';
import type { Listed, Policy, PolicyStatement } from './policy.js';

/** Whoever grants something: what its own policies say, and what its session was narrowed to. */
export interface GrantorLayers {
  readonly identity: readonly Policy[];
  readonly sessions: readonly Policy[];
}

/**
 * Whose the policy is going to be, or is: what it says of its holder (`${aws:username}`, the holder's tags) means for a
 * holder what it would mean for the grantor, but for somebody whom the grantor acts as it means something else.
 */
export type Holder = 'somebody who gets it' | 'somebody who is acted for';

/**
 * True when whoever has the layers may do all that the policy allows: then handing the policy on makes nobody stronger.
 * It errs on the side of no. Every permission must be found, as wide or wider, in one statement of each layer; and what
 * denies the grantor something must be about other things.
 */
export function covers({ identity, sessions }: GrantorLayers, granted: Policy, holder: Holder): boolean {
  const layers = [identity, ...sessions.map((policy) => [policy])].map((layer) =>
    layer.flatMap(({ statements }) => statements),
  );
  return granted.statements
    .filter(({ effect }) => effect === 'Allow')
    .every((statement) => layers.every((own) => coversStatement(own, statement, holder)));
}

function coversStatement(own: readonly PolicyStatement[], granted: PolicyStatement, holder: Holder): boolean {
  const isOther = holder === 'somebody who is acted for';
  const able = isOther ? own.filter(({ conditions }) => !conditions.some(isOfPrincipal)) : own;
  const denied = own.some(({ effect, ...statement }) => effect === 'Deny' && mayMeet(statement, granted));
  return (
    !denied &&
    widest(granted.actions).every((action) =>
      widest(granted.resources).every((resource) =>
        able.some((statement) =>
          permits(statement, {
            action,
            resource: isOther ? resource.replace(variables, '*') : resource,
            conditions: granted.conditions,
          }),
        ),
      ),
    )
  );
}

const variables = /\$\{[^}]*\}/g;

/** True when who asks has a part in whether it holds. */
function isOfPrincipal({ canonicalKey, values }: Condition): boolean {
  return (
    /^(?:aws:(?:federatedprovider|principal|sourceidentity|tokenissuetime|user(?:id|name)$)|granary:canonicalid$)/i.test(
      canonicalKey,
    ) || values.some(({ keys }) => keys.length > 0)
  );
}

interface Permission {
  action: string;
  resource: string;
  conditions: readonly Condition[];
}

function permits(statement: PolicyStatement, { action, resource, conditions }: Permission): boolean {
  const { effect, actions, resources } = statement;
  return (
    effect === 'Allow' &&
    !actions.negated &&
    !resources.negated &&
    actions.patterns.some(({ source }) => isWider(source.toLowerCase(), action.toLowerCase())) &&
    resources.patterns.some(({ source }) => isWider(source, resource)) &&
    statement.conditions.every((own) => conditions.some((other) => isSame(own, other)))
  );
}

/** What is not listed may be anything. */
function widest({ negated, patterns }: Listed<Pattern>): string[] {
  return negated ? ['*'] : patterns.map(({ source }) => source);
}

function isSame(one: Condition, other: Condition): boolean {
  return (
    one.operator === other.operator &&
    one.canonicalKey === other.canonicalKey &&
    JSON.stringify(one.values.map(({ source }) => source)) === JSON.stringify(other.values.map(({ source }) => source))
  );
}

function mayMeet(one: Pick<PolicyStatement, 'actions' | 'resources'>, other: PolicyStatement): boolean {
  const meets = (left: string[], right: string[]) => left.some((a) => right.some((b) => beginAlike(a, b)));
  const lower = (patterns: string[]) => patterns.map((pattern) => pattern.toLowerCase());
  return (
    meets(lower(widest(one.actions)), lower(widest(other.actions))) &&
    meets(widest(one.resources), widest(other.resources))
  );
}

/**
 * False only for patterns that no text can both match: they differ before anything stands for something else. What IAM,
 * STS and granary call a thing or an action may be the same one.
 */
function beginAlike(one: string, other: string): boolean {
  const [a, b] = [one, other].map((pattern) => pattern.slice(0, firstOpen(pattern)));
  const [mine, its] = [one, other].map((pattern) => wordsForIdentities.exec(pattern)?.[0]);
  const isOtherWord = mine !== undefined && its !== undefined && mine !== its;
  return isOtherWord || (a !== undefined && b !== undefined && (a.startsWith(b) || b.startsWith(a)));
}

const wordsForIdentities = /^(?:iam|sts|granary|arn:aws:iam|arn:granary):/;

function firstOpen(pattern: string): number {
  const at = pattern.search(/[*?]|\$\{/);
  return at < 0 ? pattern.length : at;
}

/**
 * True when every text that the narrow pattern matches is one that the wide pattern matches. A variable counts as what
 * it is written as, so that only the same variable is as wide.
 */
export function isWider(wide: string, narrow: string): boolean {
  const others = piecesOf(narrow);
  // One row of the table "the first i pieces of wide are as wide as the first j of narrow".
  let row = Array.from({ length: others.length + 1 }, (_, j) => j === 0);
  for (const piece of piecesOf(wide)) {
    const next: boolean[] = [piece === '*' && row[0] === true];
    for (const [j, other] of others.entries()) {
      next[j + 1] =
        piece === '*'
          ? row[j + 1] === true || next[j] === true
          : row[j] === true && (piece === other || (piece === '?' && other !== '*' && other.length === 1));
    }
    row = next;
  }
  return row[others.length] === true;
}

/** Letters, wildcards and variables: what stands in a variable is none of the others. */
function piecesOf(pattern: string): string[] {
  return pattern.match(/\$\{[^}]*\}|[\s\S]/g) ?? [];
}
