// The built server with its background work, as one process that is going to be killed.
import 'reflect-metadata';
import { loadSettings } from '../../dist/src/config/settings.js';
import { startGranary } from '../../dist/src/start.js';

const nothing = () => undefined;
const error = (facts, message) => {
  process.stderr.write(`ERROR ${message} ${facts.error?.stack ?? JSON.stringify(facts)}\n`);
};
const log = { debug: nothing, info: nothing, warn: nothing, error };

const { httpUrl, s3Url } = await startGranary(loadSettings(process.env), { log });
process.stdout.write(`listening ${httpUrl} ${s3Url}\n`);
