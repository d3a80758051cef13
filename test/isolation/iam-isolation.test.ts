import { iamOperations } from '../../src/s3/iam/iam-operations.js';
import { stsOperations } from '../../src/s3/sts/sts-operations.js';
import { type Endpoint, type RawAnswer, sendSigned } from '../s3/raw-request.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { iamCalls, stsCalls } from './iam-calls.js';
import { TenantWorld } from './tenant-world.js';
import { VictimRows } from './victim-rows.js';

let server: TestServer;
let victim: TenantWorld;
let attacker: TenantWorld;
let rows: VictimRows;

beforeAll(async () => {
  server = await startTestServer();
  victim = await TenantWorld.open(server, 'zeta');
  attacker = await TenantWorld.open(server, 'alpha');
  rows = await VictimRows.of(server, 'zeta');
}, 60_000);

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

const services = [
  { service: 'iam', version: '2010-05-08', operations: iamOperations, calls: iamCalls },
  { service: 'sts', version: '2011-06-15', operations: stsOperations, calls: stsCalls },
] as const;

function ask(
  by: Endpoint,
  { service, version, action, input }: { service: string; version: string; action: string; input: object },
): Promise<RawAnswer> {
  const body = new URLSearchParams({ Action: action, Version: version, ...input }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return sendSigned(by, { method: 'POST', path: '/', service, headers, body });
}

describe.each(services)('$service', ({ service, version, operations, calls }) => {
  test('every operation has a call in the table, and no other has one', () => {
    expect(Object.keys(calls).toSorted()).toEqual(Object.keys(operations).toSorted());
  });

  const asked = Object.entries(calls).filter(([, call]) => call.unsigned === undefined);

  test.each(asked)('%s does nothing to another tenant, and shows nothing of it', async (action, call) => {
    const input = await call.input(victim);
    const before = await rows.read();
    const answer = await ask(attacker.member, { service, version, action, input });
    expect(await rows.read()).toEqual(before);
    // What is made with a name of the victim's is one's own: the account in its ARN says so.
    expect(answer.status >= 400 || !answer.body.includes(':zeta:')).toBe(true);
    const forged = { ...attacker.member, accessKeyId: victim.member.accessKeyId };
    expect((await ask(forged, { service, version, action, input })).status).toBe(403);
    expect(await rows.read()).toEqual(before);
  });

  test.each(asked)('%s is done for who may, and what it changes is in the audit log', async (action, call) => {
    const input = await call.input(victim);
    const { status, body, headers } = await ask(victim.member, { service, version, action, input });
    expect({ status, body: status === 200 ? '' : body }).toEqual({ status: 200, body: '' });
    const events = await victim.sql('SELECT outcome, actor_name FROM event WHERE request_id = $1', [
      headers['x-amzn-requestid'],
    ]);
    const event = { outcome: 'SUCCESS', actor_name: 'boss' };
    expect(events).toEqual(Array.from({ length: call.events ?? 0 }, () => event));
  });
});
