import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Arg, Ctx, Field, FieldResolver, InputType, Int, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { PolicyVersionInfo } from '../operations/policies/policy-version-rows.js';
import {
  createPolicyVersion,
  deletePolicyVersion,
  type PolicyVersionAddress,
  setDefaultPolicyVersion,
} from '../operations/policies/policy-versions.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { PolicyType } from './policy-types.js';
import { answer, Payload } from './user-error.js';

@ObjectType('PolicyVersion', { description: 'What a policy says or said: one of its versions counts.' })
export class PolicyVersionType {
  @Field(() => Int, { description: 'The number: IAM shows 3 as v3.' })
  number!: number;

  @Field(() => GraphQLJSON, { description: 'Version and Statement, in the language of AWS.' })
  document!: object;

  @Field(() => Boolean, { description: 'True for the one that counts.' })
  isDefault!: boolean;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was made; null for a built-in policy.' })
  createdAt!: Date | null;
}

const tenantField = { nullable: true, description: "The name of the tenant; the caller's own by default." } as const;

@InputType('CreatePolicyVersionInput', { description: 'A policy, and what it is to say.' })
export class CreatePolicyVersionInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the policy.' })
  name!: string;

  @Field(() => GraphQLJSON, { description: 'The document, without principals: Version and Statement.' })
  document!: object | string;

  @Field(() => Boolean, { nullable: true, description: 'Whether it counts at once; false by default.' })
  setAsDefault?: boolean | null;
}

@InputType('PolicyVersionInput', { description: 'A version of a policy.' })
export class PolicyVersionInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the policy.' })
  name!: string;

  @Field(() => Int, { description: 'The number of the version.' })
  number!: number;
}

@ObjectType('CreatePolicyVersionPayload', { description: 'What came of adding a version to a policy.' })
export class CreatePolicyVersionPayload extends Payload {
  @Field(() => PolicyVersionType, { nullable: true, description: 'The version; null when `userErrors` says why not.' })
  version?: PolicyVersionInfo | null;
}

@ObjectType('SetDefaultPolicyVersionPayload', { description: 'What came of choosing the version that counts.' })
export class SetDefaultPolicyVersionPayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'The number of the version that counts now.' })
  number?: number | null;
}

@ObjectType('DeletePolicyVersionPayload', { description: 'What came of forgetting a version of a policy.' })
export class DeletePolicyVersionPayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'The number of the version that was forgotten.' })
  number?: number | null;
}

@Resolver(() => PolicyType)
export class PolicyVersionResolver {
  @Mutation(() => CreatePolicyVersionPayload, { description: 'Adds a version to a policy, which has five at most.' })
  createPolicyVersion(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreatePolicyVersionInput, { description: 'The policy, and the document.' })
    { tenant, name, document, setAsDefault }: CreatePolicyVersionInput,
  ): Promise<CreatePolicyVersionPayload> {
    const given = { tenant: optional(tenant), name, document };
    const asDefault = setAsDefault === true ? 'as default' : 'aside';
    return answer(async () => ({ version: await createPolicyVersion(context.request, { ...given, asDefault }) }));
  }

  @Mutation(() => SetDefaultPolicyVersionPayload, {
    description: 'Makes a version of a policy the one that counts, for all that have the policy, at once.',
  })
  setDefaultPolicyVersion(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => PolicyVersionInput, { description: 'The version.' }) input: PolicyVersionInput,
  ): Promise<SetDefaultPolicyVersionPayload> {
    return answer(async () => {
      await setDefaultPolicyVersion(context.request, addressOf(input));
      return { number: input.number };
    });
  }

  @Mutation(() => DeletePolicyVersionPayload, { description: 'Forgets a version of a policy that does not count.' })
  deletePolicyVersion(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => PolicyVersionInput, { description: 'The version.' }) input: PolicyVersionInput,
  ): Promise<DeletePolicyVersionPayload> {
    return answer(async () => {
      await deletePolicyVersion(context.request, addressOf(input));
      return { number: input.number };
    });
  }

  @FieldResolver(() => [PolicyVersionType], { description: 'Its versions, five at most, the latest first.' })
  versions(@Root() policy: PolicyType, @Ctx() context: GraphqlContext): Promise<PolicyVersionInfo[]> {
    return context.loaders.policyVersions.load(policy);
  }
}

function addressOf({ tenant, name, number }: PolicyVersionInput): PolicyVersionAddress {
  return { tenant: optional(tenant), name, number };
}
