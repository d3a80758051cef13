import type { RequestContext } from '../../src/operations/context.js';
import { copyObject } from '../../src/operations/objects/copy-object.js';
import { deleteObject } from '../../src/operations/objects/delete-object.js';
import { getObject } from '../../src/operations/objects/get-object.js';
import { moveObject } from '../../src/operations/objects/move-object.js';
import { putObject } from '../../src/operations/objects/put-object.js';
import { restoreObject } from '../../src/operations/objects/restore-object.js';
import type { OpenedObject, WriteConditions } from '../../src/operations/types.js';
import { bytesOfAll, type Content, md5Of, streamOf } from './content.js';
import {
  deleteKey,
  hide,
  type Model,
  newCopy,
  newVersion,
  pick,
  push,
  rowName,
  type Version,
  versionIdOf,
  versionsOf,
  visible,
} from './model.js';
import { learn, locate, type Place, type Plan } from './plan.js';

export type Condition = 'none' | 'absent' | 'same' | 'other';

export function planPut(
  model: Model,
  place: Place,
  { content, condition }: { content: Content; condition: Condition },
): Plan {
  const { bucket, key, address } = locate(model, place);
  const current = visible(bucket, key);
  const conditions: Record<Condition, WriteConditions> = {
    none: {},
    absent: { ifNoneMatch: '*' },
    same: { ifMatch: `"${current?.etag ?? 'nothing'}"` },
    other: { ifMatch: '"00000000000000000000000000000000"' },
  };
  return {
    writes: true,
    run: (context) =>
      putObject(context, {
        ...address,
        body: { stream: streamOf(content), length: content.size, md5: md5Of(content) },
        attributes: {},
        conditions: conditions[condition],
      }),
    refusal: refusalOf(condition, current),
    apply: (answer) => push(bucket, key, learn(newVersion([content], 0), answer)),
  };
}

function refusalOf(condition: Condition, current: Version | undefined): string | undefined {
  switch (condition) {
    case 'none':
      return undefined;
    case 'absent':
      return current === undefined ? undefined : 'PreconditionFailed';
    case 'same':
      return current === undefined ? 'NoSuchKey' : undefined;
    case 'other':
      return current === undefined ? 'NoSuchKey' : 'PreconditionFailed';
    default:
      return condition satisfies never;
  }
}

/** A body that is not what it was said to be, or that is cut off. */
export function planBrokenPut(
  model: Model,
  place: Place,
  { content, how }: { content: Content; how: 'md5' | 'short' },
): Plan {
  const { address } = locate(model, place);
  const body =
    how === 'md5'
      ? { stream: streamOf(content), md5: Buffer.alloc(16) }
      : { stream: streamOf(content), length: content.size + 1 };
  return {
    writes: true,
    run: (context) => putObject(context, { ...address, body, attributes: {} }),
    refusal: how === 'md5' ? 'BadDigest' : 'IncompleteBody',
  };
}

/** Reads a version: the latest, or the `version`-th of what there is. */
export function planGet(
  model: Model,
  place: Place,
  { version, half }: { version: number | null; half: boolean },
): Plan {
  const { bucket, key, address } = locate(model, place);
  const { found, versionId, refusal } = sourceOf(versionsOf(bucket, key), version);
  const isRange = half && found !== undefined && bytesOfAll(found.pieces).length > 1;
  return {
    writes: false,
    run: async (context, figures) => {
      const expected = bytesOfAll(found?.pieces ?? []);
      const range = isRange ? { first: Math.floor(expected.length / 2) } : undefined;
      const bytes = await readAll(
        await getObject(context, { ...address, ...(versionId && { versionId }), ...(range && { range }) }),
      );
      figures.reads += 1;
      if (!bytes.equals(expected.subarray(range?.first ?? 0))) {
        figures.torn += 1;
        throw new Error(`${bucket.name}/${key} reads back with other bytes`);
      }
      return undefined;
    },
    refusal,
  };
}

