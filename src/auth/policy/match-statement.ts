import type { Caller, UserCaller } from '../caller.js';
import { principalId } from '../caller-arn.js';
import { holds, isUnresolved } from './condition.js';
import type { Pattern } from './pattern.js';
import type { Listed, PolicyStatement, PrincipalPattern } from './policy.js';
import type { PolicyContext } from './policy-context.js';

/** One question: may this caller do this to that, as things stand. */
export interface PolicyRequest {
  readonly principal: Caller;
  /** As AWS spells it (`s3:GetObject`), or of this server's own verbs (`granary:CreateUser`). */
  readonly action: string;
  /** The ARN of what it is done to. */
  readonly resource: string;
  /** Whose that is; null when it is no tenant's. */
  readonly tenantId: number | null;
  readonly context: PolicyContext;
  /** Who vouches for a principal that is nobody's user, as policies call the provider. */
  readonly provider?: string;
}

/** A request as every statement is asked about it. */
export interface Question extends PolicyRequest {
  readonly lowerAction: string;
}

export function questionOf(request: PolicyRequest): Question {
  return { ...request, lowerAction: request.action.toLowerCase() };
}

/** True when the statement is about the request. */
export function applies(statement: PolicyStatement, question: Question): boolean {
  return matchesAction(statement, question) && appliesBesidesAction(statement, question);
}

/** True when a statement that is about the action is about the rest of the request too. */
export function appliesBesidesAction(statement: PolicyStatement, question: Question): boolean {
  const context = contextFor(statement, question);
  return context !== undefined && matchesResource(statement, question, context) && meetsConditions(statement, context);
}

function meetsConditions({ conditions, effect }: PolicyStatement, context: PolicyContext): boolean {
  for (const condition of conditions) {
    if (!holds(condition, context, effect)) {
      return false;
    }
  }
  return true;
}

export function matchesAction(statement: PolicyStatement, question: Question): boolean {
  const { actions } = statement;
  const { lowerAction, context } = question;
  return (
    matchesAny(actions.patterns, lowerAction, context) !== actions.negated &&
    (!ofOperations.test(lowerAction) || speaksOfOperation(statement, question))
  );
}

/** What is asked about under a verb of granary too. */
const ofOperations = /^(?:iam:|sts:getsessiontoken$)/;

/**
 * True when a statement that matches an operation of IAM or STS was written of it. They are asked about under the verbs of granary
 * too, and what excepts some of those, or some of the things that those are done to, must not be taken to speak of the others.
 */
function speaksOfOperation({ actions, resources, effect }: PolicyStatement, question: Question): boolean {
  const { lowerAction, context } = question;
  if (actions.negated) {
    return false;
  }
  const service = lowerAction.slice(0, lowerAction.indexOf(':') + 1);
  const ofService = actions.patterns.filter(({ source }) => source.toLowerCase().startsWith(service));
  const isOfEverything = !resources.negated && (effect === 'Deny' || resources.patterns.some(isEverything));
  return isOfEverything || matchesAny(ofService, lowerAction, context);
}

function isEverything({ source }: Pattern): boolean {
  return source === '*';
}

export function matchesResource(
  { effect, resources }: PolicyStatement,
  { resource }: Question,
  context: PolicyContext,
): boolean {
  // What is excepted from a permission must be known, or the permission is none.
  if (resources.negated && effect === 'Allow' && resources.patterns.some((pattern) => isUnresolved(pattern, context))) {
    return false;
  }
  return matchesAny(resources.patterns, resource, context) !== resources.negated;
}

/**
 * The circumstances in which the statement is about the caller; undefined when it is not about the caller. Who is let in
 * as one of everybody, and is of another tenant, is let in as one without credentials: `*` opens a bucket to the public,
 * or it does not open it to other tenants.
 */
export function contextFor({ principals, effect }: PolicyStatement, question: Question): PolicyContext | undefined {
  const { context } = question;
  if (principals === null) {
    return context;
  }
  const named = principals.patterns.some((pattern) => names(pattern, question));
  if (!principals.negated && named) {
    return context;
  }
  // Whom a provider vouches for is let in only by name of the provider, and not for being none of those excepted.
  if (question.provider !== undefined && effect === 'Allow') {
    return undefined;
  }
  const isListed = named || principals.patterns.some(({ kind }) => kind === 'everyone');
  if (isListed === principals.negated) {
    return undefined;
  }
  return effect === 'Allow' && isForeign(question) ? context.asAnonymous : context;
}

/** True when the caller signed in at another tenant than the one that the resource belongs to. */
function isForeign({ principal, tenantId }: PolicyRequest): boolean {
  return principal.kind === 'user' && principal.tenantId !== tenantId;
}

/** True when the pattern means this caller and not just everyone. */
function names(pattern: PrincipalPattern, { principal, tenantId, provider }: PolicyRequest): boolean {
  if (pattern.kind === 'federated') {
    return pattern.provider === provider;
  }
  if (principal.kind === 'anonymous') {
    return pattern.kind === 'service' && pattern.service === principal.service;
  }
  switch (pattern.kind) {
    case 'canonicalUser':
      return pattern.canonicalId === principal.canonicalId;
    case 'uniqueId':
      return pattern.id === principalId(principal);
    case 'tenant':
    case 'user':
    case 'role':
    case 'session': {
      const { tenant } = pattern;
      const inTenant = tenant === null ? principal.tenantId === tenantId : principal.tenantName === tenant;
      return inTenant && isNamed(pattern, principal);
    }
    case 'everyone':
    case 'service':
      return false;
    default:
      pattern satisfies never;
      return false;
  }
}

/** Of a pattern for principals of the tenant. */
function isNamed(
  pattern: Extract<PrincipalPattern, { kind: 'tenant' | 'user' | 'role' | 'session' }>,
  { username, path = '/', assumed }: UserCaller,
): boolean {
  switch (pattern.kind) {
    case 'tenant':
      return true;
    case 'user':
      return assumed === undefined && pattern.username === username && pattern.path === path;
    case 'role':
      return pattern.role === assumed?.role && pattern.path === path;
    case 'session':
      return pattern.role === assumed?.role && pattern.session === assumed.name;
    default:
      pattern satisfies never;
      return false;
  }
}

function matchesAny(patterns: Listed<Pattern>['patterns'], text: string, context: PolicyContext): boolean {
  for (const pattern of patterns) {
    if (pattern.matches(text, context) === true) {
      return true;
    }
  }
  return false;
}
