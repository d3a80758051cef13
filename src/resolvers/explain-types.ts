import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

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

/** What statements do, by the words that policies have for it. */
export const PolicyEffect = { ALLOW: 'Allow', DENY: 'Deny' } as const;
type PolicyEffect = (typeof PolicyEffect)[keyof typeof PolicyEffect];

registerEnumType(PolicyEffect, {
  name: 'PolicyEffect',
  description: 'What a statement does with the requests that it is about.',
  valuesConfig: {
    ALLOW: { description: 'They are allowed, unless another statement denies them.' },
    DENY: { description: 'They are denied, whatever others allow.' },
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

  @Field(() => PolicyEffect, { description: 'Whether it allows or denies.' })
  effect!: PolicyEffect;

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
