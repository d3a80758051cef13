import type { GranaryClient } from './client.js';
import { CompleteLogin, Login, type LoginMutation, Logout, type UserFieldsFragment } from './generated/operations.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** The name of the tenant; `default` by default. */
  readonly tenant?: string;
}

/** What a sign-in still wants. */
export interface SecondStep {
  readonly code?: string;
  readonly newPassword?: string;
}

/** Signed in, or asked for more. */
export type SignIn =
  | { readonly state: 'signed-in'; readonly user: UserFieldsFragment }
  | {
      readonly state: 'challenged';
      /** A code of the authenticator, or a recovery code. */
      readonly wantsCode: boolean;
      readonly wantsNewPassword: boolean;
      /** Goes on; after a wrong code it may be called again. */
      complete(step: SecondStep): Promise<SignIn>;
    };

/** Signs in with a password. Throws {@link MutationError} with the code `UNAUTHENTICATED` when something is wrong. */
export async function signIn(client: GranaryClient, credentials: Credentials): Promise<SignIn> {
  const input = { ...credentials, ...keeping(client) };
  return goOn(client, (await client.mutate(Login, { input })).login);
}

async function goOn(client: GranaryClient, answer: LoginMutation['login']): Promise<SignIn> {
  const { challenge, user } = answer;
  if (challenge !== null) {
    return {
      state: 'challenged',
      wantsCode: answer.secondFactorRequired,
      wantsNewPassword: answer.passwordChangeRequired,
      async complete(step) {
        const input = { ...step, challenge, ...keeping(client) };
        return goOn(client, (await client.mutate(CompleteLogin, { input })).completeLogin);
      },
    };
  }
  await client.auth.begin(answer);
  return { state: 'signed-in', user: user as UserFieldsFragment };
}

function keeping({ auth }: GranaryClient): { cookie?: true } {
  return auth.kind === 'cookie' ? { cookie: true } : {};
}

/** Ends the session here, and at the server when that can be reached. */
export async function signOut(client: GranaryClient): Promise<void> {
  if (client.auth.kind === 'cookie') {
    await client.mutate(Logout);
    await client.auth.end();
    return;
  }
  const refreshToken = await client.auth.end();
  if (refreshToken !== null) {
    await client.mutate(Logout, { input: { refreshToken } });
  }
}
