import { createHash } from 'node:crypto';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { placeCopies } from '../../src/operations/blobs/place-copies.js';
import { scrub } from '../../src/operations/blobs/scrub.js';
import { sweep } from '../../src/operations/blobs/sweep.js';
import { setBucketVersioning } from '../../src/operations/buckets/update-bucket.js';
import type { RequestContext } from '../../src/operations/context.js';
import { rotateKeys } from '../../src/operations/encryption/rotate-keys.js';
import { copyObject } from '../../src/operations/objects/copy-object.js';
import { deleteObject } from '../../src/operations/objects/delete-object.js';
import { getObject } from '../../src/operations/objects/get-object.js';
import { listTrash } from '../../src/operations/objects/list-versions.js';
import { moveObject } from '../../src/operations/objects/move-object.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { putObject } from '../../src/operations/objects/put-object.js';
import { restoreObject } from '../../src/operations/objects/restore-object.js';
import { setObjectStorageClass } from '../../src/operations/objects/set-object-storage-class.js';
import { formatVersionId } from '../../src/operations/objects/version-row.js';
import { completeUpload } from '../../src/operations/uploads/complete-upload.js';
import { createUpload } from '../../src/operations/uploads/create-upload.js';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import { putPart } from '../../src/operations/uploads/put-part.js';
import type { Move } from './concurrent.js';
import { etagOf, md5Of, streamOf } from './content.js';
import type { Figures } from './figures.js';
import type { Effect } from './history.js';
import { type BucketModel, keys, pick } from './model.js';
import { readAll } from './object-plans.js';
import { addressOf } from './observe.js';

/** What one process knows. */
export interface Scene {
  readonly buckets: BucketModel[];
  readonly figures: Figures;
  /** Versions that it was told of, by which it can delete them. */
  readonly written: { bucket: BucketModel; key: string; rowId: number }[];
}

interface Touched {
  bucket: BucketModel;
  key: string;
  effect: Effect;
}

export interface Action {
  /** @returns what it did, for sure. */
  run(context: RequestContext): Promise<Touched[]>;
  /** What it may have done when there was no answer. */
  unanswered: Touched[];
  /** The errors that may come, by reason, and what each tells. */
  refusals: Record<string, Touched[]>;
}

interface Spot {
  bucket: BucketModel;
  key: string;
  address: { bucket: string; tenant?: string; key: string };
  touch(effect: Effect): Touched[];
}

function spot(scene: Scene, at: { bucket: number; key: number }): Spot {
  const bucket = pick(scene.buckets, at.bucket);
  if (bucket === undefined) {
    throw new Error('There are no buckets');
  }
  const key = keys[at.key] ?? '';
  return { bucket, key, address: { ...addressOf(bucket), key }, touch: (effect) => [{ bucket, key, effect }] };
}

function target(scene: Scene, move: Move): Spot {
  return spot(scene, { bucket: move.toBucket, key: move.toKey });
}

function bodyOf({ content }: Move) {
  return { stream: streamOf(content), length: content.size, md5: md5Of(content) };
}

function put(scene: Scene, move: Move): Action {
  const { address, touch } = spot(scene, move);
  const etag = etagOf([move.content], 0);
  return {
    run: async (context) => {
      const { object } = await putObject(context, { ...address, body: bodyOf(move), attributes: {} });
      return touch({ kind: 'put', etag, rowId: object.id });
    },
    unanswered: touch({ kind: 'put', etag, rowId: undefined }),
    refusals: {},
  };
}

function putAbsent(scene: Scene, move: Move): Action {
  const { address, touch } = spot(scene, move);
  const etag = etagOf([move.content], 0);
  return {
    run: async (context) => {
      const conditions = { ifNoneMatch: '*' };
      const { object } = await putObject(context, { ...address, body: bodyOf(move), attributes: {}, conditions });
      return touch({ kind: 'put absent', etag, rowId: object.id });
    },
    unanswered: touch({ kind: 'put absent', etag, rowId: undefined }),
    refusals: { PreconditionFailed: touch({ kind: 'saw something' }) },
  };
}

