import type { GraphQLInterfaceType, GraphQLOutputType } from 'graphql';
import { buildGranarySchema } from '../../src/resolvers/schema.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { callMutation, mutationCalls } from './mutation-calls.js';
import { nodeIds, openQueries, queryCalls, selectionOf, subscriptionCalls } from './query-calls.js';
import { TenantWorld } from './tenant-world.js';
import { VictimRows } from './victim-rows.js';

let server: TestServer;
let victim: TenantWorld;
let attacker: TenantWorld;
let rows: VictimRows;

beforeAll(async () => {
  server = await startTestServer({ replicationAllowPrivate: 'on', notificationAllowPrivate: 'on' });
  victim = await TenantWorld.open(server, 'zeta');
  attacker = await TenantWorld.open(server, 'alpha');
  rows = await VictimRows.of(server, 'zeta');
}, 60_000);

afterAll(async () => {
  // Who was signed out meanwhile would have been refused everything for that.
  expect((await attacker.ask('{ viewer { user { username } } }')).data).toEqual({
    viewer: { user: { username: 'boss' } },
  });
  expect(server.problems).toEqual([]);
  await server.stop();
});

const schema = buildGranarySchema();
const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});

/** Refused as what is not there or not allowed, and by nothing else that the call may have gotten wrong. */
const refusals = ['NOT_FOUND', 'DENIED', 'UNAUTHENTICATED'];

test('of every table it is known whose its rows are', () => {
  expect(rows.unknown).toEqual([]);
});

test('every mutation of the schema has a call in the table', () => {
  expect(Object.keys(mutationCalls).toSorted()).toEqual(mutations.toSorted());
});

describe.each(mutations.filter((name) => name in mutationCalls))('%s', (name) => {
  const call = mutationCalls[name] as (typeof mutationCalls)[string];
  const isSignIn = call.by === 'nobody';

  test.each([
    ['names the tenant', (input: object) => input],
    ['leaves the tenant out', withoutTenant],
  ])('of another tenant’s things is refused and changes nothing when it %s', async (_how, change) => {
    if (isSignIn) {
      return;
    }
    const input = change(await call.input(victim));
    const before = await rows.read();
    const token = call.token === undefined ? attacker.member.token : await attacker.personToken();
    const { data, errors } = await callMutation(attacker, { mutation: name, input, token });
    expect(await rows.read()).toEqual(before);
    const codes: (string | undefined)[] = [
      ...(errors ?? []).map(({ extensions }) => extensions?.code),
      ...(data?.answer?.userErrors ?? []).map(({ code }: { code: string }) => code),
    ];
    if (call.token !== undefined) {
      return; // It is about who calls: the attacker’s own things may change.
    }
    if (change === withoutTenant && call.makes !== undefined && codes.length === 0) {
      return;
    }
    expect(codes.length).toBeGreaterThan(0);
    // Where a tenant is all that a call is about, it is wrong without one.
    const allowed = change === withoutTenant ? [...refusals, 'BAD_USER_INPUT'] : refusals;
    expect(allowed).toEqual(expect.arrayContaining(codes));
  });

  test('is refused without a token', async () => {
    if (isSignIn) {
      return;
    }
    const input = await call.input(victim);
    const before = await rows.read();
    const { data, errors } = await callMutation(attacker, { mutation: name, input, token: null });
    expect(await rows.read()).toEqual(before);
    // Who calls about itself and is nobody has nothing to change.
    if (call.token === undefined) {
      expect(errors?.length ?? data?.answer.userErrors.length).toBeGreaterThan(0);
    }
  });
});

const queries = schema.getQueryType()?.getFields() ?? {};

test('every query of the schema has a call in the table, and every type with global ids an id', async () => {
  expect(Object.keys(queryCalls).toSorted()).toEqual(Object.keys(queries).toSorted());
  const types = schema.getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType).map(({ name }) => name);
  expect(Object.keys(await nodeIds(victim)).toSorted()).toEqual(types.toSorted());
});

const closed = Object.keys(queries).filter((name) => name in queryCalls && !openQueries.has(name));

describe.each(closed)('%s', (name) => {
  const selection = selectionOf(schema, queries[name]?.type as GraphQLOutputType);
  const queryOf = async () => {
    const args = await queryCalls[name]?.(victim);
    return `{ answer: ${name}${args === '' ? '' : `(${args})`} ${selection} }`;
  };

  test('shows nothing of another tenant, and all of it to its administrator', async () => {
    const query = await queryOf();
    const before = await rows.read();
    const foreign = await attacker.ask(query);
    expect(await rows.read()).toEqual(before);
    // Buckets that the attacker has made in its own tenant, under names that the other one thought of.
    const made = await attacker.sql<{ name: string }>(
      'SELECT b.name FROM bucket b JOIN tenant t ON t.id = b.tenant_id WHERE t.name = $1',
      [attacker.tenant],
    );
    const shown = made.reduce((text, own) => text.replaceAll(own.name, ''), JSON.stringify(foreign.data ?? null));
    expect(shown).not.toContain('zeta');
    for (const error of foreign.errors ?? []) {
      expect(refusals).toContain(error.extensions?.code);
    }
    const own = await victim.ask(query);
    expect(own.errors?.filter(({ extensions }) => extensions?.code !== 'DENIED') ?? []).toEqual([]);
  });

  test('shows nothing without a token', async () => {
    const { data } = await attacker.ask(await queryOf(), {}, null);
    expect(JSON.stringify(data ?? null)).not.toContain('zeta');
  });
});

const subscriptions = Object.keys(schema.getSubscriptionType()?.getFields() ?? {});

test('every subscription of the schema has a call in the table', () => {
  expect(Object.keys(subscriptionCalls).toSorted()).toEqual(subscriptions.toSorted());
});

describe.each(subscriptions.filter((name) => name in subscriptionCalls))('%s', (name) => {
  const ask = async (token: string | null) => {
    const query = `subscription { ${name}(${await subscriptionCalls[name]?.(victim)}) { __typename } }`;
    return fetch(`${server.httpUrl}/graphql/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query }),
    });
  };

  test('34: tells nothing of another tenant', async () => {
    const answer = await ask(attacker.member.token);
    // It ends by itself: an open one would be one that goes on to tell.
    const [, next = '{}'] = /event: next\r?\ndata: (.*)/.exec(await answer.text()) ?? [];
    const { data, errors } = JSON.parse(next) as { data?: unknown; errors?: { extensions: { code: string } }[] };
    expect(data ?? null).toBeNull();
    expect(refusals).toContain(errors?.[0]?.extensions.code);
  });

  test('34: tells nothing without a token', async () => {
    expect((await ask(null)).status).toBe(401);
  });
});

test('31: the ids of another tenant’s things, of every type that has them, are null', async () => {
  const ids = await nodeIds(victim);
  for (const [type, id] of Object.entries(ids)) {
    const { data, errors } = await attacker.ask('query($id: ID!) { node(id: $id) { __typename id } }', { id });
    expect({ type, data, errors }).toEqual({ type, data: { node: null }, errors: undefined });
  }
});

function withoutTenant(input: object): object {
  return JSON.parse(JSON.stringify(input, (key, value) => (key === 'tenant' ? undefined : value)));
}
