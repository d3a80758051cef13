import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { eventHash, eventTextColumns, eventTexts, hashEvent } from '../../../src/operations/audit/audit-encoding.js';
import { removeOldEvents } from '../../../src/operations/audit/remove-old-events.js';
import { EventSealer } from '../../../src/operations/audit/seal-events.js';
import { type AuditHead, verifyAudit } from '../../../src/operations/audit/verify-audit.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let tenantId: number;

const sql = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await server.granary.database.pool.query(text, values)).rows;

const record = (count: number, tenant = tenantId) =>
  sql(
    `INSERT INTO event (tenant_id, action, request_id, key, details)
     SELECT $1, 'test:Act', 'r' || n, 'schlüssel ' || n, jsonb_build_object('n', n) FROM generate_series(1, $2) n`,
    [tenant, count],
  );

const seal = () => new EventSealer(server.granary).run();

const problems = async () =>
  (await verifyAudit(server.granary)).findings.map(({ batch, event, problem }) => [batch, event, problem]);

/** Undoes what was done to the tables when it ends. */
async function tampering<T>(statements: string[], look: () => Promise<T>): Promise<T> {
  await sql('CREATE TABLE kept_event AS TABLE event');
  await sql('CREATE TABLE kept_batch AS TABLE audit_batch');
  try {
    for (const statement of statements) {
      await sql(statement);
    }
    return await look();
  } finally {
    await sql('DELETE FROM event');
    await sql('INSERT INTO event SELECT * FROM kept_event');
    await sql('DELETE FROM audit_batch');
    await sql('INSERT INTO audit_batch SELECT * FROM kept_batch');
    await sql('DROP TABLE kept_event, kept_batch');
  }
}

beforeAll(async () => {
  server = await startTestServer();
  [{ id: tenantId }] = (await sql<{ id: number }>(`SELECT id::int FROM tenant WHERE name = 'default'`)) as [
    { id: number },
  ];
  await record(10);
  await seal();
  await record(10);
  await seal();
  await record(10);
  await seal();
}, 60_000);

afterAll(() => server?.stop());

/** What totals of folders are added up from, and no part of what is told of an event. */
const sums = ['object_change', 'byte_change'];

test('the hash of an event covers every column that tells of it, and is the same in the database and outside', async () => {
  const columns = await sql<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'event'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  const covered = Object.values(eventTexts).map((text) => /e\.(\w+)/.exec(text)?.[1]);
  expect([...covered, ...sums].toSorted()).toEqual(columns.map(({ name }) => name).toSorted());
  const rows = await sql<Record<keyof typeof eventTexts, string | null> & { hash: Buffer }>(
    `SELECT ${eventTextColumns}, ${eventHash} AS hash FROM event e`,
  );
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) {
    expect(hashEvent(row)).toEqual(row.hash);
  }
});