/** What a source leads to, and the refusal that is due when it leads to nothing. */
function sourceOf(versions: Version[], index: number | null) {
  const named = index === null ? undefined : pick(nameable(versions), index);
  if (named !== undefined) {
    return {
      found: named.marker ? undefined : named,
      versionId: versionIdOf(named),
      refusal: named.marker ? 'MethodNotAllowed' : undefined,
    };
  }
  const latest = versions.at(-1);
  const found = latest?.marker === false ? latest : undefined;
  return { found, versionId: undefined, refusal: found === undefined ? 'NoSuchKey' : undefined };
}

/** All but the delete markers that a move left: nobody is told their ids. */
export function nameable(versions: Version[]): Version[] {
  return versions.filter((version) => version.isNull || version.rowId !== null);
}

export async function readAll(opened: OpenedObject): Promise<Buffer> {
  if (opened.body.kind === 'bytes') {
    return opened.body.bytes;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of await opened.body.open()) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function planCopy(model: Model, place: Place, { to, version }: { to: Place; version: number | null }): Plan {
  const { bucket, key, address } = locate(model, place);
  const target = locate(model, to);
  const { found, versionId, refusal } = sourceOf(versionsOf(bucket, key), version);
  const onItself = target.bucket === bucket && target.key === key && versionId === undefined;
  return {
    writes: true,
    run: (context) =>
      copyObject(context, {
        source: { ...address, ...(versionId && { versionId }) },
        target: target.address,
        metadataDirective: 'COPY',
        taggingDirective: 'COPY',
      }),
    refusal: refusal ?? (onItself ? 'InvalidRequest' : undefined),
    apply: (answer) => found && push(target.bucket, target.key, learn(newCopy(found), answer)),
  };
}

function copyOf({ pieces, partCount }: Version): Version {
  return newVersion(pieces, partCount);
}

export function planMove(model: Model, place: Place, to: Place): Plan {
  const { bucket, key, address } = locate(model, place);
  const target = locate(model, to);
  const found = visible(bucket, key);
  const onItself = target.bucket === bucket && target.key === key;
  return {
    writes: true,
    run: (context) => moveObject(context, { source: address, target: target.address }),
    refusal: found === undefined ? 'NoSuchKey' : onItself ? 'InvalidRequest' : undefined,
    apply: (answer) => {
      if (found !== undefined) {
        push(target.bucket, target.key, learn(copyOf(found), answer));
        deleteKey(bucket, key);
      }
    },
  };
}

export function planDelete(model: Model, place: Place): Plan {
  const { bucket, key, address } = locate(model, place);
  return {
    writes: true,
    run: async (context) => {
      const { versionId } = await deleteObject(context, address);
      const id = versionId === undefined || versionId === 'null' ? undefined : Number.parseInt(versionId, 16);
      return id === undefined ? undefined : { object: { id, etag: '' } };
    },
    apply: (answer) => {
      const marker = deleteKey(bucket, key);
      if (marker !== undefined) {
        learn(marker, answer);
      }
    },
  };
}

export function planDeleteVersion(model: Model, place: Place, version: number): Plan | undefined {
  const { bucket, key, address } = locate(model, place);
  const target = pick(nameable(versionsOf(bucket, key)), version);
  if (target === undefined) {
    return undefined;
  }
  return {
    writes: true,
    run: async (context) => {
      const deleted = await deleteObject(context, { ...address, versionId: versionIdOf(target) });
      if (deleted.deleteMarker !== target.marker) {
        throw new Error('The deletion of a version does not know whether it was a delete marker');
      }
      return undefined;
    },
    refusal: target.held ? 'ObjectLocked' : undefined,
    apply: () => hide(bucket, key, (other) => other === target),
  };
}

export function planRestore(model: Model, place: Place, index: number): Plan | undefined {
  const { bucket, address } = locate(model, place);
  const trashed = pick(bucket.trash, index);
  if (trashed === undefined) {
    return undefined;
  }
  const { key, version } = trashed;
  return {
    writes: true,
    run: (context: RequestContext) => restoreObject(context, { ...address, key, versionId: rowName(version) }),
    apply: (answer) => {
      bucket.trash.splice(bucket.trash.indexOf(trashed), 1);
      push(bucket, key, learn(copyOf(version), answer));
    },
  };
}