function get(scene: Scene, move: Move): Action {
  const { bucket, key, address, touch } = spot(scene, move);
  return {
    run: async (context) => {
      const opened = await getObject(context, address);
      const bytes = await readAll(opened);
      scene.figures.reads += 1;
      const { etag, partCount, size } = opened.object;
      const md5 = createHash('md5').update(bytes).digest();
      const real = partCount === 0 ? md5.toString('hex') : `${createHash('md5').update(md5).digest('hex')}-1`;
      if (real !== etag || bytes.length !== size) {
        scene.figures.torn += 1;
        throw new Error(`${bucket.name}/${key} reads with other bytes than its entity tag says`);
      }
      return touch({ kind: 'saw', etag });
    },
    unanswered: [],
    // The grace for readers is nothing here: bytes may be gone between the look at the row and the opening.
    refusals: { NoSuchKey: touch({ kind: 'saw', etag: null }), MissingBlob: [] },
  };
}

function copy(scene: Scene, move: Move): Action {
  const source = spot(scene, move);
  const to = target(scene, move);
  return {
    run: async (context) => {
      const { object } = await copyObject(context, {
        source: source.address,
        target: to.address,
        metadataDirective: 'REPLACE',
        taggingDirective: 'COPY',
      });
      const { etag } = object;
      // What had to be written anew is in one piece then, also when its source was an upload's single part.
      const etags =
        object.partCount === 0 ? [etag, `${createHash('md5').update(etag, 'hex').digest('hex')}-1`] : [etag];
      return [...source.touch({ kind: 'saw one of', etags }), ...to.touch({ kind: 'put', etag, rowId: object.id })];
    },
    unanswered: to.touch({ kind: 'put', etag: undefined, rowId: undefined }),
    // As when it is read: what has to be written anew may be gone by then.
    refusals: { NoSuchKey: source.touch({ kind: 'saw', etag: null }), MissingBlob: [] },
  };
}

function move(scene: Scene, asked: Move): Action {
  const source = spot(scene, asked);
  const to = target(scene, asked);
  return {
    run: async (context) => {
      const { object } = await moveObject(context, { source: source.address, target: to.address });
      const { etag } = object;
      return [...source.touch({ kind: 'delete' }), ...to.touch({ kind: 'put', etag, rowId: object.id })];
    },
    unanswered: [...source.touch({ kind: 'delete' }), ...to.touch({ kind: 'put', etag: undefined, rowId: undefined })],
    refusals: { NoSuchKey: source.touch({ kind: 'saw', etag: null }), InvalidRequest: [], PreconditionFailed: [] },
  };
}

function remove(scene: Scene, asked: Move): Action {
  const { address, touch } = spot(scene, asked);
  return {
    run: async (context) => {
      await deleteObject(context, address);
      return touch({ kind: 'delete' });
    },
    unanswered: touch({ kind: 'delete' }),
    refusals: {},
  };
}

function removeVersion(scene: Scene, asked: Move): Action {
  const versions = scene.written.filter(({ bucket }) => bucket.versioning === 'ENABLED');
  const own = pick(versions, asked.key + asked.bucket);
  if (own === undefined) {
    return remove(scene, asked);
  }
  const { bucket, key, rowId } = own;
  const touched: Touched[] = [{ bucket, key, effect: { kind: 'delete version', rowId } }];
  return {
    run: async (context) => {
      await deleteObject(context, {
        ...addressOf(bucket),
        key,
        versionId: formatVersionId({ id: rowId, isNull: false }),
      });
      return touched;
    },
    unanswered: touched,
    refusals: {},
  };
}

