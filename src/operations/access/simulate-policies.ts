import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UserCaller } from '../../auth/caller.js';
import type { PolicyLayers, Reason } from '../../auth/policy/decide.js';
import { explain } from '../../auth/policy/explain.js';
import { type Policy, parsePolicy } from '../../auth/policy/parse-policy.js';
import { type ContextValue, PolicyContext } from '../../auth/policy/policy-context.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { noSuchRole } from '../identities/find-role.js';
import { requireUser } from './authorize.js';
import { factsOf, findPrincipal, type GivenFact } from './explain-access.js';
import { noSuchUser } from './identity-access.js';
import { policyContext } from './policy-context.js';
import { layersOf, policiesOf } from './policy-layers.js';

export interface SimulationInput {
  /** Whose policies count beside the documents: a user or a role of the caller's tenant; nobody's when absent. */
  principal?: (({ username: string } | { role: string }) & { path: string }) | undefined;
  /** Documents that are to count as the principal's own. */
  documents: readonly string[];
  actions: readonly string[];
  resources: readonly string[];
  /** What the requests say under condition keys; nothing else is known of them. */
  facts: readonly GivenFact[];
}

/** What came of one action on one resource. */
export interface SimulatedDecision {
  readonly action: string;
  readonly resource: string;
  readonly reason: Reason;
  /** The policy whose statement made the decision; null when none did. */
  readonly policy: string | null;
  /** Keys that the policies ask for and nothing was given under. */
  readonly missingKeys: readonly string[];
}

/** As many questions as one request may ask. */
const mostQuestions = 1000;
/** Comparisons of a question with an action, a resource or a value of a statement that one request may cost. */
const mostComparisons = 500_000;
/** As many as others wait for. */
const comparisonsOfTurn = 5000;

/**
 * What policies would decide, without what is known of any request or bucket: of documents alone, which tell nobody
 * anything new, or with those of a user or a role, for oneself and for whoever `granary:ExplainAccess` is allowed.
 */
export async function simulatePolicies(context: RequestContext, input: SimulationInput): Promise<SimulatedDecision[]> {
  const self = requireUser(context);
  const { actions, resources, documents } = input;
  if (actions.length * resources.length > mostQuestions) {
    throw new GranaryError('InvalidInput', `One simulation has at most ${mostQuestions} actions on resources.`);
  }
  const given = documents.map((document, index) =>
    parsePolicy(document, { kind: 'identity', name: `PolicyInputList.${index + 1}` }),
  );
  const caller = await simulatedCaller(context, self, input.principal);
  const layers = withPolicies(layersOf(caller, null), given);
  const facts = factsOf(input.facts);
  const known = input.principal === undefined ? new PolicyContext(facts) : contextOf(context, caller, facts);
  const cost = comparisonsOf(layers);
  if (cost * actions.length * resources.length > mostComparisons) {
    throw new GranaryError('InvalidInput', 'That is too much for one simulation: ask for fewer actions on resources.');
  }
  const missingKeys = missingFrom(layers, known);
  const decisions: SimulatedDecision[] = [];
  let compared = 0;
  for (const [action, resource] of actions.flatMap((each) => resources.map((one) => [each, one] as const))) {
    const request = { principal: caller, action, resource, tenantId: self.tenantId, context: known };
    const { decidedBy, reason } = explain(layers, request);
    decisions.push({ action, resource, reason, policy: decidedBy?.policy ?? null, missingKeys });
    compared += cost;
    if (compared >= comparisonsOfTurn) {
      compared = 0;
      await nextTurn();
    }
  }
  return decisions;
}

/** How many comparisons one question takes. */
function comparisonsOf(layers: PolicyLayers): number {
  const statements = policiesOf(layers).flatMap((policy) => policy.statements);
  const costs = statements.map(
    ({ actions, resources, conditions }) =>
      actions.patterns.length + resources.patterns.length + conditions.flatMap(({ values }) => values).length,
  );
  return costs.reduce((sum, cost) => sum + cost, 0);
}

async function simulatedCaller(
  context: RequestContext,
  self: UserCaller,
  principal: SimulationInput['principal'],
): Promise<UserCaller> {
  if (principal === undefined) {
    const { boundary: _boundary, ...bare } = self;
    return { ...bare, role: 'MEMBER', policies: [], sessionPolicies: [] };
  }
  const { caller } = await findPrincipal(context, { id: self.tenantId, name: self.tenantName }, principal);
  if (caller.kind !== 'user' || (caller.path ?? '/') !== principal.path) {
    throw 'role' in principal ? noSuchRole('principal') : noSuchUser();
  }
  return caller;
}

function withPolicies(layers: PolicyLayers, given: readonly Policy[]): PolicyLayers {
  return { ...layers, identity: [...layers.identity, ...given] };
}

/** Who the principal is, and what was given; nothing of the request that asks. */
function contextOf(context: RequestContext, caller: UserCaller, given: (key: string) => ContextValue): PolicyContext {
  const simulated = { ...context, caller, sourceIp: null, assumed: given, facts: () => undefined };
  return policyContext(simulated, { bucket: null });
}

/** Keys of tags with the names of the tags. */
function missingFrom(layers: PolicyLayers, known: PolicyContext): string[] {
  const statements = policiesOf(layers).flatMap((policy) => policy.statements);
  const asked = statements.flatMap(({ actions, resources, conditions }) => {
    const texts = [...actions.patterns, ...resources.patterns, ...conditions.flatMap(({ values }) => values)];
    return [...conditions.map(({ canonicalKey }) => canonicalKey), ...texts.flatMap(({ keys }) => keys)];
  });
  return [...new Set(asked)].filter((key) => known.get(key) === undefined).sort();
}
