import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { AccessKey } from '../entities/access-key.js';
import { User } from '../entities/user.js';
import { UserGroup } from '../entities/user-group.js';
import { createGroup } from '../operations/identities/create-group.js';
import { deleteGroup } from '../operations/identities/delete-group.js';
import type { GroupInfo } from '../operations/identities/find-group.js';
import { addUserToGroup, removeUserFromGroup } from '../operations/identities/group-membership.js';
import { countGroups, getGroup, listGroups } from '../operations/identities/list-groups.js';
import { updateGroup } from '../operations/identities/update-group.js';
import { maySeePoliciesOf } from '../operations/policies/load-policies-of.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, countedConnectionTypes, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { EffectivePolicyType, InlinePolicyType, PolicyType } from './policy-types.js';
import type { AccessKeySource, UserSource } from './sources.js';
import { UserConnection } from './user.js';
import { answer, Payload } from './user-error.js';

export const GroupConnection = countedConnectionTypes<GroupInfo>('Group', { type: () => UserGroup, noun: 'groups' });

const tenantField = { nullable: true, description: "The name of the tenant; the caller's own by default." } as const;

@InputType('CreateGroupInput', { description: 'The group to create.' })
export class CreateGroupInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name: 1 to 128 letters, digits and _ + = , . @ -' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the group is for.' })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where the group belongs: `/` by default, or `/division/team/`.',
  })
  path?: string | null;
}

@InputType('UpdateGroupInput', { description: 'The group, and what to change of it.' })
export class UpdateGroupInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the group.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the group is for from now on. Absent means unchanged.' })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where the group belongs from now on: `/`, or `/division/team/`. Absent means unchanged.',
  })
  path?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Another name. Absent means unchanged. It takes the right to update groups of both names.',
  })
  newName?: string | null;
}

@InputType('DeleteGroupInput', { description: 'The group to delete.' })
export class DeleteGroupInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the group.' })
  name!: string;
}

@InputType('GroupMembershipInput', { description: 'A group and a user.' })
export class GroupMembershipInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the group.' })
  group!: string;

  @Field(() => String, { description: 'The user.' })
  username!: string;
}

@ObjectType('CreateGroupPayload', { description: 'What came of creating a group.' })
export class CreateGroupPayload extends Payload {
  @Field(() => UserGroup, { nullable: true, description: 'The new group; null when `userErrors` says why not.' })
  group?: GroupInfo | null;
}

@ObjectType('UpdateGroupPayload', { description: 'What came of changing a group.' })
export class UpdateGroupPayload extends Payload {
  @Field(() => UserGroup, { nullable: true, description: 'The group as it is now.' })
  group?: GroupInfo | null;
}

@ObjectType('DeleteGroupPayload', { description: 'What came of deleting a group.' })
export class DeleteGroupPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The name of the group that was deleted.' })
  name?: string | null;
}

@ObjectType('AddUserToGroupPayload', { description: 'What came of putting a user into a group.' })
export class AddUserToGroupPayload extends Payload {
  @Field(() => UserGroup, { nullable: true, description: 'The group.' })
  group?: GroupInfo | null;
}

@ObjectType('RemoveUserFromGroupPayload', { description: 'What came of taking a user out of a group.' })
export class RemoveUserFromGroupPayload extends Payload {
  @Field(() => UserGroup, { nullable: true, description: 'The group.' })
  group?: GroupInfo | null;
}

