import { destination, pino, stdSerializers } from 'pino';
import type { Settings } from './config/settings.js';
import type { Log } from './operations/context.js';

/** One JSON line for each event, on standard error: standard output is for what a person starts granary to see. */
export function createLog(level: Settings['logLevel']): Log {
  const options = { level, base: { pid: process.pid }, serializers: { error: stdSerializers.err } };
  return pino(options, destination({ dest: 2, sync: true }));
}
