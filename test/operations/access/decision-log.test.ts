import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import type { DeniedRequest } from '../../../src/operations/access/denied.js';
import { getDecision } from '../../../src/operations/access/get-decision.js';
import { policyContext } from '../../../src/operations/access/policy-context.js';
import { layersOf } from '../../../src/operations/access/policy-layers.js';
import type { RequestContext } from '../../../src/operations/context.js';
import { forgetEnded } from '../../../src/operations/uploads/forget-ended.js';
import { requestOfAdministrator } from '../../hostile/administrator.js';
import { eventually } from '../../support/process.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let context: RequestContext;

beforeAll(async () => {
  server = await startTestServer();
  context = await requestOfAdministrator(server);
  await server.graphql('mutation { createBucket(input: { name: "photos" }) { userErrors { message } } }');
});

afterAll(async () => {
  await server?.stop();
});

function refused(resource = 'arn:aws:s3:::photos/a'): DeniedRequest {
  const { caller } = context;
  return {
    layers: layersOf(caller, null),
    request: {
      ...{ principal: caller, action: 's3:GetObject', resource, tenantId: caller.tenantId },
      context: policyContext(context, { bucket: null }),
    },
  };
}

async function count(): Promise<number> {
  const { rows } = await server.granary.database.pool.query(
    `SELECT count(*)::int AS count FROM event WHERE outcome = 'DENIED'`,
  );
  return rows[0].count;
}

/** How often the database is asked meanwhile. */
async function queriesOf(work: () => Promise<unknown>): Promise<number> {
  const { pool } = server.granary.database;
  let queries = 0;
  const onAcquire = (): void => {
    queries += 1;
  };
  pool.on('acquire', onAcquire);
  await work();
  pool.off('acquire', onAcquire);
  return queries;
}

test('denials are written by themselves, a moment after they happen', async () => {
  const before = await count();
  let id = '';
  const queries = await queriesOf(async () => {
    id = server.granary.decisions.note(context, refused()) ?? '';
    await nextTurn();
  });
  expect(queries).toBe(0);
  await eventually(async () => (await count()) === before + 1);
  expect(await getDecision(context, id)).toMatchObject({ id, action: 's3:GetObject', explanation: { allowed: false } });
});

test('what PostgreSQL cannot keep of a request does not keep its denial from being written', async () => {
  const id = server.granary.decisions.note(context, refused('arn:aws:s3:::photos/\0\ud800')) ?? '';
  expect(await getDecision(context, id)).toMatchObject({ resource: 'arn:aws:s3:::photos/\ufffd\ufffd' });
});

test('under a flood the queue has an end, and what is dropped is counted', async () => {
  await server.granary.decisions.flush();
  const before = await count();
  const denial = refused();
  const ids = Array.from({ length: 5_010 }, () => server.granary.decisions.note(context, denial));
  expect(ids.filter((id) => id === undefined)).toHaveLength(10);
  await server.granary.decisions.flush();
  expect(await count()).toBe(before + 5_000);
  expect(await server.granary.metrics.collect()).toMatch(/granary_dropped_denials_total 10/);
});

test('explanations are forgotten after their time', async () => {
  const id = server.granary.decisions.note(context, refused()) ?? '';
  await server.granary.decisions.flush();
  await server.granary.database.pool.query('UPDATE decision SET expires_at = now() WHERE id = $1', [id]);
  expect(await getDecision(context, id)).toBeNull();
  expect((await forgetEnded(server.granary)).decisions).toBe(1);
  expect(await getDecision(context, randomUUID())).toBeNull();
  expect(await getDecision(context, 'no id')).toBeNull();
});

test('a cached key and a cached bucket cost no query', async () => {
  const ask = () => server.s3.send(new HeadBucketCommand({ Bucket: 'photos' }));
  await ask();
  await server.granary.decisions.flush();
  // What the server does besides only adds.
  expect(Math.min(await queriesOf(ask), await queriesOf(ask), await queriesOf(ask))).toBe(0);
});
