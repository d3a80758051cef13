import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import type { Explanation, Failure, TracedStatement } from '../auth/policy/explain.js';
import { User } from '../entities/user.js';
import { type AccessExplanation, explainAccess } from '../operations/access/explain-access.js';
import { type DecisionInfo, getDecision } from '../operations/access/get-decision.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import type { UserSource } from './sources.js';

/** What policies decide. */
export const AccessDecision = {
  ALLOWED: 'ALLOWED',
  EXPLICIT_DENY: 'EXPLICIT_DENY',
  IMPLICIT_DENY: 'IMPLICIT_DENY',
} as const;
type AccessDecision = (typeof AccessDecision)[keyof typeof AccessDecision];

registerEnumType(AccessDecision, {
  name: 'AccessDecision',
  description: 'What policies decide.',
  valuesConfig: {
    ALLOWED: { description: 'A statement allows it, and none denies it.' },
    EXPLICIT_DENY: { description: 'A statement denies it.' },
    IMPLICIT_DENY: { description: 'No statement allows it, or not every policy that has to.' },
  },
});

/** Where a statement stands. */
export const PolicyLayer = {
  IDENTITY: 'IDENTITY',
  SESSION: 'SESSION',
  BOUNDARY: 'BOUNDARY',
  RESOURCE: 'RESOURCE',
} as const;

registerEnumType(PolicyLayer, {
  name: 'PolicyLayer',
  description: 'Whose policy a statement stands in.',
  valuesConfig: {
    IDENTITY: { description: "The principal's: its role's, its own, or one of its groups'." },
    SESSION: { description: 'What the key or the session was narrowed to.' },
    BOUNDARY: { description: 'The permissions boundary of the user or role.' },
    RESOURCE: { description: "The bucket's, or who may assume a role." },
  },
});

/** A part of a statement. */
export const StatementPart = {
  PRINCIPAL: 'PRINCIPAL',
  ACTION: 'ACTION',
  RESOURCE: 'RESOURCE',
  CONDITION: 'CONDITION',
  TENANT: 'TENANT',
} as const;

registerEnumType(StatementPart, {
  name: 'StatementPart',
  description: 'What kept a statement from being about a request.',
  valuesConfig: {
    PRINCIPAL: { description: 'It is about somebody else.' },
    ACTION: { description: 'It is about something else to do.' },
    RESOURCE: { description: 'It is about something else to do it to.' },
    CONDITION: { description: 'A condition does not hold.' },
    TENANT: { description: "The principal's own policies do not reach another tenant." },
  },
});

@ObjectType('StatementFailure', { description: 'What kept a statement from being about a request.' })
export class StatementFailureType {
  @Field(() => StatementPart, { description: 'The part of the statement.' })
  part!: keyof typeof StatementPart;

  @Field(() => String, { nullable: true, description: "The condition's operator; null for other parts." })
  operator!: string | null;

  @Field(() => String, { nullable: true, description: "The condition's key; null for other parts." })
  key!: string | null;

  @Field(() => [String], { nullable: true, description: 'What the condition wants; null for other parts.' })
  expected!: readonly string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'What the request has; null for nothing, and for other parts.',
  })
  actual!: readonly string[] | null;
}

@ObjectType('TracedStatement', { description: 'A statement of a policy, held against a request.' })
export class TracedStatementType {
  @Field(() => PolicyLayer, { description: 'Whose policy it stands in.' })
  layer!: keyof typeof PolicyLayer;

  @Field(() => String, { nullable: true, description: "The name of the policy; null for a bucket's, which has none." })
  policy!: string | null;

  @Field(() => Int, { description: 'Its place in the document, from 0.' })
  index!: number;

  @Field(() => String, { nullable: true, description: 'Its Sid.' })
  sid!: string | null;

  @Field(() => String, { description: 'Allow or Deny.' })
  effect!: string;

  @Field(() => GraphQLJSON, {
    description:
      "The statement as it was written; empty when it is a bucket policy's and the caller may not read that.",
  })
  statement!: object;

  @Field(() => [StatementFailureType], { description: 'What kept it from being about the request; empty when it is.' })
  failures!: StatementFailureType[];
}

@ObjectType('AccessExplanation', { description: 'What policies decide of a request, and why.' })
export class AccessExplanationType {
  @Field(() => String, { nullable: true, description: 'The ARN of the principal; * for nobody in particular.' })
  principal!: string | null;

  @Field(() => String, { description: 'What is to be done.' })
  action!: string;

  @Field(() => String, { description: 'The ARN of what it is to be done to.' })
  resource!: string;

  @Field(() => AccessDecision, { description: 'The decision.' })
  decision!: AccessDecision;

  @Field(() => String, { description: 'The decision in a sentence.' })
  reason!: string;

  @Field(() => TracedStatementType, {
    nullable: true,
    description: 'The statement that made the decision; null when the decision is that none allows.',
  })
  decidedBy!: TracedStatementType | null;

  @Field(() => [TracedStatementType], {
    description: 'Statements that one part alone kept from being about the request, at most 20.',
  })
  nearlyMatching!: TracedStatementType[];
}

@ObjectType('Decision', { description: 'A request that was denied.' })
export class DecisionType {
  @Field(() => ID, { description: 'The id that the refused request was given.' })
  id!: string;

  @Field(() => GraphQLDateTime, { description: 'When it was denied.' })
  at!: Date;

  actorId!: number | null;

  @Field(() => AccessExplanationType, { description: 'Why it was denied.' })
  explanation!: AccessExplanationType;
}

@InputType('ExplainPrincipalInput', { description: 'One principal; the caller when nothing is given.' })
export class ExplainPrincipalInput {
  @Field(() => String, { nullable: true, description: 'A user of the tenant.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'An access key, with what it is narrowed to.' })
  accessKeyId?: string | null;

  @Field(() => String, { nullable: true, description: 'A role of the tenant, as whoever has assumed it.' })
  role?: string | null;

  @Field(() => String, { nullable: true, description: "The name of the role's session; `explained` by default." })
  roleSession?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True for who shows no credentials.' })
  anonymous?: boolean | null;
}

@InputType('ContextEntryInput', { description: 'What a request says under a condition key.' })
export class ContextEntryInput {
  @Field(() => String, { description: 'The condition key, for example `aws:SourceIp`.' })
  key!: string;

  @Field(() => [String], { description: 'The values.' })
  values!: string[];
}

@InputType('ExplainAccessInput', { description: 'The request that is to be explained.' })
export class ExplainAccessInput {
  @Field(() => String, {
    nullable: true,
    description: "The tenant of principal and bucket; the caller's own by default.",
  })
  tenant?: string | null;

  @Field(() => ExplainPrincipalInput, { nullable: true, description: 'Who asks; the caller by default.' })
  principal?: ExplainPrincipalInput | null;

  @Field(() => String, { description: 'What is to be done: `s3:GetObject`, `granary:CreateUser`.' })
  action!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The bucket that it is to be done to; either this or `resource`.',
  })
  bucket?: string | null;

  @Field(() => String, { nullable: true, description: 'The object in the bucket.' })
  key?: string | null;

  @Field(() => String, { nullable: true, description: 'The ARN of what it is to be done to; either this or `bucket`.' })
  resource?: string | null;

  @Field(() => [ContextEntryInput], {
    nullable: true,
    description: "What the request says under condition keys. What is not given is as in the caller's own request.",
  })
  context?: ContextEntryInput[] | null;
}

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
