import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { startReplication } from '../../src/jobs/replication.js';
import {
  administrator,
  createVersionedBucket,
  placeOf,
  replicate,
} from '../operations/replication/replication-fixture.js';
import { eventually, TestProcess } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let source: TestServer;
let target: TestServer;

beforeAll(async () => {
  source = await startTestServer({ replicationAllowPrivate: 'on' });
  target = await startTestServer();
}, 60_000);

afterAll(async () => {
  await source?.stop();
  await target?.stop();
});

/** Runs a command beside the server, on the same data. */
async function granary(...args: string[]): Promise<{ code: number | string; output: string }> {
  const env = { DATABASE_URL: source.settings.databaseUrl, GRANARY_DATA_DIR: source.settings.dataDir };
  const command = new TestProcess(['dist/src/command.js', 'replication', ...args], { env });
  try {
    return { code: await command.exited, output: command.output };
  } finally {
    await command.dispose();
  }
}

test('commands show how far replication is, and have a running server send what was there before', async () => {
  const nothing = await granary('status');
  expect(nothing).toEqual({ code: 0, output: 'No bucket has a replication target.\n' });
  await createVersionedBucket(source.s3, 'photos');
  await createVersionedBucket(target.s3, 'copy');
  await source.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'before', Body: 'x' }));
  expect(await granary('resync', 'photos')).toEqual({
    code: 1,
    output: expect.stringContaining('no replication rule'),
  });

  const context = await administrator(source);
  await replicate(context, 'photos', { target: placeOf(target, 'copy') });
  const replication = startReplication(source.granary, { pollMs: 20 });
  try {
    const { code, output } = await granary('resync', 'photos', '--json');
    expect([code, JSON.parse(output)]).toEqual([
      0,
      { bucket: 'photos', tenant: 'default', mode: 'missing', targets: 1 },
    ]);
    const address = { Bucket: 'photos', Key: 'before' };
    const status = async () => (await source.s3.send(new HeadObjectCommand(address))).ReplicationStatus;
    await eventually(async () => (await status()) === 'COMPLETED', 20_000);
  } finally {
    await replication.stop();
  }
  const shown = await granary('status');
  expect(shown.output).toMatch(/^default photos to \S+: 0 pending, 0 failed, 1 completed, 0 s behind$/m);
  expect((await granary('resync', 'nowhere')).code).toBe(1);
  expect((await granary('resync', 'photos', '--mode', 'some')).code).toBe(2);
}, 90_000);
