// Who is signed in: a session in cookies that scripts cannot read, as the console's is.
import { useSyncExternalStore } from 'react';
import { endpoint } from './endpoint.js';

const watchers = new Set();
let session = { status: 'asking', viewer: null, asked: false };

function change(next) {
  session = { ...session, ...next };
  for (const watcher of watchers) {
    watcher();
  }
}

function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** The session, as `{ status: 'asking' | 'out' | 'in', viewer, asked }`; `asked` when the sign-in is to be shown. */
export function useSession() {
  return useSyncExternalStore(watch, () => session);
}

/** Shows or hides the sign-in. */
export function askToSignIn(asked) {
  change({ asked });
}

/** One operation, without any look at who asks. */
export async function ask(query, variables = {}, headers = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      'apollo-require-preflight': 'true',
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Whether the answer says that nobody, or nobody any more, is signed in. */
export function isSignedOut(answer) {
  return answer?.errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED') ?? false;
}

/** Renews the session by its cookie; false when there is none. Tabs take turns, for the cookie works once. */
export function renewSession() {
  const renew = async () => {
    // Another tab may have done it meanwhile.
    if (!isSignedOut(await ask('{ viewer { roles } }'))) {
      return true;
    }
    const { data } = await ask('mutation { refreshSession(input: {}) { userErrors { code } } }');
    return data?.refreshSession?.userErrors.length === 0;
  };
  return navigator.locks === undefined ? renew() : navigator.locks.request('granary-session', renew);
}

const whoQuery = '{ viewer { roles user { username displayName } tenant { name displayName } } }';

/** Asks who is signed in, and renews the session where that helps. */
export async function lookUpSession() {
  let answer = await ask(whoQuery);
  if (isSignedOut(answer) && (await renewSession())) {
    answer = await ask(whoQuery);
  }
  const viewer = answer.data?.viewer ?? null;
  change(viewer === null ? { status: 'out', viewer } : { status: 'in', viewer, asked: false });
  return viewer;
}

/** The way in again when a request has found the session gone; true when it may be sent anew. */
export async function recoverSession() {
  if (await renewSession()) {
    return true;
  }
  change({ status: 'out', viewer: null, asked: true });
  return false;
}

const signedIn = 'challenge secondFactorRequired passwordChangeRequired userErrors { code message }';

/** The first step: name and password. Gives what the server says. */
export async function signIn(input) {
  const { data, errors } = await ask(`mutation ($input: LoginInput!) { login(input: $input) { ${signedIn} } }`, {
    input: { ...input, cookie: true },
  });
  return outcome(data?.login, errors);
}

/** The second step, where one is wanted: a code, a new password, or both. */
export async function completeSignIn(input) {
  const { data, errors } = await ask(
    `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { userErrors { code message } } }`,
    { input: { ...input, cookie: true } },
  );
  return outcome(data?.completeLogin, errors);
}

function outcome(payload, errors) {
  const problem = errors?.[0]?.message ?? payload?.userErrors[0]?.message;
  return problem === undefined ? payload : { problem };
}

export async function signOut() {
  await ask('mutation { logout { userErrors { code } } }');
  change({ status: 'out', viewer: null });
}

/** How a tenant's people may sign in. */
export async function signInMethods(tenant) {
  const { data } = await ask(
    'query ($tenant: String) { signInMethods(tenant: $tenant) { password providers { displayName loginUrl } } }',
    { tenant: tenant || null },
  );
  return data?.signInMethods ?? { password: true, providers: [] };
}
