import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Tenant } from '../entities/tenant.js';
import { User } from '../entities/user.js';
import { setPermissionsBoundary } from '../operations/access/permissions-boundary.js';
import { createRole } from '../operations/identities/create-role.js';
import { deleteRole } from '../operations/identities/delete-role.js';
import { countRoles, getRole, listRoles } from '../operations/identities/list-roles.js';
import { updateRole } from '../operations/identities/update-role.js';
import { maySeePoliciesOf } from '../operations/policies/load-policies-of.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import {
  CreateIamRoleInput,
  CreateIamRolePayload,
  DeleteIamRoleInput,
  DeleteIamRolePayload,
  IamRoleConnection,
  IamRoleType,
  SetPermissionsBoundaryInput,
  SetPermissionsBoundaryPayload,
  tagList,
  UpdateIamRoleInput,
  UpdateIamRolePayload,
} from './iam-role-types.js';
import { optional, tagsOf } from './input.js';
import { InlinePolicyType, PolicyType } from './policy-types.js';
import type { TenantSource, UserSource } from './sources.js';
import { Tag } from './stored-object-types.js';
import { answer } from './user-error.js';

const tenantArg = { nullable: true, description: "The name of the tenant; the caller's own by default." } as const;

@Resolver(() => IamRoleType)
export class IamRoleResolver {
  @Query(() => IamRoleConnection, { description: 'The roles of a tenant that are assumed, by name.' })
  async iamRoles(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, tenantArg) tenant?: string | null,
    @Arg('pathPrefix', () => String, { nullable: true, description: 'Only those whose path begins like this.' })
    pathPrefix?: string | null,
  ): Promise<Counted<IamRoleType>> {
    const list = 'iamRoles';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant), pathPrefix: optional(pathPrefix) };
    const { roles, truncated } = await listRoles(context.request, { ...scope, ...request });
    const connection = toConnection({ request, truncated, list }, roles, (role) => role.name);
    return { ...connection, count: () => countRoles(context.request, scope) };
  }

  @Query(() => IamRoleType, { nullable: true, description: 'The role of this name; null when there is none.' })
  iamRole(
    @Ctx() context: GraphqlContext,
    @Arg('name', () => String, { description: 'The name of the role.' }) name: string,
    @Arg('tenant', () => String, tenantArg) tenant?: string | null,
  ): Promise<IamRoleType | null> {
    return getRole(context.request, { tenant: optional(tenant), name });
  }

  @Mutation(() => CreateIamRolePayload, {
    description: 'Creates a role. It may do nothing until it has policies, and is assumed by whom it trusts.',
  })
  createIamRole(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateIamRoleInput, { description: 'The role.' }) input: CreateIamRoleInput,
  ): Promise<CreateIamRolePayload> {
    return answer(async () => ({
      role: await createRole(context.request, {
        name: input.name,
        tenant: optional(input.tenant),
        path: optional(input.path),
        description: optional(input.description),
        trustPolicy: input.trustPolicy,
        maxSessionSeconds: optional(input.maxSessionSeconds),
        tags: input.tags == null ? undefined : tagsOf(input.tags),
        boundary: optional(input.boundary),
      }),
    }));
  }

  @Mutation(() => UpdateIamRolePayload, {
    description: 'Changes a role: who may assume it, how long its sessions last, its tags and description.',
  })
  updateIamRole(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateIamRoleInput, { description: 'The role.' }) input: UpdateIamRoleInput,
  ): Promise<UpdateIamRolePayload> {
    return answer(async () => ({
      role: await updateRole(context.request, {
        name: input.name,
        tenant: optional(input.tenant),
        description: optional(input.description),
        trustPolicy: optional(input.trustPolicy),
        maxSessionSeconds: optional(input.maxSessionSeconds),
        tags: input.tags == null ? undefined : tagsOf(input.tags),
      }),
    }));
  }

  @Mutation(() => DeleteIamRolePayload, {
    description: 'Deletes a role with its own policies, and ends its sessions; at once, everywhere.',
  })
  deleteIamRole(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteIamRoleInput, { description: 'The role.' }) input: DeleteIamRoleInput,
  ): Promise<DeleteIamRolePayload> {
    const { name, tenant, transferTo } = input;
    return answer(async () => {
      await deleteRole(context.request, { name, tenant: optional(tenant), transferTo: optional(transferTo) });
      return { name };
    });
  }

  @Mutation(() => SetPermissionsBoundaryPayload, {
    description: 'Sets or removes the policy that limits a user or a role, whatever else it has; at once, everywhere.',
  })
  setPermissionsBoundary(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetPermissionsBoundaryInput, { description: 'Whom, and by what.' })
    input: SetPermissionsBoundaryInput,
  ): Promise<SetPermissionsBoundaryPayload> {
    const { policy = null } = input;
    const target = { tenant: optional(input.tenant), username: optional(input.username), role: optional(input.role) };
    return answer(async () => {
      await setPermissionsBoundary(context.request, { ...target, policy });
      return { boundary: policy };
    });
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() role: IamRoleType): string {
    return toGlobalId('IamRole', role.id);
  }

  @FieldResolver(() => String, { description: 'The ARN, as AssumeRole and policies name it.' })
  arn(@Root() { tenantName, path, name }: IamRoleType): string {
    return `arn:aws:iam::${tenantName}:role${path}${name}`;
  }

  @FieldResolver(() => [Tag], { description: 'What policies see as aws:PrincipalTag.' })
  tags(@Root() role: IamRoleType): Tag[] {
    return tagList(role.tags);
  }

  @FieldResolver(() => Tenant, { nullable: true, description: 'The tenant that the role belongs to.' })
  tenant(@Root() role: IamRoleType, @Ctx() context: GraphqlContext): Promise<TenantSource | null> {
    return context.loaders.tenants.load(role.tenantId);
  }

  @FieldResolver(() => [PolicyType], { description: 'The policies that are attached to the role, by name.' })
  policies(@Root() role: IamRoleType, @Ctx() context: GraphqlContext): Promise<PolicyType[]> {
    return context.loaders.userPolicies.load(role.id);
  }

  @FieldResolver(() => [InlinePolicyType], { description: "The role's own policies, by name." })
  inlinePolicies(@Root() role: IamRoleType, @Ctx() context: GraphqlContext): Promise<InlinePolicyType[]> {
    return context.loaders.userInlinePolicies.load(role.id);
  }
}

@Resolver(() => User)
export class UserBoundaryResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The policy that limits whatever the user has, its permissions boundary; for the user and administrators.',
  })
  async boundary(@Root() user: UserSource, @Ctx() context: GraphqlContext): Promise<string | null> {
    return maySeePoliciesOf(context.request, user.id) ? context.loaders.boundaries.load(user.id) : null;
  }
}
