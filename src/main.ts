import 'reflect-metadata';
import cluster from 'node:cluster';
import { setFlagsFromString } from 'node:v8';
import { startCluster } from './cluster.js';
import { loadSettings, type Settings, unknownVariables } from './config/settings.js';
import { isGranaryError } from './errors.js';
import { createLog } from './log.js';
import type { Log } from './operations/context.js';
import { type RunningGranary, startGranary } from './start.js';
import { welcome } from './welcome.js';
import { runWorker } from './worker.js';

// One Ctrl-C may arrive twice: from the terminal, and once more from npm.
const sameSignalMs = 500;

// Bodies come in as thousands of short-lived buffers outside of the heap. Without this, V8 marks the whole heap each time
// they have grown by a few megabytes, several times in one large upload; with it, only when they matter beside the heap.
setFlagsFromString('--external-memory-accounted-in-global-limit');

async function main(): Promise<void> {
  const settings = loadSettings(process.env);
  const log = createLog(settings.logLevel);
  const signalled = new Promise<void>((resolve) => onSignals(resolve));
  const running = await Promise.race([startAll(settings, log), signalled]);
  if (running === undefined) {
    // Whatever the start waits for is not worth waiting for; PostgreSQL notices that we are gone, and ends by itself.
    process.stdout.write('Stopped while starting.\n');
    process.exit(130);
  }
  process.stdout.write(welcome(running));
  for (const variable of unknownVariables(process.env)) {
    log.warn({ variable }, 'This variable is not a setting and has no effect');
  }
  await signalled;
  process.stdout.write('Stopping. Requests under way may finish; press Ctrl-C again to stop at once.\n');
  await running.stop();
  process.stdout.write('Stopped.\n');
}

function startAll(settings: Settings, log: Log): Promise<RunningGranary> {
  return settings.workers > 1 ? startCluster(settings, log) : startGranary(settings, { log });
}

function onSignals(stop: () => void): void {
  let first: number | undefined;
  const handle = (): void => {
    if (first !== undefined && Date.now() - first > sameSignalMs) {
      process.exit(130); // PostgreSQL notices that we are gone, and ends by itself.
    }
    first ??= Date.now();
    stop();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
}

/** What a person can put right is told without the place in the code; anything else with it. */
function explain(error: unknown): string {
  if (isGranaryError(error)) {
    return `Granary cannot start:\n${error.message.replace(/^/gm, '  ')}\n`;
  }
  return `Granary failed: ${error instanceof Error ? error.stack : String(error)}\n`;
}

if (cluster.isWorker) {
  await runWorker();
} else {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(explain(error));
      process.exit(1);
    },
  );
}
