import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Explanation, Failure, TracedStatement } from '../auth/policy/explain.js';
import { User } from '../entities/user.js';
import { type AccessExplanation, explainAccess } from '../operations/access/explain-access.js';
import { type DecisionInfo, getDecision } from '../operations/access/get-decision.js';
import type { GraphqlContext } from './context.js';
import {
  AccessExplanationType,
  DecisionType,
  ExplainAccessInput,
  type StatementFailureType,
  type StatementPart,
  type TracedStatementType,
} from './explain-types.js';
import { optional } from './input.js';
import type { UserSource } from './sources.js';

@Resolver(() => DecisionType)
export class ExplainResolver {
  @Query(() => AccessExplanationType, {
    description:
      'Why somebody may do something, or not, without doing it: for oneself, and for those to whom granary:ExplainAccess is allowed. Example: `explainAccess(input: { action: "s3:GetObject", bucket: "photos", key: "cat.jpg", principal: { username: "ann" } }) { decision reason }`',
  })
  async explainAccess(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => ExplainAccessInput, { description: 'The request.' }) input: ExplainAccessInput,
  ): Promise<AccessExplanationType> {
    const { username, accessKeyId, role, roleSession, anonymous } = input.principal ?? {};
    const explained = await explainAccess(context.request, {
      tenant: optional(input.tenant),
      principal: {
        username: optional(username),
        accessKeyId: optional(accessKeyId),
        ...{ role: optional(role), roleSession: optional(roleSession) },
        ...(anonymous === true ? { anonymous } : {}),
      },
      action: input.action,
      bucket: optional(input.bucket),
      key: optional(input.key),
      resource: optional(input.resource),
      facts: input.context ?? [],
    });
    return presentExplanation(explained);
  }

  @Query(() => DecisionType, {
    nullable: true,
    description:
      'Why a request was denied, by the id that came with the refusal: for whoever sent it and for administrators, as long as it is kept. Null otherwise.',
  })
  async decision(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: 'The id of the decision.' }) id: string,
  ): Promise<DecisionType | null> {
    const found = await getDecision(context.request, id);
    return found === null ? null : presentDecision(found);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who was denied; null for who showed no credentials.' })
  actor(@Root() { actorId }: DecisionType, @Ctx() context: GraphqlContext): Promise<UserSource | null> | null {
    return actorId === null ? null : context.loaders.users.load(actorId);
  }
}

function presentDecision({ id, at, action, resource, actorId, explanation }: DecisionInfo): DecisionType {
  const about = { principal: null, action, resource, active: true };
  return { id, at, actorId, explanation: presentExplanation({ ...explanation, ...about }) };
}

function presentExplanation(
  explained: Omit<AccessExplanation, 'principal'> & { principal: string | null },
): AccessExplanationType {
  const { principal, action, resource, decidedBy, nearly } = explained;
  return {
    ...{ principal, action, resource },
    decision: explained.allowed ? 'ALLOWED' : explained.reason === 'EXPLICIT_DENY' ? 'EXPLICIT_DENY' : 'IMPLICIT_DENY',
    reason: sentenceFor(explained),
    decidedBy: decidedBy === null ? null : presentStatement(decidedBy),
    nearlyMatching: nearly.map(presentStatement),
  };
}

function sentenceFor({ allowed, reason, session, active }: Explanation & { active: boolean }): string {
  if (!active) {
    return 'The principal is disabled, or its key has ended.';
  }
  switch (reason) {
    case 'EXPLICIT_DENY':
      return 'A statement denies it.';
    case 'SESSION':
      return `The key or session is narrowed to what does not allow it: ${session?.policy ?? 'its session policy'}.`;
    case 'BOUNDARY':
      return 'The permissions boundary does not allow it.';
    case 'NO_ALLOW':
      return allowed ? 'An access control list allows it.' : 'No statement allows it.';
    case 'IDENTITY_ALLOW':
      return "A statement of the principal's policies allows it.";
    case 'RESOURCE_ALLOW':
      return allowed
        ? "A statement of the bucket's policy allows it."
        : "The public access block takes back what a statement of the bucket's policy allows.";
    default:
      reason satisfies never;
      return '';
  }
}

function presentStatement(traced: TracedStatement): TracedStatementType {
  return { ...traced, failures: traced.failures.map(presentFailure) };
}

function presentFailure(failure: Failure): StatementFailureType {
  const part = failure.part.toUpperCase() as keyof typeof StatementPart;
  return failure.part === 'condition'
    ? { part, operator: failure.operator, key: failure.key, expected: failure.expected, actual: failure.actual }
    : { part, operator: null, key: null, expected: null, actual: null };
}
