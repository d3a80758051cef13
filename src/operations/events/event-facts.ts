import { statement } from '../../database/database.js';
import { withoutDeadline } from '../../database/deadline.js';
import { asking } from '../access/asking.js';
import { isPermitted } from '../access/authorize.js';
import type { EventInfo } from '../audit/event-query.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { Granary, RequestContext } from '../context.js';
import { formatVersionId, isTrashed, toObjectInfo, type VersionRow, versionColumns } from '../objects/version-row.js';
import type { ObjectInfo } from '../types.js';
import type { ObjectEvent } from './watch-objects.js';

const loadEventVersion = statement(
  'load_event_version',
  `SELECT ${versionColumns}, v.state = 'COMMITTED' AS live, ${isTrashed} AS trashed
   FROM object_version v WHERE v.bucket_id = $1 AND v.id = $2`,
);

const findActorTenant = statement(
  'find_actor_tenant',
  'SELECT tenant_id AS "tenantId" FROM user_account WHERE id = $1',
);

type EventVersion = VersionRow & { live: boolean; trashed: boolean };

/** One look at the database for all who watch the same change. */
const versions = new WeakMap<EventInfo, Promise<EventVersion | undefined>>();
const actorTenants = new WeakMap<EventInfo, Promise<number | undefined>>();

/**
 * The version that the change was about, as it was when the first asked for it; null once it is deleted, and for who may
 * not read it.
 */
export async function objectOfEvent(context: RequestContext, changed: ObjectEvent): Promise<ObjectInfo | null> {
  const row = await versionOf(context, changed);
  // A version that was moved has another key by now.
  if (row === undefined || !row.live || row.deleteMarker || row.key !== changed.key) {
    return null;
  }
  const object = toObjectInfo(row);
  const { bucket } = changed;
  const current = await context.granary.buckets.find(bucket.tenantName, bucket.name);
  return current?.id === bucket.id && (await mayRead(context, current, object)) ? object : null;
}

/** The latest version is read as by its key, any other one as by its id. */
function mayRead(context: RequestContext, bucket: BucketState, object: ObjectInfo): Promise<boolean> {
  const { id: rowId, key, isLatest, versionId, tags } = object;
  const asked = isLatest ? context : asking(context, { versionId });
  const action = isLatest ? 's3:GetObject' : 's3:GetObjectVersion';
  return isPermitted(asked, { action, bucket, key, existingTags: tags, rowId });
}

/**
 * The version's id in the form that objects have: `null` for one that was written without versioning, unless it has come
 * to the trash, where each goes by an id of its own.
 */
export async function versionIdOfEvent(context: RequestContext, changed: ObjectEvent): Promise<string | null> {
  const { event, change, bucket } = changed;
  if (event.versionId === null || event.action === 'granary:DeleteFromTrash') {
    return event.versionId;
  }
  const row = await versionOf(context, changed);
  if (row === undefined) {
    return bucket.versioning === 'UNVERSIONED' ? 'null' : event.versionId;
  }
  return change === 'DELETED' && row.trashed ? event.versionId : formatVersionId(row);
}

/** The name of who did it; null for whom the caller may not see, as users of other tenants. */
export async function actorNameOfEvent(
  { granary, caller }: RequestContext,
  { event }: ObjectEvent,
): Promise<string | null> {
  const isAdministrator = caller.kind === 'user' && caller.role === 'ADMINISTRATOR';
  if (event.actorId === null || isAdministrator) {
    return event.actorName;
  }
  const { actorId } = event;
  const tenantId = await askOnce(actorTenants, event, () => readActorTenant(granary, actorId));
  return tenantId === caller.tenantId ? event.actorName : null;
}

async function readActorTenant({ database }: Granary, actorId: number): Promise<number | undefined> {
  return (await database.query<{ tenantId: number }>(findActorTenant, [actorId]))[0]?.tenantId;
}

function versionOf(context: RequestContext, { event, bucket }: ObjectEvent): Promise<EventVersion | undefined> {
  return askOnce(versions, event, () => readVersion(context, bucket.id, event));
}

async function readVersion(
  { granary }: RequestContext,
  bucketId: number,
  { versionId }: EventInfo,
): Promise<EventVersion | undefined> {
  if (versionId === null) {
    return undefined;
  }
  const values = [bucketId, Number.parseInt(versionId, 16)];
  return (await granary.database.query<EventVersion>(loadEventVersion, values))[0];
}

/** It goes on when who asked first waits no longer, for others may; what failed is asked again. */
function askOnce<T>(known: WeakMap<EventInfo, Promise<T>>, event: EventInfo, ask: () => Promise<T>): Promise<T> {
  const asked = known.get(event) ?? withoutDeadline(ask);
  if (!known.has(event)) {
    known.set(event, asked);
    asked.catch(() => known.delete(event));
  }
  return asked;
}