@Resolver(() => UserGroup)
export class GroupResolver {
  @Query(() => GroupConnection, { description: 'The groups of a tenant, by name.' })
  async groups(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, tenantField) tenant?: string | null,
  ): Promise<Counted<GroupInfo>> {
    const list = 'groups';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant) };
    const { groups, truncated } = await listGroups(context.request, { ...scope, ...request });
    const connection = toConnection({ request, truncated, list }, groups, (group) => group.name);
    return { ...connection, count: () => countGroups(context.request, scope) };
  }

  @Query(() => UserGroup, { nullable: true, description: 'The group of this name; null when there is none.' })
  group(
    @Ctx() context: GraphqlContext,
    @Arg('name', () => String, { description: 'The name of the group.' }) name: string,
    @Arg('tenant', () => String, tenantField) tenant?: string | null,
  ): Promise<GroupInfo | null> {
    return getGroup(context.request, { tenant: optional(tenant), name });
  }

  @Mutation(() => CreateGroupPayload, { description: 'Creates a group without users and policies.' })
  createGroup(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateGroupInput, { description: 'The group.' }) input: CreateGroupInput,
  ): Promise<CreateGroupPayload> {
    const given = {
      tenant: optional(input.tenant),
      description: optional(input.description),
      path: optional(input.path),
    };
    return answer(async () => ({ group: await createGroup(context.request, { name: input.name, ...given }) }));
  }

  @Mutation(() => UpdateGroupPayload, {
    description: 'Changes what a group says that it is for, where it belongs, or its name.',
  })
  updateGroup(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateGroupInput, { description: 'The group.' }) input: UpdateGroupInput,
  ): Promise<UpdateGroupPayload> {
    const given = {
      name: input.name,
      tenant: optional(input.tenant),
      description: optional(input.description),
      path: optional(input.path),
      newName: optional(input.newName),
    };
    return answer(async () => ({ group: await updateGroup(context.request, given) }));
  }

  @Mutation(() => DeleteGroupPayload, {
    description: 'Deletes a group with its own policies. Its users stay, without what the group let them do.',
  })
  deleteGroup(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteGroupInput, { description: 'The group.' }) { tenant, name }: DeleteGroupInput,
  ): Promise<DeleteGroupPayload> {
    return answer(async () => {
      await deleteGroup(context.request, { tenant: optional(tenant), name });
      return { name };
    });
  }

  @Mutation(() => AddUserToGroupPayload, { description: 'Puts a user into a group: it may then what the group may.' })
  addUserToGroup(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => GroupMembershipInput, { description: 'Who, and where.' }) input: GroupMembershipInput,
  ): Promise<AddUserToGroupPayload> {
    return answer(async () => ({ group: await addUserToGroup(context.request, membershipOf(input)) }));
  }

  @Mutation(() => RemoveUserFromGroupPayload, { description: 'Takes a user out of a group; at once, everywhere.' })
  removeUserFromGroup(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => GroupMembershipInput, { description: 'Who, and where.' }) input: GroupMembershipInput,
  ): Promise<RemoveUserFromGroupPayload> {
    return answer(async () => ({ group: await removeUserFromGroup(context.request, membershipOf(input)) }));
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() group: GroupInfo): string {
    return toGlobalId('Group', group.id);
  }

  @FieldResolver(() => UserConnection, { description: 'The users of the group, by name.' })
  async members(
    @Root() group: GroupInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Counted<UserSource>> {
    const list = 'members';
    const request = pageRequest(page, list);
    const { users, truncated } = await context.loaders.members.load({ groupId: group.id, page: request });
    const found = await context.loaders.users.loadMany(users.map(({ id }) => id));
    const shown = found.filter((user): user is UserSource => user !== null && !(user instanceof Error));
    const connection = toConnection({ request, truncated, list }, shown, (user) => user.username);
    return { ...connection, count: () => context.loaders.memberCounts.load(group.id) };
  }

  @FieldResolver(() => [PolicyType], { description: 'The policies that are attached to the group, by name.' })
  policies(@Root() group: GroupInfo, @Ctx() context: GraphqlContext): Promise<PolicyType[]> {
    return context.loaders.groupPolicies.load(group.id);
  }

  @FieldResolver(() => [InlinePolicyType], { description: "The group's own policies, by name." })
  inlinePolicies(@Root() group: GroupInfo, @Ctx() context: GraphqlContext): Promise<InlinePolicyType[]> {
    return context.loaders.groupInlinePolicies.load(group.id);
  }
}

/** What a user has: for itself, and for whoever may list users; null for others. */
@Resolver(() => User)
export class UserPoliciesResolver {
  @FieldResolver(() => [UserGroup], {
    nullable: true,
    description: 'The groups that the user is in, by name; null when that is not for the caller to see.',
  })
  async groups(@Root() user: UserSource, @Ctx() context: GraphqlContext): Promise<GroupInfo[] | null> {
    return maySeePoliciesOf(context.request, user.id) ? context.loaders.groupsOfUsers.load(user.id) : null;
  }

  @FieldResolver(() => [PolicyType], {
    nullable: true,
    description: 'The policies that are attached to the user, by name; null when that is not for the caller to see.',
  })
  async policies(@Root() user: UserSource, @Ctx() context: GraphqlContext): Promise<PolicyType[] | null> {
    return maySeePoliciesOf(context.request, user.id) ? context.loaders.userPolicies.load(user.id) : null;
  }

  @FieldResolver(() => [InlinePolicyType], {
    nullable: true,
    description: "The user's own policies, by name; null when that is not for the caller to see.",
  })
  async inlinePolicies(@Root() user: UserSource, @Ctx() context: GraphqlContext): Promise<InlinePolicyType[] | null> {
    return maySeePoliciesOf(context.request, user.id) ? context.loaders.userInlinePolicies.load(user.id) : null;
  }

  @FieldResolver(() => [EffectivePolicyType], {
    nullable: true,
    description:
      'All policies that together are what the user may: of its role, its own, and of its groups. Null when that is not for the caller to see.',
  })
  async effectivePolicies(
    @Root() user: UserSource,
    @Ctx() context: GraphqlContext,
  ): Promise<EffectivePolicyType[] | null> {
    return maySeePoliciesOf(context.request, user.id) ? context.loaders.effectivePolicies.load(user.id) : null;
  }
}

@Resolver(() => AccessKey)
export class AccessKeyPoliciesResolver {
  @FieldResolver(() => [PolicyType], {
    description:
      'The policies that are attached to the key. When there are any, the key may only what one of them allows.',
  })
  policies(@Root() key: AccessKeySource, @Ctx() context: GraphqlContext): Promise<PolicyType[]> {
    return context.loaders.keyPolicies.load(key.accessKeyId);
  }
}

function membershipOf({ tenant, group, username }: GroupMembershipInput) {
  return { tenant: optional(tenant), group, username };
}
