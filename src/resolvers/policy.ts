import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { granaryActions } from '../auth/policy/granary-actions.js';
import { createPolicy } from '../operations/policies/create-policy.js';
import { deletePolicy } from '../operations/policies/delete-policy.js';
import { deleteInlinePolicy, putInlinePolicy } from '../operations/policies/inline-policies.js';
import { countPolicies, getPolicy, listBuiltinPolicies, listPolicies } from '../operations/policies/list-policies.js';
import { attachPolicy, detachPolicy } from '../operations/policies/policy-attachments.js';
import { updatePolicy } from '../operations/policies/update-policy.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import { callerOf, type GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  AttachPolicyPayload,
  CreatePolicyInput,
  CreatePolicyPayload,
  DeleteInlinePolicyInput,
  DeleteInlinePolicyPayload,
  DeletePolicyInput,
  DeletePolicyPayload,
  DetachPolicyPayload,
  PolicyActionType,
  PolicyAttachmentInput,
  PolicyConnection,
  PolicyType,
  PutInlinePolicyInput,
  PutInlinePolicyPayload,
  UpdatePolicyInput,
  UpdatePolicyPayload,
} from './policy-types.js';
import { answer } from './user-error.js';

const tenantArg = { nullable: true, description: "The name of the tenant; the caller's own by default." } as const;

@Resolver(() => PolicyType)
export class PolicyResolver {
  @Query(() => PolicyConnection, { description: 'The policies that a tenant made, by name.' })
  async policies(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, tenantArg) tenant?: string | null,
  ): Promise<Counted<PolicyType>> {
    const list = 'policies';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant) };
    const { policies, truncated } = await listPolicies(context.request, { ...scope, ...request });
    const connection = toConnection({ request, truncated, list }, policies, (policy) => policy.name);
    return { ...connection, count: () => countPolicies(context.request, scope) };
  }

  @Query(() => PolicyType, {
    nullable: true,
    description: 'The policy that a tenant knows by this name, built-in ones too; null when there is none.',
  })
  policy(
    @Ctx() context: GraphqlContext,
    @Arg('name', () => String, { description: 'The name of the policy.' }) name: string,
    @Arg('tenant', () => String, tenantArg) tenant?: string | null,
  ): Promise<PolicyType | null> {
    return getPolicy(context.request, { tenant: optional(tenant), name });
  }

  @Query(() => [PolicyType], {
    description: 'The policies that are there in every tenant. Roles mean one of them each.',
  })
  builtinPolicies(@Ctx() context: GraphqlContext): PolicyType[] {
    callerOf(context);
    return listBuiltinPolicies();
  }

  @Query(() => [PolicyActionType], {
    description: 'What policies can allow beside the actions of Amazon S3, with what it means.',
  })
  policyActions(@Ctx() context: GraphqlContext): PolicyActionType[] {
    callerOf(context);
    return Object.entries(granaryActions).map(([name, description]) => ({ name, description }));
  }

  @Mutation(() => CreatePolicyPayload, {
    description: 'Creates a policy. It allows nobody anything until it is attached.',
  })
  createPolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreatePolicyInput, { description: 'The policy.' }) input: CreatePolicyInput,
  ): Promise<CreatePolicyPayload> {
    const { name, document } = input;
    const given = {
      ...{ tenant: optional(input.tenant), path: optional(input.path) },
      description: optional(input.description),
    };
    return answer(async () => ({ policy: await createPolicy(context.request, { name, document, ...given }) }));
  }

  @Mutation(() => UpdatePolicyPayload, { description: 'Changes a policy, for all that have it, at once.' })
  updatePolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdatePolicyInput, { description: 'The policy.' }) input: UpdatePolicyInput,
  ): Promise<UpdatePolicyPayload> {
    return answer(async () => ({
      policy: await updatePolicy(context.request, {
        name: input.name,
        tenant: optional(input.tenant),
        description: optional(input.description),
        document: optional(input.document),
      }),
    }));
  }

  @Mutation(() => DeletePolicyPayload, { description: 'Deletes a policy that is attached to nothing.' })
  deletePolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeletePolicyInput, { description: 'The policy.' }) { tenant, name }: DeletePolicyInput,
  ): Promise<DeletePolicyPayload> {
    return answer(async () => {
      await deletePolicy(context.request, { tenant: optional(tenant), name });
      return { name };
    });
  }

  @Mutation(() => AttachPolicyPayload, {
    description:
      'Attaches a policy to a user, a group or a role, who may then what it allows, or to an access key, which then may no more.',
  })
  attachPolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => PolicyAttachmentInput, { description: 'The policy, and who gets it.' })
    input: PolicyAttachmentInput,
  ): Promise<AttachPolicyPayload> {
    return answer(async () => ({ policy: await attachPolicy(context.request, attachmentOf(input)) }));
  }

  @Mutation(() => DetachPolicyPayload, { description: 'Detaches a policy; at once, everywhere.' })
  detachPolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => PolicyAttachmentInput, { description: 'The policy, and who has it.' })
    input: PolicyAttachmentInput,
  ): Promise<DetachPolicyPayload> {
    return answer(async () => ({ policy: await detachPolicy(context.request, attachmentOf(input)) }));
  }

  @Mutation(() => PutInlinePolicyPayload, {
    description: 'Gives a user, a group or a role a policy of its own, in place of the one of this name.',
  })
  putInlinePolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => PutInlinePolicyInput, { description: 'Who, and the policy.' }) input: PutInlinePolicyInput,
  ): Promise<PutInlinePolicyPayload> {
    const { document } = input;
    return answer(async () => ({
      inlinePolicy: await putInlinePolicy(context.request, { ...inlineOf(input), document }),
    }));
  }

  @Mutation(() => DeleteInlinePolicyPayload, {
    description: 'Removes a policy that belongs to one user, group or role.',
  })
  deleteInlinePolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteInlinePolicyInput, { description: 'Who, and the policy.' })
    input: DeleteInlinePolicyInput,
  ): Promise<DeleteInlinePolicyPayload> {
    return answer(async () => {
      await deleteInlinePolicy(context.request, inlineOf(input));
      return { name: input.name };
    });
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() policy: PolicyType): string {
    return toGlobalId('Policy', policy.id ?? policy.name);
  }

  @FieldResolver(() => Boolean, { description: 'True when it is there in every tenant and cannot be changed.' })
  builtin(@Root() policy: PolicyType): boolean {
    return policy.id === null;
  }
}

function attachmentOf({ tenant, policy, username, group, role, accessKeyId }: PolicyAttachmentInput) {
  return {
    ...{ policy, tenant: optional(tenant), username: optional(username) },
    ...{ group: optional(group), role: optional(role), accessKeyId: optional(accessKeyId) },
  };
}

function inlineOf({ tenant, username, group, role, name }: DeleteInlinePolicyInput) {
  const holder = { username: optional(username), group: optional(group), role: optional(role) };
  return { name, tenant: optional(tenant), ...holder };
}
