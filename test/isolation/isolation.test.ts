import { buildGranarySchema } from '../../src/resolvers/schema.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { callMutation, mutationCalls } from './mutation-calls.js';
import { TenantWorld } from './tenant-world.js';
import { VictimRows } from './victim-rows.js';

let server: TestServer;
let victim: TenantWorld;
let attacker: TenantWorld;
let rows: VictimRows;

beforeAll(async () => {
  server = await startTestServer({ replicationAllowPrivate: 'on' });
  victim = await TenantWorld.open(server, 'zeta');
  attacker = await TenantWorld.open(server, 'alpha');
  rows = await VictimRows.of(server, 'zeta');
}, 60_000);

afterAll(async () => {
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
    const { data, errors } = await callMutation(attacker, { mutation: name, input, token: attacker.member.token });
    expect(await rows.read()).toEqual(before);
    const codes: (string | undefined)[] = [
      ...(errors ?? []).map(({ extensions }) => extensions?.code),
      ...(data?.answer?.userErrors ?? []).map(({ code }: { code: string }) => code),
    ];
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
    expect(errors?.length ?? data?.answer.userErrors.length).toBeGreaterThan(0);
  });
});

function withoutTenant(input: object): object {
  return JSON.parse(JSON.stringify(input, (key, value) => (key === 'tenant' ? undefined : value)));
}
