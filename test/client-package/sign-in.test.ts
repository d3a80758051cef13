import { URI } from 'otpauth';
import {
  ConfirmSecondFactor,
  CreateApiKey,
  CreateUser,
  createClient,
  EnrollSecondFactor,
  ListSessions,
  memoryStore,
  type SessionEndedError,
  type SessionStore,
  SignOutEverywhere,
  signIn,
  signOut,
  Viewer,
  webStorage,
} from '../../packages/client/src/index.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server?.stop());

/** A client, what it has asked the server for, and how often its session has ended. */
function observed(store: SessionStore = memoryStore()) {
  const asked: string[] = [];
  const ended: SessionEndedError[] = [];
  const client = createClient({
    url: server.httpUrl,
    auth: { store },
    onSessionEnded: (error) => ended.push(error),
    fetch: async (url, init) => {
      asked.push(/(?:query|mutation) (\w+)/.exec(String(init?.body))?.[1] ?? '');
      return fetch(url, init);
    },
  });
  const renewals = () => asked.filter((name) => name === 'RefreshSession').length;
  return { client, store, asked, ended, renewals };
}

const admin = () => ({ username: 'admin', password: server.adminPassword });

/** Makes the server refuse the access token that is kept, as when it has expired. */
async function expire(store: SessionStore): Promise<void> {
  const tokens = JSON.parse((await store.load()) ?? '{}');
  await store.save(JSON.stringify({ ...tokens, accessToken: `${tokens.accessToken}x` }));
}

test('a wrong password is told, and the right one signs in', async () => {
  const { client } = observed();
  await expect(signIn(client, { username: 'admin', password: 'wrong' })).rejects.toMatchObject({
    name: 'MutationError',
    code: 'UNAUTHENTICATED',
  });
  expect(await signIn(client, admin())).toMatchObject({ state: 'signed-in', user: { username: 'admin' } });
  expect((await client.query(Viewer)).viewer.roles).toEqual(['ADMINISTRATOR']);
});

