import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SeededRandom } from '../hostile/seeded-random.js';
import { eventually } from '../support/process.js';
import { testUnless } from '../support/programs.js';
import { FaultLoad } from './fault-load.js';
import { FaultServer } from './fault-server.js';
import { lastLook } from './last-look.js';
import { mountProblem } from './machine.js';
import { LoopDisk, type PowerLoss } from './mounts.js';

const diskBytes = 2 * 2 ** 30;
/** A journal that is lost is the harder case. */
const losses = { 'journal flushed': 1, 'journal lost': 2 } as const satisfies Record<PowerLoss, number>;
const acknowledgedBetween = 220;
const workLimitMs = 240_000;
const testLimitMs = 600_000;

/** The number of the process that the embedded PostgreSQL's others hang on. */
async function postmasterOf(dataDir: string): Promise<number> {
  const [pid = ''] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  return Number(pid);
}

/** PostgreSQL ends by itself when it notices first. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

/** Cuts the power of a server's disk while clients write, and ends everything that ran. */
async function losePower(disk: LoopDisk, load: FaultLoad, how: PowerLoss): Promise<void> {
  const dataDir = join(disk.path, 'data');
  await using server = await FaultServer.start({ GRANARY_DATA_DIR: dataDir, GRANARY_LOG_LEVEL: 'silent' });
  const postmaster = await postmasterOf(dataDir);
  try {
    await load.connect(server);
    await load.verify();
    const target = load.ledger.acknowledged + acknowledgedBetween;
    load.start();
    await eventually(() => load.ledger.acknowledged >= target, workLimitMs);
    await delay(new SeededRandom(load.seed + target).between(0, 300));
    await disk.losePower(how);
  } finally {
    killIfThere(postmaster);
    await Promise.all([load.stop(), server.kill()]);
  }
}

async function surviveLosses(type: 'ext4' | 'xfs', how: PowerLoss): Promise<void> {
  await using disk = await LoopDisk.create(type, diskBytes);
  await using load = new FaultLoad({ keysPerClient: 100 });
  for (let loss = 0; loss < losses[how]; loss++) {
    await losePower(disk, load, how);
    await disk.unmount();
    await disk.check();
    await disk.mount();
  }
  await lastLook(load, `power loss of ${type}, ${how}`, { GRANARY_DATA_DIR: join(disk.path, 'data') });
}

for (const type of ['ext4', 'xfs'] as const) {
  for (const how of ['journal flushed', 'journal lost'] as const) {
    testUnless(
      mountProblem(type),
      `what was acknowledged before ${type} lost its power is there afterwards, ${how}`,
      () => surviveLosses(type, how),
      testLimitMs,
    );
  }
}
