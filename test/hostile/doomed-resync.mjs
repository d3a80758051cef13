// Queues what resyncs want, as one process that is going to be killed.
import 'reflect-metadata';
import { loadSettings } from '../../dist/src/config/settings.js';
import { openGranary } from '../../dist/src/open-granary.js';
import { continueResyncs } from '../../dist/src/operations/resync-replication.js';

const nothing = () => undefined;
const granary = await openGranary(loadSettings(process.env), {
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
});
await continueResyncs(granary);
