import { buildGranarySchema } from '../../src/resolvers/schema.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { callMutation, mutationCalls } from './mutation-calls.js';
import { TenantWorld } from './tenant-world.js';

let server: TestServer;
let world: TenantWorld;

beforeAll(async () => {
  server = await startTestServer({ replicationAllowPrivate: 'on', notificationAllowPrivate: 'on' });
  world = await TenantWorld.open(server, 'acme');
}, 60_000);

afterAll(() => server?.stop());

const mutations = Object.keys(buildGranarySchema().getMutationType()?.getFields() ?? {});

test('every mutation of the schema has a call in the table, and no other has one', () => {
  expect(Object.keys(mutationCalls).toSorted()).toEqual(mutations.toSorted());
});

test.each(mutations.filter((name) => name in mutationCalls))(
  '%s writes its events, and says who asked',
  async (name) => {
    const call = mutationCalls[name] as (typeof mutationCalls)[string];
    const variables = await call.input(world);
    const token = await tokenFor(call);
    const { events = 1 } = call;
    const { data, errors, requestId } = await callMutation(world, { mutation: name, input: variables, token });
    expect({ errors, userErrors: data?.answer.userErrors }).toEqual({ errors: undefined, userErrors: [] });
    expect(requestId).not.toBe('');
    const recorded = await world.sql(
      'SELECT outcome, actor_name IS NOT NULL AS named, source_ip, tenant_id > 0 AS placed FROM event WHERE request_id = $1',
      [requestId],
    );
    const expected = {
      outcome: 'SUCCESS',
      named: true,
      source_ip: expect.stringMatching(/127\.0\.0\.1$/),
      placed: true,
    };
    expect(recorded).toEqual(Array.from({ length: events }, () => expected));
  },
);

async function tokenFor({ by, token }: (typeof mutationCalls)[string]): Promise<string | null> {
  if (token !== undefined) {
    return token(world);
  }
  return by === 'nobody' ? null : by === 'administrator' ? server.login() : world.member.token;
}
