// The built server as one process that is going to be killed. Its background work does not wait for its schedule.
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { loadSettings } from '../../dist/src/config/settings.js';
import { collectGarbage } from '../../dist/src/operations/blobs/collect-garbage.js';
import { sweep } from '../../dist/src/operations/blobs/sweep.js';
import { purgeVersions } from '../../dist/src/operations/objects/purge-versions.js';
import { expireUploads } from '../../dist/src/operations/uploads/expire-uploads.js';
import { startGranary } from '../../dist/src/start.js';

const nothing = () => undefined;
const error = (facts, message) => {
  process.stderr.write(`ERROR ${message} ${facts.error?.stack ?? JSON.stringify(facts)}\n`);
};
const log = { debug: nothing, info: nothing, warn: nothing, error };

const { granary, httpUrl, s3Url } = await startGranary(loadSettings(process.env), { log, jobs: 'none' });
process.stdout.write(`listening ${httpUrl} ${s3Url}\n`);
for (;;) {
  await purgeVersions(granary);
  await collectGarbage(granary);
  await expireUploads(granary, { olderThanSeconds: 15 });
  await sweep(granary, { staleSeconds: 5, stagingIdleSeconds: 5 });
  await delay(20);
}
