import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Role } from '../entities/enums.js';
import { User } from '../entities/user.js';
import { deleteUser } from '../operations/identities/delete-user.js';
import { loadUsersById } from '../operations/identities/load-identities-by-id.js';
import { disableUser, enableUser } from '../operations/identities/set-user-state.js';
import { updateUser } from '../operations/identities/update-user.js';
import { resetPassword } from '../operations/sign-in/reset-password.js';
import { resetSecondFactor } from '../operations/sign-in/reset-second-factor.js';
import { unlockUser } from '../operations/sign-in/unlock-user.js';
import type { GraphqlContext } from './context.js';
import { optional, tagsOf } from './input.js';
import { toUserSource, type UserSource } from './sources.js';
import { TagInput } from './stored-object-types.js';
import { answer, Payload } from './user-error.js';

@InputType('UserInput', { description: 'A user by name.' })
export class UserInput {
  @Field(() => String, { nullable: true, description: "The name of the user's tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the user.' })
  username!: string;
}

@InputType('UpdateUserInput', { description: 'What to change of a user. What is absent stays.' })
export class UpdateUserInput extends UserInput {
  @Field(() => String, { nullable: true, description: 'The name to show to people.' })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'The e-mail address; null or an empty text removes it.' })
  email?: string | null;

  @Field(() => Role, { nullable: true, description: 'What the user may do.' })
  role?: Role | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where in the tenant the user belongs: policies name it with that. Not of oneself.',
  })
  path?: string | null;

  @Field(() => [TagInput], {
    nullable: true,
    description: 'All tags, in place of those that were: policies see them as aws:PrincipalTag. Not of oneself.',
  })
  tags?: TagInput[] | null;
}

@InputType('ResetPasswordInput', { description: 'Whose password to replace.' })
export class ResetPasswordInput extends UserInput {
  @Field(() => String, { nullable: true, description: 'The password; a random one by default.' })
  newPassword?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the next sign-in has to choose another one; true by default.',
  })
  mustChange?: boolean | null;
}

@InputType('DeleteUserInput', { description: 'The user to delete.' })
export class DeleteUserInput extends UserInput {
  @Field(() => String, {
    nullable: true,
    description: "The user of the same tenant who takes the user's buckets. Without it, who owns buckets stays.",
  })
  transferTo?: string | null;
}

@ObjectType('UserPayload', { description: 'What came of changing a user.' })
export class UserPayload extends Payload {
  @Field(() => User, { nullable: true, description: 'The user; null when `userErrors` says why nothing changed.' })
  user?: UserSource | null;
}

@ObjectType('ResetPasswordPayload', { description: 'What came of replacing a password.' })
export class ResetPasswordPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description: 'The random password. It is shown here once, and never again; null when one was given.',
  })
  password?: string | null;
}

@ObjectType('DeleteUserPayload', { description: 'What came of deleting a user.' })
export class DeleteUserPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The name of the user that was deleted.' })
  username?: string | null;
}

/** What administrators change about users. */
@Resolver()
export class UserManagementResolver {
  @Mutation(() => UserPayload, { description: 'Changes names, address, role or tags of a user; for administrators.' })
  updateUser(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateUserInput, { description: 'What to change.' }) input: UpdateUserInput,
  ): Promise<UserPayload> {
    const { displayName, email, role, tags, path } = input;
    return answer(async () => {
      const names = { displayName: optional(displayName), email, path: optional(path) };
      const change = { ...names, role: optional(role), tags: tagsOf(tags) };
      return changed(context, updateUser(context.request, { ...addressOf(input), ...change }));
    });
  }

  @Mutation(() => UserPayload, {
    description: 'Disables a user; for administrators. Sessions end and keys stop working at once.',
  })
  disableUser(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UserInput, { description: 'The user.' }) input: UserInput,
  ): Promise<UserPayload> {
    return answer(() => changed(context, disableUser(context.request, addressOf(input))));
  }

  @Mutation(() => UserPayload, { description: 'Lets a disabled user in again; for administrators.' })
  enableUser(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UserInput, { description: 'The user.' }) input: UserInput,
  ): Promise<UserPayload> {
    return answer(() => changed(context, enableUser(context.request, addressOf(input))));
  }

  @Mutation(() => UserPayload, {
    description: 'Lets a user sign in without waiting, whatever has failed before; for administrators.',
  })
  unlockUser(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UserInput, { description: 'The user.' }) input: UserInput,
  ): Promise<UserPayload> {
    return answer(() => changed(context, unlockUser(context.request, addressOf(input))));
  }

  @Mutation(() => UserPayload, {
    description: "Takes a user's second factor away, as when the device is lost; for administrators.",
  })
  resetSecondFactor(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UserInput, { description: 'The user.' }) input: UserInput,
  ): Promise<UserPayload> {
    return answer(() => changed(context, resetSecondFactor(context.request, addressOf(input))));
  }

  @Mutation(() => ResetPasswordPayload, {
    description: 'Replaces the password of a user; for administrators. Its sessions end.',
  })
  resetPassword(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => ResetPasswordInput, { description: 'Whose password.' }) input: ResetPasswordInput,
  ): Promise<ResetPasswordPayload> {
    return answer(async () => {
      const mustChange = input.mustChange === false ? 'no' : 'yes';
      const choice = { ...addressOf(input), newPassword: optional(input.newPassword), mustChange } as const;
      return { password: (await resetPassword(context.request, choice)) ?? null };
    });
  }

  @Mutation(() => DeleteUserPayload, {
    description: 'Deletes a user with its sessions and keys; for administrators. Buckets go to somebody else first.',
  })
  deleteUser(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteUserInput, { description: 'The user.' }) input: DeleteUserInput,
  ): Promise<DeleteUserPayload> {
    return answer(async () => {
      await deleteUser(context.request, { ...addressOf(input), transferTo: optional(input.transferTo) });
      return { username: input.username };
    });
  }
}

function addressOf({ tenant, username }: UserInput) {
  return { tenant: optional(tenant), username };
}

async function changed({ request }: GraphqlContext, work: Promise<number>): Promise<{ user: UserSource | null }> {
  const [user] = await loadUsersById(request, [await work]);
  return { user: user ? toUserSource(user) : null };
}
