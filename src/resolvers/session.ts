import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { UserSession } from '../entities/user-session.js';
import { loadUsersById } from '../operations/identities/load-identities-by-id.js';
import { completeLogin } from '../operations/sign-in/complete-login.js';
import { isPending, type SignInOutcome } from '../operations/sign-in/finish-sign-in.js';
import { login } from '../operations/sign-in/login.js';
import { logout } from '../operations/sign-in/logout.js';
import { refreshSession } from '../operations/sign-in/refresh-session.js';
import type { Session } from '../operations/sign-in/session.js';
import { countSessions, listSessions, revokeSession, signOutEverywhere } from '../operations/sign-in/user-sessions.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  CompleteLoginInput,
  CompleteLoginPayload,
  LoginInput,
  LoginPayload,
  LogoutInput,
  LogoutPayload,
  RefreshSessionInput,
  RefreshSessionPayload,
  RevokeSessionInput,
  RevokeSessionPayload,
  SignOutEverywhereInput,
  SignOutEverywherePayload,
  UserSessionConnection,
} from './session-types.js';
import { type SessionSource, toUserSource } from './sources.js';
import { answer, answerSignIn } from './user-error.js';

/** How a client keeps its tokens. */
type Keeping = 'payload' | 'cookie';

@Resolver(() => UserSession)
export class SessionResolver {
  @Query(() => UserSessionConnection, {
    description: 'Where the caller, or a user that it manages, is signed in.',
  })
  async sessions(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('username', () => String, { nullable: true, description: 'The user; the caller by default.' })
    username?: string | null,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the user's tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<Counted<SessionSource>> {
    const list = 'sessions';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant), username: optional(username) };
    const { sessions, truncated } = await listSessions(context.request, { ...scope, ...request });
    const connection = toConnection({ request, truncated, list }, sessions as SessionSource[], ({ id }) => id);
    return { ...connection, count: () => countSessions(context.request, scope) };
  }

  @Mutation(() => LoginPayload, {
    description:
      'Signs a user in with a password. A user with a second factor goes on with `completeLogin`. Example: `login(input: { username: "ann", password: $password }) { accessToken refreshToken expiresAt userErrors { message } }`',
  })
  login(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => LoginInput, { description: 'Who signs in.' }) input: LoginInput,
  ): Promise<LoginPayload> {
    const credentials = { username: input.username, password: input.password, tenant: optional(input.tenant) };
    return signingIn(context, keepingOf(input), () => login(context.request.granary, credentials, context.request));
  }

  @Mutation(() => CompleteLoginPayload, {
    description: 'Goes on with a sign-in that wanted a second factor or a new password.',
  })
  completeLogin(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CompleteLoginInput, { description: 'What was still wanted.' }) input: CompleteLoginInput,
  ): Promise<CompleteLoginPayload> {
    const { challenge, code, newPassword } = input;
    const rest = { challenge, code: optional(code), newPassword: optional(newPassword) };
    return signingIn(context, keepingOf(input), () => completeLogin(context.request.granary, rest, context.request));
  }

  @Mutation(() => RefreshSessionPayload, { description: 'Renews a session; its refresh token is replaced.' })
  refreshSession(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RefreshSessionInput, { description: 'The session.' }) input: RefreshSessionInput,
  ): Promise<RefreshSessionPayload> {
    const { request, cookies } = context;
    const given = optional(input.refreshToken);
    return answerSignIn(async () => {
      if (given === undefined) {
        cookies.requireOwnSite();
      }
      const session = await refreshSession(
        request.granary,
        { refreshToken: given ?? cookies.refreshToken ?? '', repeatable: input.repeatable === true },
        request,
      );
      return describe(context, given === undefined ? 'cookie' : 'payload', session);
    });
  }

  @Mutation(() => LogoutPayload, {
    description: 'Ends the session that the request came with: its tokens stop working at once. Removes the cookies.',
  })
  logout(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => LogoutInput, { nullable: true, description: 'The session.' }) input?: LogoutInput | null,
  ): Promise<LogoutPayload> {
    return answer(async () => {
      const { request, cookies } = context;
      cookies.requireOwnSite();
      await logout(request, { refreshToken: optional(input?.refreshToken) ?? cookies.refreshToken });
      cookies.clear();
      return {};
    });
  }

  @Mutation(() => SignOutEverywherePayload, {
    description: 'Ends every session of the caller, or of a user that it manages. Access tokens stop working as well.',
  })
  signOutEverywhere(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SignOutEverywhereInput, { nullable: true, description: 'Whose sessions to end.' })
    input?: SignOutEverywhereInput | null,
  ): Promise<SignOutEverywherePayload> {
    return answer(async () => {
      const of = { tenant: optional(input?.tenant), username: optional(input?.username) };
      return { sessions: await signOutEverywhere(context.request, of) };
    });
  }

  @Mutation(() => RevokeSessionPayload, {
    description: 'Ends a session of the caller, or of a user that it manages; its tokens stop working at once.',
  })
  revokeSession(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RevokeSessionInput, { description: 'The session.' }) { sessionId }: RevokeSessionInput,
  ): Promise<RevokeSessionPayload> {
    return answer(async () => {
      await revokeSession(context.request, { sessionId });
      return { sessionId };
    });
  }

  @FieldResolver(() => Boolean, { description: 'True for the session that the request came with.' })
  current(@Root() session: SessionSource, @Ctx() { request }: GraphqlContext): boolean {
    return request.caller.kind === 'user' && request.caller.sessionId === session.id;
  }
}

function keepingOf({ cookie }: { cookie?: boolean | null }): Keeping {
  return cookie === true ? 'cookie' : 'payload';
}

async function signingIn(
  context: GraphqlContext,
  keeping: Keeping,
  work: () => Promise<SignInOutcome>,
): Promise<LoginPayload> {
  const signedIn = await answerSignIn(async () => {
    if (keeping === 'cookie') {
      context.cookies.requireOwnSite();
    }
    const outcome = await work();
    return isPending(outcome) ? outcome : describe(context, keeping, outcome);
  });
  return { secondFactorRequired: false, passwordChangeRequired: false, ...signedIn };
}

async function describe(context: GraphqlContext, keeping: Keeping, session: Session) {
  const { requestId, sourceIp, granary } = context.request;
  const [user] = await loadUsersById({ granary, requestId, sourceIp, caller: session.user }, [session.user.userId]);
  if (keeping === 'cookie') {
    context.cookies.put(session);
  }
  const { accessToken, refreshToken, expiresAt } = session;
  return {
    ...(keeping === 'cookie' ? {} : { accessToken, refreshToken }),
    expiresAt,
    user: user ? { ...toUserSource(user), session: session.user } : null,
  };
}