test('a chain that nobody touched is found to be whole, and what it covers is counted', async () => {
  await record(2);
  const verified = await verifyAudit(server.granary);
  const [{ count }] = (await sql<{ count: string }>('SELECT count(*) FROM event')) as [{ count: string }];
  expect(verified).toMatchObject({ tenants: 1, batches: 3, unsealedEvents: 2, removedEvents: 0, findings: [] });
  expect(verified.events).toBe(Number(count) - 2);
  expect(verified.heads).toEqual([
    { tenant: 'default', tenantId, batch: 3, root: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
});

describe('what somebody does to the tables who is not the server', () => {
  const idIn = async (batch: number) => {
    const [row] = await sql<{ id: string }>(
      `SELECT e.id FROM event e JOIN audit_batch b ON b.tenant_id = e.tenant_id AND e.id > b.after_id
         AND e.id <= b.last_id WHERE b.number = $1 ORDER BY e.id OFFSET 3 LIMIT 1`,
      [batch],
    );
    return row?.id as string;
  };

  test.each([
    `action = 'test:Other'`,
    `at = at + interval '1 microsecond'`,
    `actor_id = 1`,
    `actor_name = 'somebody'`,
    `outcome = 'DENIED'`,
    `source_ip = ''`,
    `key = NULL`,
    `details = '{"n": 0}'`,
  ])('an event that was edited is named: %s', async (change) => {
    const id = await idIn(2);
    expect(await tampering([`UPDATE event SET ${change} WHERE id = ${id}`], problems)).toEqual([
      [2, id, 'the event was edited'],
    ]);
  });

  test('events that were removed are named', async () => {
    const [first, second] = [await idIn(1), await idIn(3)];
    const found = await tampering([`DELETE FROM event WHERE id IN (${first}, ${second})`], problems);
    expect(found).toEqual([
      [1, first, 'the event was removed'],
      [3, second, 'the event was removed'],
    ]);
  });

  test('events that were inserted are named, among others, before all others, and with an id from nowhere', async () => {
    const id = await idIn(2);
    const insert = (fresh: string) =>
      `INSERT INTO event (tenant_id, id, action, request_id) VALUES (${tenantId}, ${fresh}, 'test:Forged', 'forged')`;
    const moved = `UPDATE event SET id = -5 WHERE id = ${id}`;
    expect(await tampering([insert('-1')], problems)).toEqual([[1, '-1', 'the event was inserted']]);
    expect(await tampering([moved], problems)).toEqual([
      [1, '-5', 'the event was inserted'],
      [2, id, 'the event was removed'],
    ]);
    expect(await tampering([insert('999999999')], problems)).toEqual([
      [null, '999999999', 'event 999999999 was inserted: its id was never given out'],
    ]);
  });

  test('an event that went to another tenant is missed in the one and found in the other', async () => {
    const id = await idIn(2);
    const found = await tampering([`UPDATE event SET tenant_id = 4711 WHERE id = ${id}`], () =>
      verifyAudit(server.granary),
    );
    expect(found.findings).toMatchObject([
      { tenant: 'default', batch: 2, event: id, problem: 'the event was removed' },
    ]);
    expect(found.unsealedEvents).toBeGreaterThan(0);
  });

  test.each([
    ['row_count = row_count + 1', /root does not fit/],
    [`sealed_at = sealed_at + interval '1 s'`, /root does not fit/],
    [`rows_digest = sha256('')`, /root does not fit/],
    [`root = sha256('')`, /root does not fit/],
    [`signature = sha256('')`, /signature does not fit/],
    [`leaves = substring(leaves FROM 17)`, /list of events/],
    [`leaves = NULL`, /list of events/],
    [`removed_at = now()`, /removed, and not by retention/],
  ])('a batch that was edited is named: %s', async (change, problem) => {
    const found = await tampering([`UPDATE audit_batch SET ${change} WHERE number = 2`], problems);
    expect(found).toContainEqual([2, null, expect.stringMatching(problem)]);
  });

  test('a batch that was removed is missed', async () => {
    const found = await tampering(['DELETE FROM audit_batch WHERE number = 2'], problems);
    expect(found).toContainEqual([3, null, 'batch 2 is missing before it']);
  });

  test('a chain that was made anew by who has no key is told by its signatures', async () => {
    const id = await idIn(2);
    const other = randomUUID();
    const found = await tampering(
      [`UPDATE event SET action = 'test:Other' WHERE id = ${id}`, `DELETE FROM audit_batch`],
      async () => {
        const granary = { ...server.granary, secretBox: { seal: () => Buffer.from(other) } };
        await sql('CREATE TABLE kept_key AS TABLE audit_key');
        await sql('DELETE FROM audit_key');
        await new EventSealer(granary as never).run();
        await sql('UPDATE audit_key SET secret_sealed = (SELECT secret_sealed FROM kept_key)');
        const answer = await problems();
        await sql('DELETE FROM audit_batch');
        await sql('DELETE FROM audit_key');
        await sql('INSERT INTO audit_key SELECT * FROM kept_key');
        await sql('DROP TABLE kept_key');
        return answer;
      },
    );
    expect(found).toContainEqual([1, null, expect.stringMatching(/key that signed the batch was changed/)]);
  });

  test('an end that was cut off is missed by who kept where the chain ended', async () => {
    const { heads } = await verifyAudit(server.granary);
    const cut = [
      'DELETE FROM event e USING audit_batch b WHERE b.number = 3 AND e.tenant_id = b.tenant_id AND e.id > b.after_id',
      'DELETE FROM audit_batch WHERE number = 3',
    ];
    const verify = (knownHeads: AuditHead[]) => tampering(cut, () => verifyAudit(server.granary, { knownHeads }));
    expect((await verify([])).findings).toEqual([]);
    expect((await verify(heads)).findings).toMatchObject([{ tenant: 'default', batch: 3 }]);
  });
});

describe('events that are committed late', () => {
  test('are in the batch of their ids, however long their transactions take, and nobody waits for them', async () => {
    await seal();
    const slow = new Client({ connectionString: server.granary.database.url });
    await slow.connect();
    await slow.query('BEGIN');
    const { rows } = await slow.query(
      `INSERT INTO event (tenant_id, action, request_id) VALUES ($1, 'test:Slow', 'slow') RETURNING id::text`,
      [tenantId],
    );
    await record(5);
    const sealer = new EventSealer(server.granary);
    expect(await sealer.run()).toBe(0);
    // A write goes on meanwhile, and what began after the look does not put the seal off.
    await record(5);
    await slow.query('COMMIT');
    const later = new Client({ connectionString: server.granary.database.url });
    await later.connect();
    await later.query('BEGIN');
    await later.query(`INSERT INTO event (tenant_id, action, request_id) VALUES ($1, 'test:Slow', 'later')`, [
      tenantId,
    ]);
    expect(await sealer.run()).toBe(6);
    await later.query('ROLLBACK');
    expect(await sealer.run()).toBe(5);
    await Promise.all([slow.end(), later.end()]);
    const { findings, unsealedEvents } = await verifyAudit(server.granary);
    expect({ findings, unsealedEvents }).toEqual({ findings: [], unsealedEvents: 0 });
    const [batch] = await sql<{ count: string }>(
      'SELECT count(*) FROM audit_batch WHERE $1::bigint > after_id AND $1::bigint <= last_id',
      [rows[0].id],
    );
    expect(batch?.count).toBe('1');
  });

  test('are never missed while many write, some roll back, and several processes seal', async () => {
    const sealers = Array.from({ length: 3 }, () => new EventSealer(server.granary));
    let writing = true;
    const write = async (writer: number) => {
      const client = new Client({ connectionString: server.granary.database.url });
      await client.connect();
      for (let round = 0; round < 30; round++) {
        await client.query('BEGIN');
        await client.query(
          `INSERT INTO event (tenant_id, action, request_id) SELECT $1, 'test:Race', $2 FROM generate_series(1, 3)`,
          [writer % 2 === 0 ? tenantId : 4242, `${writer}/${round}`],
        );
        await client.query('SELECT pg_sleep($1)', [((writer * 7 + round * 3) % 10) / 400]);
        await client.query(round % 5 === 0 ? 'ROLLBACK' : 'COMMIT');
      }
      await client.end();
    };
    const sealing = sealers.map(async (sealer) => {
      while (writing) {
        await sealer.run();
      }
    });
    await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)));
    writing = false;
    await Promise.all(sealing);
    await seal();
    const verified = await verifyAudit(server.granary);
    expect(verified).toMatchObject({ findings: [], unsealedEvents: 0, tenants: 2 });
    const [{ count }] = (await sql<{ count: string }>('SELECT count(*) FROM event')) as [{ count: string }];
    expect(verified.events).toBe(Number(count));
  }, 60_000);

  test('fill several batches when there are many', async () => {
    await record(9_000);
    expect(await seal()).toBe(9_000);
    expect((await verifyAudit(server.granary)).findings).toEqual([]);
  });
});

