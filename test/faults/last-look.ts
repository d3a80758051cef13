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
import type { FaultLoad } from './fault-load.js';
import { credentials } from './fault-server.js';

const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const graceSeconds = 1;

/** What a fault left: prints the figures, and fails unless all that was acknowledged is there and nothing else. */
export async function lastLook(load: FaultLoad, name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const settings = loadSettings({
    GRANARY_HTTP_PORT: '0',
    GRANARY_S3_PORT: '0',
    GRANARY_GC_GRACE: String(graceSeconds),
    ...credentials,
    ...env,
  });
  const running = await startGranary(settings, { log, jobs: 'none' });
  let leaked: string[];
  try {
    await load.connect(running);
    await load.verify();
    await tidyUp(running.granary);
    leaked = await findLeaks(running.granary);
    await load.verify();
  } finally {
    load.disconnect();
    await running.stop();
  }
  tellFigures(load, name, leaked);
}

function tellFigures({ ledger, answers, seed }: FaultLoad, name: string, leaked: string[]): void {
  const { acknowledged, lost, torn } = ledger;
  const figures = `acknowledged ${acknowledged}, lost ${lost.length}, torn ${torn.length}, leaked ${leaked.length}`;
  process.stdout.write(`${name}: ${figures} (seed ${seed}; ${JSON.stringify(Object.fromEntries(answers))})\n`);
  expect({ lost, torn, leaked }).toEqual({ lost: [], torn: [], leaked: [] });
}

async function tidyUp(granary: Granary): Promise<void> {
  await expireUploads(granary, { olderThanSeconds: 0 });
  await purgeVersions(granary, { graceSeconds: 0 });
  await sweep(granary, { staleSeconds: 0, stagingIdleSeconds: 0 });
  await granary.database.pool.query(`UPDATE blob SET review_at = now() WHERE review_at IS NOT NULL`);
  await delay(graceSeconds * 1000);
  await collectGarbage(granary, { graceSeconds: 0 });
}

/** Files without a row, rows without a file, rows that nothing needs, and what is left of uploads that died. */
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
