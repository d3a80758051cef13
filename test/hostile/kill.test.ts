import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadSettings } from '../../src/config/settings.js';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { sweep } from '../../src/operations/blobs/sweep.js';
import type { Granary } from '../../src/operations/context.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import { startGranary } from '../../src/start.js';
import { sendSigned } from '../s3/raw-request.js';
import { createTestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';
import { credentials, KillCampaign } from './kill-campaign.js';

const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
/** Longer than GRANARY_GC_GRACE, so that all that was released may go. */
const graceMs = 1200;

interface Plan {
  kills: number;
  dataDir: string;
  env: NodeJS.ProcessEnv;
}

async function runCampaign({ kills, dataDir, env }: Plan): Promise<void> {
  const seed = Number(process.env.KILL_SEED ?? Date.now() % 2 ** 32);
  const directories = { GRANARY_DATA_DIR: dataDir, ...env };
  const campaign = new KillCampaign({ env: directories, seed });
  for (let kill = 1; kill <= kills; kill++) {
    await (kill % 8 === 0 ? campaign.roundOfStarting() : campaign.round());
  }
  const leaked = await finish(campaign, { GRANARY_GC_GRACE: '1', ...credentials, ...directories });
  const { acknowledged, lost, torn } = campaign.ledger;
  const figures = { kills: campaign.kills, acknowledged, lost: lost.length, torn: torn.length, leaked: leaked.length };
  process.stdout.write(`kill -9, seed ${seed}: ${JSON.stringify(figures)}\n`);
  expect({ lost, torn, leaked, surprises: campaign.surprises }).toEqual({
    lost: [],
    torn: [],
    leaked: [],
    surprises: [],
  });
  expect(campaign.kills).toBe(kills);
  expect(acknowledged).toBeGreaterThan(kills);
}

/** The last look, in this process: what was promised is there, and nothing else once the garbage was collected. */
async function finish(campaign: KillCampaign, env: NodeJS.ProcessEnv): Promise<string[]> {
  const settings = loadSettings({ GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0', ...env });
  const running = await startGranary(settings, { log, jobs: 'none' });
  try {
    const faces = await campaign.open(running.httpUrl, running.s3Url);
    await campaign.verify(faces);
    await tidyUp(running.granary);
    const leaked = await findLeaks(running.granary);
    await campaign.verify(faces);
    for (const key of campaign.ledger.keys()) {
      await sendSigned(faces, { method: 'DELETE', path: `/bucket/${key}` });
    }
    await tidyUp(running.granary);
    const { rows } = await running.granary.database.pool.query('SELECT id, state, path FROM blob');
    return [...leaked, ...rows.map((row) => `not freed: ${JSON.stringify(row)}`)];
  } finally {
    await running.stop();
  }
}

async function tidyUp(granary: Granary): Promise<void> {
  await expireUploads(granary, { olderThanSeconds: 0 });
  await purgeVersions(granary, { graceSeconds: 0 });
  await sweep(granary, { staleSeconds: 0, stagingIdleSeconds: 0 });
  await delay(graceMs);
  await collectGarbage(granary, { graceSeconds: 0 });
}

/** Files without a row, rows without a file, and what is left of uploads that died. */
async function findLeaks({ database, settings }: Granary): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string; state: string; path: string | null; references: number }>(
    `SELECT id, state, path, (SELECT count(*) FROM object_version v WHERE v.blob_id = b.id)::int
       + (SELECT count(*) FROM version_part p WHERE p.blob_id = b.id)::int AS references FROM blob b`,
  );
  const files = new Set(await filesUnder(join(settings.dataDir, 'blobs')));
  const paths = new Set(rows.flatMap(({ path }) => path ?? []));
  const unwanted = rows.filter(({ state, references }) => state !== 'live' || references === 0);
  return [
    ...unwanted.map((row) => `a blob that nobody needs: ${JSON.stringify(row)}`),
    ...[...files].filter((file) => !paths.has(file)).map((file) => `a file without a row: ${file}`),
    ...[...paths].filter((path) => !files.has(path)).map((path) => `a row without a file: ${path}`),
    ...(await filesUnder(join(settings.dataDir, 'staging'))).map((file) => `a file in staging: ${file}`),
    ...(await filesUnder(join(settings.dataDir, 'quarantine'))).map((file) => `a file in quarantine: ${file}`),
  ];
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}

test('77: whatever was acknowledged before kill -9 reads back, over and over', async () => {
  await using directory = await temporaryDirectory();
  const database = await createTestDatabase();
  try {
    await runCampaign({ kills: 22, dataDir: directory.path, env: { DATABASE_URL: database.url } });
  } finally {
    await database.drop();
  }
}, 300_000);

test('77: so it does when the embedded PostgreSQL goes down with the server', async () => {
  await using directory = await temporaryDirectory();
  await runCampaign({ kills: 5, dataDir: join(directory.path, 'data'), env: {} });
}, 300_000);
