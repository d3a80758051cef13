// The built server with its background work all the time, instead of on its schedule, and with its usual ages.
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { loadSettings } from '../../dist/src/config/settings.js';
import { createLog } from '../../dist/src/log.js';
import { collectGarbage } from '../../dist/src/operations/blobs/collect-garbage.js';
import { sweep } from '../../dist/src/operations/blobs/sweep.js';
import { forgetTombstones } from '../../dist/src/operations/objects/forget-tombstones.js';
import { purgeVersions } from '../../dist/src/operations/objects/purge-versions.js';
import { expireUploads } from '../../dist/src/operations/uploads/expire-uploads.js';
import { startGranary } from '../../dist/src/start.js';
import { welcome } from '../../dist/src/welcome.js';

const settings = loadSettings(process.env);
const running = await startGranary(settings, { log: createLog(settings.logLevel), jobs: 'none' });
process.stdout.write(welcome(running));

let stopping = false;
process.once('SIGINT', () => {
  stopping = true;
});
while (!stopping) {
  for (const work of [purgeVersions, collectGarbage, expireUploads, forgetTombstones, sweep]) {
    await work(running.granary);
  }
  await delay(100);
}
await running.stop();
process.exit(0);