test('a PUT is one event, with who wrote, by which key and from where', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'audited' }));
  await server.s3.send(new PutObjectCommand({ Bucket: 'audited', Key: 'a', Body: 'x' }));
  const events = await sql(
    `SELECT action, outcome, actor_name, access_key_id, source_ip, details FROM event WHERE key = 'a'`,
  );
  expect(events).toEqual([
    {
      action: 's3:PutObject',
      outcome: 'SUCCESS',
      actor_name: 'admin',
      access_key_id: server.accessKeyId,
      source_ip: expect.stringMatching(/127\.0\.0\.1$/),
      details: null,
    },
  ]);
});

test('retention removes whole batches from the oldest on, says so, and the chain can still be verified', async () => {
  await seal();
  const before = await verifyAudit(server.granary);
  expect(await removeOldEvents(server.granary)).toBe(0);
  await sql(`UPDATE event SET at = at`);
  expect(await removeOldEvents(server.granary, { olderThanSeconds: 3600 })).toBe(0);
  const removed = await removeOldEvents(server.granary, { olderThanSeconds: 0 });
  expect(removed).toBe(before.events);
  const notes = await sql<{ details: object }>(`SELECT details FROM event WHERE action = 'granary:RemoveEvents'`);
  expect(notes.length).toBeGreaterThan(0);
  await seal();
  const after = await verifyAudit(server.granary, { knownHeads: before.heads });
  expect(after).toMatchObject({ findings: [], removedEvents: removed });
  // Whoever empties a batch by hand cannot say that it was retention.
  const forged = await tampering(
    [
      `DELETE FROM event`,
      `UPDATE audit_batch SET leaves = NULL, removed_at = now(),
         removal = (SELECT removal FROM audit_batch WHERE removal IS NOT NULL LIMIT 1) WHERE removed_at IS NULL`,
    ],
    problems,
  );
  expect(forged).toContainEqual([expect.any(Number), null, 'its events were removed, and not by retention']);
}, 60_000);