function restore(scene: Scene, asked: Move): Action {
  const { address, touch } = spot(scene, asked);
  return {
    run: async (context) => {
      const { objects } = await listTrash(context, { ...addressOf(spot(scene, asked).bucket), limit: 100 });
      const found = objects.find((object) => object.key === address.key);
      if (found === undefined) {
        return [];
      }
      const { object } = await restoreObject(context, { ...address, versionId: found.versionId });
      return touch({ kind: 'put', etag: object.etag, rowId: object.id });
    },
    unanswered: touch({ kind: 'put', etag: undefined, rowId: undefined }),
    refusals: { NoSuchVersion: [] },
  };
}

function upload(scene: Scene, asked: Move): Action {
  const { address, touch } = spot(scene, asked);
  const etag = etagOf([asked.content], 1);
  return {
    run: async (context) => {
      const { id: uploadId } = await createUpload(context, { ...address, attributes: {} });
      const part = await putPart(context, { ...address, uploadId, partNumber: 1, body: bodyOf(asked) });
      const parts = [{ partNumber: 1, etag: part.etag }];
      const { object } = await completeUpload(context, { ...address, uploadId, parts });
      return touch({ kind: 'put', etag, rowId: object.id });
    },
    unanswered: touch({ kind: 'put', etag, rowId: undefined }),
    refusals: { NoSuchUpload: [] },
  };
}

/** Garbage collection and sweeping, while others read and write. */
function upkeep(_: Scene, asked: Move): Action {
  return {
    run: async ({ granary }) => {
      await purgeVersions(granary);
      await collectGarbage(granary, { graceSeconds: 0 });
      // Now and then the uploads under way are swept away as if they were old.
      const staleSeconds = asked.content.seed === 0 && asked.toKey === 0 ? 0 : 3600;
      await sweep(granary, { staleSeconds, stagingIdleSeconds: 3600 });
      return [];
    },
    unanswered: [],
    refusals: {},
  };
}

/** Ends every upload as if it were old: some are just being completed. */
function expire(): Action {
  return {
    run: async ({ granary }) => {
      await expireUploads(granary, { olderThanSeconds: 0 });
      return [];
    },
    unanswered: [],
    refusals: {},
  };
}

/** Second copies and scrubbing, and now and then a new master key. */
function safekeeping(_: Scene, asked: Move): Action {
  return {
    run: async ({ granary }) => {
      await placeCopies(granary);
      await scrub(granary, { start: 'now' });
      if (asked.content.seed === 0) {
        await rotateKeys(granary, { newKey: 'always' });
      }
      return [];
    },
    unanswered: [],
    // Another process is changing the keys.
    refusals: { Conflict: [] },
  };
}

/** Moves the bytes to another store, while others read and replace them. */
function changeClass(scene: Scene, asked: Move): Action {
  const { address } = spot(scene, asked);
  return {
    run: async (context) => {
      const storageClass = asked.content.seed === 0 ? 'STANDARD' : 'STANDARD_IA';
      await setObjectStorageClass(context, { ...address, storageClass });
      return [];
    },
    unanswered: [],
    refusals: { NoSuchKey: [], MethodNotAllowed: [], MissingBlob: [] },
  };
}

/** Only the last bucket's: of the others the versioning is known to the check. */
function setVersioning(scene: Scene, asked: Move): Action {
  const address = addressOf(spot(scene, { bucket: scene.buckets.length - 1, key: 0 }).bucket);
  return {
    run: async (context) => {
      await setBucketVersioning(context, { ...address, versioning: asked.toKey === 0 ? 'ENABLED' : 'SUSPENDED' });
      return [];
    },
    unanswered: [],
    refusals: {},
  };
}

export const concurrentActions = {
  put,
  putAgain: put,
  putAbsent,
  get,
  getAgain: get,
  copy,
  move,
  remove,
  removeVersion,
  restore,
  upload,
  upkeep,
  expire,
  safekeeping,
  changeClass,
  setVersioning,
} satisfies Record<string, (scene: Scene, asked: Move) => Action>;
