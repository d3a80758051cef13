import { GraphQLDateTime } from 'graphql-scalars';
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
import { Role } from '../entities/enums.js';
import { Tenant } from '../entities/tenant.js';
import { User } from '../entities/user.js';
import { createUser } from '../operations/identities/create-user.js';
import { getUser } from '../operations/identities/get-user.js';
import { countUsers, listUsers } from '../operations/identities/list-users.js';
import { maySeeUsers } from '../operations/identities/load-identities-by-id.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, countedConnectionTypes, PageArgs, pageRequest, toConnection } from './connection.js';
import { callerOf, type GraphqlContext } from './context.js';
import { optional, tagsOf } from './input.js';
import { createLoaders, type Loaders } from './loaders.js';
import { orNull } from './nullable.js';
import { type TenantSource, toUserSource, type UserSource } from './sources.js';
import { Tag, TagInput } from './stored-object-types.js';
import { answer, Payload } from './user-error.js';

export const UserConnection = countedConnectionTypes<UserSource>('User', { type: () => User, noun: 'users' });

@InputType('CreateUserInput', { description: 'The user to create.' })
export class CreateUserInput {
  @Field(() => String, { nullable: true, description: "The name of the tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => String, { description: 'The name to sign in with, unique in the tenant.' })
  username!: string;

  @Field(() => String, { nullable: true, description: 'Who has none cannot sign in, only use access keys.' })
  password?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True when the first sign-in has to choose another password; false by default.',
  })
  mustChangePassword?: boolean | null;

  @Field(() => Role, { nullable: true, description: 'What the user may do; MEMBER by default.' })
  role?: Role | null;

  @Field(() => String, { nullable: true, description: 'The name to show to people; the username by default.' })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'The e-mail address.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Where in the tenant the user belongs; "/" by default.' })
  path?: string | null;

  @Field(() => [TagInput], { nullable: true, description: 'What policies see as aws:PrincipalTag.' })
  tags?: TagInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'The policy that limits whatever the user has; none by default.',
  })
  boundary?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The id that S3 shows as the owner; random by default. Only global administrators may give one.',
  })
  canonicalId?: string | null;
}

@ObjectType('CreateUserPayload', { description: 'What came of creating a user.' })
export class CreateUserPayload extends Payload {
  @Field(() => User, { nullable: true, description: 'The new user; null when `userErrors` says why not.' })
  user?: UserSource | null;
}

@Resolver(() => User)
export class UserResolver {
  @Query(() => UserConnection, { description: 'The users of a tenant by name; for administrators.' })
  async users(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<Counted<UserSource>> {
    const list = 'users';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant) };
    const { users, truncated } = await listUsers(context.request, { ...scope, ...request });
    const connection = toConnection({ request, truncated, list }, users.map(toUserSource), (user) => user.username);
    return { ...connection, count: () => countUsers(context.request, scope) };
  }

  @Query(() => User, {
    nullable: true,
    description: 'The user of this name: the caller itself, any other for administrators; null when there is none.',
  })
  async user(
    @Ctx() context: GraphqlContext,
    @Arg('username', () => String, { description: "The user's name." }) username: string,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<UserSource | null> {
    const user = await orNull(getUser(context.request, { tenant: optional(tenant), username }));
    return user && toUserSource(user);
  }

  @Mutation(() => CreateUserPayload, { description: 'Creates a user; for administrators, in their own tenant.' })
  createUser(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateUserInput, { description: 'The user to create.' }) input: CreateUserInput,
  ): Promise<CreateUserPayload> {
    return answer(async () => ({
      user: toUserSource(
        await createUser(context.request, {
          username: input.username,
          tenant: optional(input.tenant),
          password: optional(input.password),
          mustChangePassword: optional(input.mustChangePassword),
          role: optional(input.role),
          displayName: optional(input.displayName),
          email: optional(input.email),
          path: optional(input.path),
          tags: tagsOf(input.tags),
          boundary: optional(input.boundary),
          canonicalId: optional(input.canonicalId),
        }),
      ),
    }));
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() user: UserSource): string {
    return toGlobalId('User', user.id);
  }

  @FieldResolver(() => Tenant, { nullable: true, description: 'The tenant that the user belongs to.' })
  tenant(@Root() user: UserSource, @Ctx() context: GraphqlContext): Promise<TenantSource | null> {
    return loadersFor(user, context).tenants.load(user.tenantId);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The e-mail address, when one was given; for the user and administrators.',
  })
  email(@Root() user: UserSource, @Ctx() context: GraphqlContext): string | null {
    return mayReadAccount(user, context) ? user.email : null;
  }

  @FieldResolver(() => [Tag], {
    nullable: true,
    description: 'What policies see as aws:PrincipalTag; for the user and administrators.',
  })
  tags(@Root() user: UserSource, @Ctx() context: GraphqlContext): Tag[] | null {
    return mayReadAccount(user, context) ? Object.entries(user.tags).map(([key, value]) => ({ key, value })) : null;
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the user last signed in, by whatever method; null for never. For the user and administrators.',
  })
  lastSignInAt(@Root() user: UserSource, @Ctx() context: GraphqlContext): Date | null {
    return mayReadAccount(user, context) ? user.lastSignInAt : null;
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the password was last changed; for the user and administrators.',
  })
  passwordChangedAt(@Root() user: UserSource, @Ctx() context: GraphqlContext): Date | null {
    return mayReadAccount(user, context) ? user.passwordChangedAt : null;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'True when signing in wants a second factor; for the user and administrators.',
  })
  secondFactor(@Root() user: UserSource, @Ctx() context: GraphqlContext): Promise<boolean> | null {
    return mayReadAccount(user, context) ? loadersFor(user, context).secondFactors.load(user.id) : null;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'True when the next sign-in has to choose a new password; for the user and administrators.',
  })
  mustChangePassword(@Root() user: UserSource, @Ctx() context: GraphqlContext): boolean | null {
    return mayReadAccount(user, context) ? user.mustChangePassword : null;
  }
}

/** Those of the request, or of whoever has just signed in by it. */
function loadersFor({ session }: UserSource, context: GraphqlContext): Loaders {
  return session === undefined ? context.loaders : createLoaders({ ...context.request, caller: session });
}

function mayReadAccount(user: UserSource, context: GraphqlContext): boolean {
  const caller = user.session ?? callerOf(context);
  return user.id === caller.userId || maySeeUsers({ ...context.request, caller });
}
