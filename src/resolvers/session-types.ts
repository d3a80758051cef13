import { GraphQLDateTime } from 'graphql-scalars';
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { User } from '../entities/user.js';
import { UserSession } from '../entities/user-session.js';
import { countedConnectionTypes } from './connection.js';
import type { SessionSource, UserSource } from './sources.js';
import { Payload } from './user-error.js';

export const UserSessionConnection = countedConnectionTypes<SessionSource>('UserSession', {
  type: () => UserSession,
  noun: 'sessions',
});

const cookieDescription =
  'True for browsers: the tokens come as cookies that scripts cannot read, and are null in the payload.';

@InputType('LoginInput', { description: 'Who signs in.' })
export class LoginInput {
  @Field(() => String, { description: 'The name of the user.' })
  username!: string;

  @Field(() => String, { description: "The user's password." })
  password!: string;

  @Field(() => String, { nullable: true, description: "The name of the user's tenant; `default` by default." })
  tenant?: string | null;

  @Field(() => Boolean, { nullable: true, description: cookieDescription })
  cookie?: boolean | null;
}

@InputType('CompleteLoginInput', { description: 'What a sign-in still wanted.' })
export class CompleteLoginInput {
  @Field(() => String, { description: 'The challenge that `login` has given.' })
  challenge!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The code of the authenticator, or a recovery code, when `secondFactorRequired`.',
  })
  code?: string | null;

  @Field(() => String, { nullable: true, description: 'A new password, when `passwordChangeRequired`.' })
  newPassword?: string | null;

  @Field(() => Boolean, { nullable: true, description: cookieDescription })
  cookie?: boolean | null;
}

@InputType('RefreshSessionInput', { description: 'The session to go on with.' })
export class RefreshSessionInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The refresh token of the session. It works once: the payload has the next one. Without it the one of the cookie is taken, and the next one comes as a cookie.',
  })
  refreshToken?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True for clients that may send a refresh token twice, because of several tabs or a lost answer: each time, for 30 seconds after the first, they get the same next one instead of ending the session.',
  })
  repeatable?: boolean | null;
}

@InputType('LogoutInput', { description: 'The session to end.' })
export class LogoutInput {
  @Field(() => String, {
    nullable: true,
    description: "The session's refresh token, when the request came without an access token and without cookies.",
  })
  refreshToken?: string | null;
}

@InputType('SignOutEverywhereInput', { description: 'Whose sessions to end.' })
export class SignOutEverywhereInput {
  @Field(() => String, { nullable: true, description: 'The user; the caller by default.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: "The name of the user's tenant; the caller's own by default." })
  tenant?: string | null;
}

@InputType('RevokeSessionInput', { description: 'The session to end.' })
export class RevokeSessionInput {
  @Field(() => String, { description: 'The id of the session.' })
  sessionId!: string;
}

/** A payload with a session's tokens. */
@ObjectType()
abstract class SessionPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description: 'Send it as `Authorization: Bearer ...`. Null when `userErrors` says why, or when it is a cookie.',
  })
  accessToken?: string | null;

  @Field(() => String, { nullable: true, description: 'Good for one `refreshSession`. Null when it is a cookie.' })
  refreshToken?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the access token, or else the challenge, ends.' })
  expiresAt?: Date | null;

  @Field(() => User, { nullable: true, description: 'The user who is signed in.' })
  user?: UserSource | null;
}

/** A sign-in, which may want more than a password. */
@ObjectType()
abstract class SignInPayload extends SessionPayload {
  @Field(() => String, {
    nullable: true,
    description: 'Set when the password was right and something else is wanted: give it to `completeLogin`.',
  })
  challenge?: string | null;

  @Field(() => Boolean, { description: 'True when `completeLogin` wants a code of the authenticator.' })
  secondFactorRequired!: boolean;

  @Field(() => Boolean, { description: 'True when `completeLogin` wants a new password.' })
  passwordChangeRequired!: boolean;
}

@ObjectType('LoginPayload', { description: 'What came of signing in.' })
export class LoginPayload extends SignInPayload {}

@ObjectType('CompleteLoginPayload', { description: 'What came of going on with a sign-in.' })
export class CompleteLoginPayload extends SignInPayload {}

@ObjectType('RefreshSessionPayload', { description: 'What came of renewing a session.' })
export class RefreshSessionPayload extends SessionPayload {}

@ObjectType('LogoutPayload', { description: 'What came of signing out.' })
export class LogoutPayload extends Payload {}

@ObjectType('SignOutEverywherePayload', { description: 'What came of ending sessions.' })
export class SignOutEverywherePayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'How many sessions have ended.' })
  sessions?: number | null;
}

@ObjectType('RevokeSessionPayload', { description: 'What came of ending a session.' })
export class RevokeSessionPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The id of the session that has ended.' })
  sessionId?: string | null;
}
