import { getBucket } from '../../src/operations/buckets/get-bucket.js';
import type { RequestContext } from '../../src/operations/context.js';
import { listTrash, listVersions } from '../../src/operations/objects/list-versions.js';
import type { BucketAddress, ObjectInfo } from '../../src/operations/types.js';
import { listParts } from '../../src/operations/uploads/list-parts.js';
import { listUploads } from '../../src/operations/uploads/list-uploads.js';
import { etagOf, sizeOf } from './content.js';
import { type BucketModel, learnShape, type Model, type Version, versionsOf } from './model.js';

/** What a bucket shows through the operations. */
interface ObservedBucket {
  versioning: string;
  trashSeconds: number;
  versions: ObjectInfo[];
  trash: ObjectInfo[];
  uploads: { id: string; key: string; parts: [number, string][] }[];
}

export type Observed = ObservedBucket[];

export function addressOf({ name, tenant }: Pick<BucketModel, 'name' | 'tenant'>): BucketAddress {
  return tenant === undefined ? { bucket: name } : { bucket: name, tenant };
}

export async function observe(context: RequestContext, model: Model): Promise<Observed> {
  return Promise.all(model.buckets.map((bucket) => observeBucket(context, addressOf(bucket))));
}

async function observeBucket(context: RequestContext, address: BucketAddress): Promise<ObservedBucket> {
  // Another process may have changed the bucket's own row: what its listeners were told may still be on the way.
  context.granary.buckets.clear();
  const { versioning, trashSeconds } = await getBucket(context, address);
  const versions = await listVersions(context, { ...address, limit: 1000 });
  const trash = await listTrash(context, { ...address, limit: 1000 });
  const uploads = await listUploads(context, { ...address, limit: 1000 });
  if (versions.truncated || trash.truncated || uploads.truncated) {
    throw new Error('More than a page: the model made too much');
  }
  return {
    versioning,
    trashSeconds,
    versions: versions.entries.flatMap((entry) => (entry.kind === 'version' ? [entry.object] : [])),
    trash: trash.objects,
    uploads: await Promise.all(
      uploads.entries.flatMap((entry) =>
        entry.kind === 'upload' ? [observeUpload(context, address, entry.upload)] : [],
      ),
    ),
  };
}

async function observeUpload(context: RequestContext, address: BucketAddress, upload: { id: string; key: string }) {
  const listed = await listParts(context, { ...address, key: upload.key, uploadId: upload.id, limit: 1000 });
  const parts = listed.parts.map(({ partNumber, etag }): [number, string] => [partNumber, etag]);
  return { id: upload.id, key: upload.key, parts };
}

/**
 * How the model differs from what was seen; nothing when they are the same. Ids that the model did not know yet are
 * taken over from what was seen.
 */
export function compare(model: Model, observed: Observed): string[] {
  return model.buckets.flatMap((bucket, index) => {
    const seen = observed[index];
    return seen === undefined ? [`${bucket.name} was not seen`] : compareBucket(bucket, seen);
  });
}

function compareBucket(bucket: BucketModel, seen: ObservedBucket): string[] {
  return [
    ...differing(
      `${bucket.name} settings`,
      `${bucket.versioning} ${bucket.trashSeconds}`,
      `${seen.versioning} ${seen.trashSeconds}`,
    ),
    ...[...bucket.keys.keys()].flatMap((key) => compareKey(bucket, key, seen.versions)),
    ...differing(
      `${bucket.name} keys`,
      lines([...bucket.keys].flatMap(([key, versions]) => (versions.length > 0 ? [key] : [])).sort()),
      lines([...new Set(seen.versions.map((object) => object.key))].sort()),
    ),
    ...compareTrash(bucket, seen),
    ...compareUploads(bucket, seen),
  ];
}

function compareKey(bucket: BucketModel, key: string, all: ObjectInfo[]): string[] {
  const seen = all.filter((object) => object.key === key).reverse();
  const expected = versionsOf(bucket, key);
  if (seen.length === expected.length) {
    expected.forEach((version, at) => {
      version.rowId ??= seen[at]?.id ?? null;
      learnShape(version, seen[at] ?? version);
    });
  }
  return differing(
    `${bucket.name} versions of ${key}`,
    lines(expected.map((version, at) => describeVersion(version, at === expected.length - 1))),
    lines(seen.map(describeObject)),
  );
}

function compareTrash(bucket: BucketModel, seen: ObservedBucket): string[] {
  return differing(
    `${bucket.name} trash`,
    lines(bucket.trash.map(({ key, version }) => `${key} ${version.rowId} ${version.etag}`).sort()),
    lines(seen.trash.map((object) => `${object.key} ${object.id} ${object.etag}`).sort()),
  );
}

function compareUploads(bucket: BucketModel, seen: ObservedBucket): string[] {
  const open = bucket.uploads.filter((upload) => upload.state === 'OPEN');
  const unknown = open.find((upload) => upload.id === null);
  if (unknown !== undefined) {
    const known = new Set(open.map((upload) => upload.id));
    unknown.id = seen.uploads.find((upload) => upload.key === unknown.key && !known.has(upload.id))?.id ?? null;
  }
  const describeParts = (parts: [number, string][]) =>
    parts.sort(([a], [b]) => a - b).map(([number, etag]) => `${number}:${etag}`);
  return differing(
    `${bucket.name} uploads`,
    lines(
      open
        .map(({ id, key, parts }) => {
          const etags = [...parts].map(([number, content]): [number, string] => [number, etagOf([content], 0)]);
          return `${id} ${key} ${describeParts(etags)}`;
        })
        .sort(),
    ),
    lines(seen.uploads.map(({ id, key, parts }) => `${id} ${key} ${describeParts(parts)}`).sort()),
  );
}

function describeVersion(version: Version, isLatest: boolean): string {
  const { rowId, isNull, marker, pieces, etag, partCount, held } = version;
  return JSON.stringify({ rowId, isNull, marker, size: sizeOf(pieces), etag, partCount, held, isLatest });
}

function describeObject(object: ObjectInfo): string {
  const { id: rowId, versionId, deleteMarker: marker, size, etag, partCount, legalHold: held, isLatest } = object;
  return JSON.stringify({ rowId, isNull: versionId === 'null', marker, size, etag, partCount, held, isLatest });
}

function lines(texts: string[]): string {
  return texts.join('\n');
}

function differing(what: string, expected: string, seen: string): string[] {
  return expected === seen ? [] : [`${what}\nexpected:\n${expected}\nseen:\n${seen}`];
}
