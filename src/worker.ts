import cluster from 'node:cluster';
import type { PrimaryMessage, WorkerMessage } from './cluster.js';
import { loadSettings } from './config/settings.js';
import { createLog } from './log.js';
import { startWorker } from './start.js';

/** Serves both ports in a process of the cluster, until the process that started it says so or is gone. */
export async function runWorker(): Promise<void> {
  // Ctrl-C reaches every process of the terminal: the one that started this one decides the order.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  const settings = loadSettings(process.env);
  const log = createLog(settings.logLevel);
  try {
    const { httpUrl, s3Url, stop } = await startWorker(settings, settings.databaseUrl ?? '', log);
    const leave = (): void => {
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ error }, 'A worker did not stop in order');
          process.exit(1);
        },
      );
    };
    process.on('message', (message: PrimaryMessage) => message.kind === 'stop' && leave());
    process.on('disconnect', leave);
    tell({ kind: 'ready', httpUrl, s3Url });
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    cluster.worker?.disconnect();
    process.exitCode = 1;
  }
}

function tell(message: WorkerMessage): void {
  process.send?.(message);
}
