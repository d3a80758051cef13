import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { placeCopies } from '../../src/operations/blobs/place-copies.js';
import { scrub } from '../../src/operations/blobs/scrub.js';
import { sweep } from '../../src/operations/blobs/sweep.js';
import { setBucketVersioning, updateBucket } from '../../src/operations/buckets/update-bucket.js';
import { rotateKeys } from '../../src/operations/encryption/rotate-keys.js';
import { forgetTombstones } from '../../src/operations/objects/forget-tombstones.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import { blobPath } from '../../src/storage/blob-path.js';
import type { Model } from './model.js';
import { addressOf } from './observe.js';
import { bucketAt, type Place, type Plan } from './plan.js';

export type Upkeep =
  | 'purge'
  | 'collect'
  | 'collect later'
  | 'sweep'
  | 'sweep later'
  | 'forget'
  | 'copy'
  | 'scrub'
  | 'rotate keys';

const hour = 3600;

/** Background work: whatever it does, nothing that anybody sees changes. */
export function planUpkeep(kind: Upkeep): Plan {
  return {
    writes: false,
    run: async ({ granary }) => {
      switch (kind) {
        case 'purge':
          await purgeVersions(granary);
          return undefined;
        case 'collect':
          await collectGarbage(granary, { graceSeconds: 0 });
          return undefined;
        case 'collect later':
          await collectGarbage(granary, { graceSeconds: hour });
          return undefined;
        case 'sweep':
          await sweep(granary, { staleSeconds: 0, stagingIdleSeconds: 0 });
          return undefined;
        case 'sweep later':
          await sweep(granary, { staleSeconds: hour, stagingIdleSeconds: hour });
          return undefined;
        case 'forget':
          await forgetTombstones(granary, { olderThanSeconds: 0 });
          return undefined;
        case 'copy':
          await placeCopies(granary);
          return undefined;
        case 'scrub':
          await scrub(granary, { start: 'now' });
          return undefined;
        case 'rotate keys':
          await rotateKeys(granary, { newKey: 'always' });
          return undefined;
        default:
          return kind satisfies never;
      }
    },
  };
}

export function planExpireUploads(model: Model): Plan {
  return {
    writes: false,
    run: async ({ granary }) => {
      await expireUploads(granary, { olderThanSeconds: 0 });
      return undefined;
    },
    apply: () => {
      for (const upload of model.buckets.flatMap((bucket) => bucket.uploads)) {
        upload.state = upload.state === 'OPEN' ? 'ABORTED' : upload.state;
      }
    },
  };
}

export function planVersioning(model: Model, place: Place, versioning: 'ENABLED' | 'SUSPENDED'): Plan | undefined {
  const bucket = bucketAt(model, place);
  if (bucket.lockable) {
    return undefined;
  }
  return {
    writes: true,
    run: (context) => setBucketVersioning(context, { ...addressOf(bucket), versioning }).then(() => undefined),
    apply: () => {
      bucket.versioning = versioning;
    },
  };
}

export function planTrash(model: Model, place: Place, trashSeconds: number): Plan {
  const bucket = bucketAt(model, place);
  return {
    writes: true,
    run: (context) => updateBucket(context, { ...addressOf(bucket), trashSeconds }).then(() => undefined),
    apply: () => {
      bucket.trashSeconds = trashSeconds;
    },
  };
}

/** A file among the blobs that no row tells of, as a restored backup might leave it. */
export function planStray(model: Model): Plan {
  return {
    writes: false,
    run: async ({ granary }) => {
      const path = blobPath('hot', randomBytes(32), randomBytes(16).toString('hex'));
      const file = join(granary.settings.dataDir, 'blobs', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, 'stray');
      return undefined;
    },
    apply: () => {
      model.strays += 1;
    },
  };
}
