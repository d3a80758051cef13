import { resolveBucket } from '../operations/access/authorize.js';
import type { BriefObject, BucketAddress, BucketInfo, ObjectInfo } from '../operations/types.js';
import type { GraphqlContext } from './context.js';

/** The value behind a `StoredObject`: a version, and the bucket that it was reached through. */
export interface PlacedObject extends ObjectInfo {
  readonly place: Place;
}

/** The same, of which only {@link briefFields} have been read. */
export interface PlacedBriefObject extends BriefObject {
  readonly place: Place;
}

/** The fields of `StoredObject` that need no more than lists read. */
export const briefFields: ReadonlySet<string> = new Set([
  '__typename',
  'bucket',
  'checksum',
  'contentType',
  'createdAt',
  'deleteMarker',
  'etag',
  'id',
  'isFavourite',
  'isLatest',
  'key',
  'owner',
  'size',
  'storageClass',
  'versionId',
]);

export interface Place {
  readonly bucket: string;
  readonly tenant: string;
  readonly tenantId: number;
}

/** What {@link placeObject} takes: the bucket as an operation gave it. */
export function placeOf(bucket: BucketInfo): Place {
  return { bucket: bucket.name, tenant: bucket.tenantName, tenantId: bucket.tenantId };
}

export function placeObject<Shown extends BriefObject>(object: Shown, place: Place): Shown & { readonly place: Place } {
  return { ...object, place };
}

/** As {@link placeObject}, for an object that an operation found at this address. */
export async function placeAt(
  context: GraphqlContext,
  address: BucketAddress,
  object: ObjectInfo,
): Promise<PlacedObject> {
  return placeObject(object, placeOf(await resolveBucket(context.request, address)));
}

/**
 * False for bytes that only the client has a key for, as GraphQL takes none, for those in the trash, which are read once
 * they are restored, and for delete markers, which have none.
 */
export function canBeOpened({
  encryption,
  trashed,
  deleteMarker,
}: Pick<ObjectInfo, 'encryption' | 'trashed' | 'deleteMarker'>): boolean {
  return encryption?.algorithm !== 'SSE-C' && trashed === undefined && !deleteMarker;
}

/** The address that operations know a bucket by. */
export function addressOf(bucket: BucketInfo): { bucket: string; tenant: string } {
  return { bucket: bucket.name, tenant: bucket.tenantName };
}

/** The address of an object's key, as operations take it. */
export function objectAddress({ key, place }: PlacedObject): { bucket: string; tenant: string; key: string } {
  return { bucket: place.bucket, tenant: place.tenant, key };
}

/** What rights are asked about: the lists of a page's objects are read at once, where they have a say. */
export function shownObject({ loaders }: GraphqlContext, object: PlacedObject) {
  return { address: objectAddress(object), object, storedAcl: () => loaders.storedAcls.load(object.id) };
}