test('a second factor and a new password are asked for, and a wrong code may be followed by a right one', async () => {
  const { client } = observed();
  await signIn(client, admin());
  const password = 'a long enough password 1';
  await client.mutate(CreateUser, { input: { username: 'ann', password } });
  const ann = observed().client;
  await signIn(ann, { username: 'ann', password });
  const { enrollSecondFactor } = await ann.mutate(EnrollSecondFactor);
  const authenticator = URI.parse(String(enrollSecondFactor.uri));
  const { confirmSecondFactor } = await ann.mutate(ConfirmSecondFactor, { input: { code: authenticator.generate() } });
  const challenged = await signIn(ann, { username: 'ann', password });
  if (challenged.state !== 'challenged') throw new Error('No code was asked for.');
  expect(challenged).toMatchObject({ wantsCode: true, wantsNewPassword: false });
  await expect(challenged.complete({ code: '000000' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  const [code] = confirmSecondFactor.recoveryCodes ?? [];
  expect(await challenged.complete({ code: String(code) })).toMatchObject({ state: 'signed-in' });
  await client.mutate(CreateUser, { input: { username: 'bob', password, mustChangePassword: true } });
  const bob = await signIn(observed().client, { username: 'bob', password });
  if (bob.state !== 'challenged') throw new Error('No new password was asked for.');
  expect(bob.wantsNewPassword).toBe(true);
  expect(await bob.complete({ newPassword: 'another long password 2' })).toMatchObject({ state: 'signed-in' });
});

test('however many requests are refused at once, the session is renewed once', async () => {
  const { client, store, renewals, ended } = observed();
  await signIn(client, admin());
  await expire(store);
  const other = observed(store);
  const answers = await Promise.all(Array.from({ length: 8 }, () => other.client.query(Viewer)));
  expect(answers.every(({ viewer }) => viewer.user.username === 'admin')).toBe(true);
  expect(other.renewals()).toBe(1);
  expect(renewals()).toBe(0);
  expect([...ended, ...other.ended]).toEqual([]);
});

test('several tabs that share a store keep the session, whichever of them renews it, and however late they notice', async () => {
  const first = observed();
  await signIn(first.client, admin());
  await expire(first.store);
  const tabs = [0, 1, 2].map(() => observed(first.store));
  await Promise.all(tabs.map(({ client }) => client.query(Viewer)));
  // The one that did not know of it tries with what it had.
  await first.client.query(Viewer);
  await Promise.all(tabs.map(({ client }) => client.query(Viewer)));
  expect(tabs.flatMap(({ ended }) => ended)).toEqual([]);
  expect(first.ended).toEqual([]);
});

test('two tabs without a common lock renew with the same token, and both go on', async () => {
  const first = observed();
  await signIn(first.client, admin());
  await expire(first.store);
  const text = await first.store.load();
  const apart = [0, 1].map(() => {
    const store = memoryStore();
    void store.save(text);
    return observed(store);
  });
  await Promise.all(apart.map(({ client }) => client.query(Viewer)));
  expect(apart.map(({ renewals }) => renewals())).toEqual([1, 1]);
  for (const { client, ended } of apart) {
    await client.query(Viewer);
    expect(ended).toEqual([]);
  }
  expect(JSON.parse(String(await apart[0]?.store.load())).refreshToken).toBe(
    JSON.parse(String(await apart[1]?.store.load())).refreshToken,
  );
});

test('a renewal whose answer was lost is asked for again, and the session goes on', async () => {
  const { client, store } = observed();
  await signIn(client, admin());
  await expire(store);
  let lost = 0;
  const unlucky = createClient({
    url: server.httpUrl,
    auth: { store },
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (String(init?.body).includes('mutation RefreshSession') && lost === 0) {
        lost += 1;
        throw new TypeError('The connection broke.');
      }
      return response;
    },
  });
  expect((await unlucky.query(Viewer)).viewer.user.username).toBe('admin');
  expect(lost).toBe(1);
});

test('a session that is over is told once, and after signing in anew all is well', async () => {
  const { client, store, ended } = observed();
  await signIn(client, admin());
  const elsewhere = observed();
  await signIn(elsewhere.client, admin());
  await elsewhere.client.mutate(SignOutEverywhere);
  const failures = await Promise.allSettled([1, 2, 3].map(() => client.query(Viewer)));
  for (const failure of failures) {
    expect(failure).toMatchObject({ status: 'rejected', reason: { code: 'UNAUTHENTICATED' } });
  }
  expect(ended).toHaveLength(1);
  expect(await store.load()).toBeNull();
  await expect(client.query(Viewer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(ended).toHaveLength(1);
  await signIn(client, admin());
  expect((await client.query(Viewer)).viewer.user.username).toBe('admin');
});

test('a server that is away does not end the session', async () => {
  const { client, store } = observed();
  await signIn(client, admin());
  const ended: unknown[] = [];
  let isAway = true;
  const away = createClient({
    url: server.httpUrl,
    auth: { store },
    retries: 0,
    onSessionEnded: (error) => ended.push(error),
    fetch: async (url, init) => {
      if (isAway && String(init?.body).includes('mutation RefreshSession')) throw new TypeError('fetch failed');
      return fetch(url, init);
    },
  });
  await expire(store);
  await expect(away.query(Viewer)).rejects.toMatchObject({ code: 'NETWORK' });
  expect(ended).toEqual([]);
  isAway = false;
  expect((await away.query(Viewer)).viewer.user.username).toBe('admin');
});

test('signing out ends the session at the server and in the store', async () => {
  const { client, store, ended } = observed();
  await signIn(client, admin());
  const { accessToken } = JSON.parse((await store.load()) ?? '{}');
  await signOut(client);
  expect(await store.load()).toBeNull();
  const { errors } = await server.graphql('{ viewer { roles } }', {}, accessToken);
  expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  await expect(client.query(Viewer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(ended).toEqual([]);
});

test('an API key is shown with every request', async () => {
  const { client } = observed();
  await signIn(client, admin());
  const { createApiKey } = await client.mutate(CreateApiKey, { input: { name: 'script', scopes: ['FULL'] } });
  const script = createClient({ url: `${server.httpUrl}/`, auth: { apiKey: String(createApiKey.secret) } });
  expect((await script.query(Viewer)).viewer.user.username).toBe('admin');
  await expect(signIn(script, admin())).rejects.toThrow('API key');
});

test('tokens in something like localStorage survive a reload, and nonsense there is as good as nothing', async () => {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  await signIn(observed(webStorage(storage)).client, admin());
  const { sessions } = await observed(webStorage(storage)).client.query(ListSessions);
  expect(sessions.nodes.some(({ current }) => current)).toBe(true);
  for (const nonsense of ['{', '"text"', 'null', '{"accessToken":1}']) {
    items.set('granary-session', nonsense);
    await expect(observed(webStorage(storage)).client.query(Viewer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  }
});
