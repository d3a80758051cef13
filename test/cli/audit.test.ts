import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { Installation } from './installation.js';

let installation: Installation;

async function sql<Row>(text: string): Promise<Row[]> {
  const client = new Client({ connectionString: installation.databaseUrl });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** The server seals by itself, once a second. */
async function untilSealed(): Promise<void> {
  for (;;) {
    const [row] = await sql<{ open: string }>(
      `SELECT count(*) AS open FROM event e
       WHERE e.id > COALESCE((SELECT max(b.last_id) FROM audit_batch b WHERE b.tenant_id = e.tenant_id), 0)`,
    );
    if (row?.open === '0') {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

beforeAll(async () => {
  installation = await Installation.make('migrated');
  installation.env.GRANARY_AUDIT_SEAL_INTERVAL = '1';
  const s3 = await installation.start();
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  // So that there are two batches at least.
  await untilSealed();
  for (const key of ['a', 'b', 'c']) {
    await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: key, Body: key }));
  }
  await untilSealed();
}, 180_000);

afterAll(() => installation[Symbol.asyncDispose]());

test('granary audit export prints what was recorded as JSON, one event a line', async () => {
  const { code, output, errors } = await installation.granary(['audit', 'export', '--tenant', 'default']);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const events = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.filter(({ action }) => action === 's3:PutObject')).toMatchObject(
    ['a', 'b', 'c'].map((key) => ({ tenantName: 'default', bucketName: 'photos', key, actorName: 'admin' })),
  );
  const [{ at }] = events.slice(-1);
  const later = await installation.granary([
    'audit',
    'export',
    '--from',
    new Date(Date.parse(at) + 1000).toISOString(),
  ]);
  expect(later).toEqual({ code: 0, output: '', errors: '' });
  expect(await installation.granary(['audit', 'export', '--from', 'soon'])).toMatchObject({ code: 2 });
  expect(await installation.granary(['audit', 'export', '--tenant', 'none'])).toMatchObject({ code: 1 });
}, 180_000);

test('granary audit verify tells how much it verified, and ends with 1 and a name when something was changed', async () => {
  const heads = join(installation.directory, 'heads.json');
  const whole = await installation.granary(['audit', 'verify', '--heads', heads]);
  expect(whole).toMatchObject({ code: 0, errors: '' });
  expect(whole.output).toMatch(
    /^\d+ events in \d+ batches of 1 tenants verified\.\nThe chain of default ends with batch \d+, root [0-9a-f]{64}\.\nNothing was changed\.\n$/,
  );
  expect(JSON.parse(await readFile(heads, 'utf8'))).toMatchObject([{ tenant: 'default' }]);
  const [{ id }] = (await sql<{ id: string }>(`UPDATE event SET key = 'z' WHERE key = 'b' RETURNING id`)) as [
    { id: string },
  ];
  const edited = await installation.granary(['audit', 'verify']);
  expect(edited).toMatchObject({ code: 1, errors: '' });
  expect(edited.output).toMatch(
    new RegExp(`1 thing is wrong:\\n {2}default, batch \\d+, event ${id}: the event was edited\\n$`),
  );
  await sql(`UPDATE event SET key = 'b' WHERE id = ${id}`);
  expect(await installation.facts(['audit', 'verify', '--tenant', 'default'])).toMatchObject({ findings: [] });
  // The end of the chain cut off, and sealed anew by the server itself.
  await sql(`DELETE FROM event WHERE id > (SELECT last_id FROM audit_batch WHERE number = 1)`);
  await sql('DELETE FROM audit_batch WHERE number > 1');
  await sql(`DELETE FROM audit_batch`);
  const cut = await installation.facts(['audit', 'verify', '--heads', heads], { code: 1 });
  expect(cut.findings).toMatchObject([
    { tenant: 'default', problem: expect.stringMatching(/at an earlier verification/) },
  ]);
}, 180_000);
