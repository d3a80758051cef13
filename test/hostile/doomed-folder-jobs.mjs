// Works on the jobs of folders, as one process that is going to be killed.
import 'reflect-metadata';
import { loadSettings } from '../../dist/src/config/settings.js';
import { FolderJobRunner } from '../../dist/src/operations/folders/run-folder-jobs.js';
import { startGranary } from '../../dist/src/start.js';

const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

const { granary } = await startGranary(loadSettings(process.env), { log, jobs: 'none' });
const runner = new FolderJobRunner(granary, { leaseSeconds: 2 });
process.stdout.write('working\n');
for (;;) {
  if (!(await runner.runNext())) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
