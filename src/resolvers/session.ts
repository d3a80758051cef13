import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { User } from '../entities/user.js';
import { loadUsersById } from '../operations/load-identities-by-id.js';
import { login } from '../operations/login.js';
import { refreshSession } from '../operations/refresh-session.js';
import type { Session } from '../operations/session.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { toUserSource, type UserSource } from './sources.js';
import { answerSignIn, Payload } from './user-error.js';

@InputType('LoginInput', { description: 'Who signs in.' })
export class LoginInput {
  @Field(() => String, { description: 'The name of the user.' })
  username!: string;

  @Field(() => String, { description: "The user's password." })
  password!: string;

  @Field(() => String, { nullable: true, description: "The name of the user's tenant; `default` by default." })
  tenant?: string | null;
}

@InputType('RefreshSessionInput', { description: 'The session to go on with.' })
export class RefreshSessionInput {
  @Field(() => String, {
    description: 'The refresh token of the session. It works once: the payload has the next one.',
  })
  refreshToken!: string;
}

/** A payload with a session's tokens. */
@ObjectType()
abstract class SessionPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description: 'Send it as `Authorization: Bearer ...`. Null when `userErrors` says why.',
  })
  accessToken?: string | null;

  @Field(() => String, { nullable: true, description: 'Good for one `refreshSession`.' })
  refreshToken?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the access token ends.' })
  expiresAt?: Date | null;

  @Field(() => User, { nullable: true, description: 'The user who is signed in.' })
  user?: UserSource | null;
}

@ObjectType('LoginPayload', { description: 'What came of signing in.' })
export class LoginPayload extends SessionPayload {}

@ObjectType('RefreshSessionPayload', { description: 'What came of renewing a session.' })
export class RefreshSessionPayload extends SessionPayload {}

/** The two mutations that need nobody to be signed in. */
@Resolver()
export class SessionResolver {
  @Mutation(() => LoginPayload, { description: 'Signs a user in with a password.' })
  login(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => LoginInput, { description: 'Who signs in.' }) input: LoginInput,
  ): Promise<LoginPayload> {
    const credentials = { username: input.username, password: input.password, tenant: optional(input.tenant) };
    return answerSignIn(async () =>
      describe(context, await login(context.request.granary, credentials, context.request)),
    );
  }

  @Mutation(() => RefreshSessionPayload, { description: 'Renews a session; its refresh token is replaced.' })
  refreshSession(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RefreshSessionInput, { description: 'The session.' }) { refreshToken }: RefreshSessionInput,
  ): Promise<RefreshSessionPayload> {
    const { request } = context;
    return answerSignIn(async () =>
      describe(context, await refreshSession(request.granary, { refreshToken }, request)),
    );
  }
}

async function describe({ request }: GraphqlContext, session: Session): Promise<Omit<LoginPayload, 'userErrors'>> {
  const [user] = await loadUsersById({ ...request, caller: session.user }, [session.user.userId]);
  const { accessToken, refreshToken, expiresAt } = session;
  return { accessToken, refreshToken, expiresAt, user: user ? { ...toUserSource(user), session: session.user } : null };
}
