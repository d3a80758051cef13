import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { placeCopies } from '../../src/operations/blobs/place-copies.js';
import { sweep } from '../../src/operations/blobs/sweep.js';
import { deleteBucket } from '../../src/operations/buckets/delete-bucket.js';
import { getBucket } from '../../src/operations/buckets/get-bucket.js';
import { rewrapKeys } from '../../src/operations/encryption/rewrap-keys.js';
import { deleteObject } from '../../src/operations/objects/delete-object.js';
import { forgetTombstones } from '../../src/operations/objects/forget-tombstones.js';
import { listVersions } from '../../src/operations/objects/list-versions.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { putObjectLegalHold } from '../../src/operations/objects/put-object-legal-hold.js';
import type { BucketAddress } from '../../src/operations/types.js';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import type { Figures } from './figures.js';
import { checkEmpty, checkInvariants, checkLeftovers, checkTidy, type SetAside } from './invariants.js';
import type { World } from './world.js';

/** All upkeep with every wait at its end. */
export async function tidy({ observer }: World): Promise<void> {
  const { granary } = observer.context;
  // The clock of the kernel's file times is a few milliseconds behind; the sweep takes what is older than now.
  await delay(10);
  await purgeVersions(granary);
  await sweep(granary, { staleSeconds: 0, stagingIdleSeconds: 0 });
  await collectGarbage(granary, { graceSeconds: 0 });
  // Once more: a dead row's file may have come after the row was gone.
  await sweep(granary, { staleSeconds: 0, stagingIdleSeconds: 0 });
  // Nobody waits for who died while it wrote a copy.
  await granary.database.pool.query(`UPDATE blob_copy SET next_at = now() WHERE state <> 'PLACED'`);
  await placeCopies(granary);
  const { unopened } = await rewrapKeys(granary);
  if (unopened > 0) {
    throw new Error(`The keys of ${unopened} rows cannot be opened`);
  }
}

/** Checks what a sequence left, deletes all of it through the operations, and checks that nothing remains. */
export async function finish(
  world: World,
  { buckets, figures, setAside }: { buckets: BucketAddress[]; figures: Figures; setAside: SetAside },
): Promise<void> {
  const quarantine = join(world.dataDir, 'quarantine');
  await checkInvariants(world, figures);
  await checkLeftovers(world);
  await tidy(world);
  await checkInvariants(world, figures);
  await checkTidy(world, { figures, setAside });
  await deleteEverything(world, buckets);
  await checkInvariants(world, figures);
  await checkEmpty(world, figures);
  for (const name of await readdir(quarantine)) {
    await rm(join(quarantine, name));
  }
  world.deaths = 0;
}

async function deleteEverything(world: World, buckets: BucketAddress[]): Promise<void> {
  const { context } = world.observer;
  const { granary } = context;
  await expireUploads(granary, { olderThanSeconds: 0 });
  for (const address of buckets) {
    const { objectLock } = await getBucket(context, address);
    const { entries } = await listVersions(context, { ...address, limit: 1000 });
    for (const entry of entries) {
      if (entry.kind === 'version') {
        const { key, versionId, deleteMarker } = entry.object;
        if (objectLock !== null && !deleteMarker) {
          await putObjectLegalHold(context, { ...address, key, versionId, status: 'OFF' });
        }
        await deleteObject(context, { ...address, key, versionId });
      }
    }
    await deleteBucket(context, address);
  }
  // The retention of the trash passes.
  await granary.database.pool.query(`UPDATE object_version SET purge_after = now() WHERE state = 'DELETING'`);
  await tidy(world);
  await forgetTombstones(granary, { olderThanSeconds: 0 });
}
