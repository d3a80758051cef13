import { type Queryable, statement } from '../../database/database.js';

export interface DamageEvent {
  blobId: string;
  action: 'granary:BlobDamaged' | 'granary:BlobRecovered' | 'granary:BlobRepaired' | 'granary:BlobCopyDamaged';
  details: object;
}

/** So many versions of one bucket are named in an event; the others are counted. */
const mostNamed = 100;

const insertDamageEvents = statement(
  'insert_damage_events',
  `WITH concerned AS (
     SELECT v.id, v.bucket_id, v.key, v.is_null FROM object_version v WHERE v.blob_id = $1::uuid
     UNION
     SELECT v.id, v.bucket_id, v.key, v.is_null
     FROM version_part p JOIN object_version v ON v.id = p.version_id WHERE p.blob_id = $1::uuid
   ), numbered AS (
     SELECT c.*, row_number() OVER (PARTITION BY c.bucket_id ORDER BY c.id) AS place FROM concerned c
   )
   INSERT INTO event (tenant_id, action, bucket_id, request_id, details)
   SELECT b.tenant_id, $2, b.id, 'storage', $3::jsonb || jsonb_build_object(
     'blobId', $1::uuid, 'versionCount', count(*),
     'versions', jsonb_agg(
       jsonb_build_object('key', n.key, 'versionId', CASE WHEN n.is_null THEN 'null' ELSE lpad(to_hex(n.id), 16, '0') END)
       ORDER BY n.id) FILTER (WHERE n.place <= ${mostNamed}))
   FROM numbered n JOIN bucket b ON b.id = n.bucket_id GROUP BY b.tenant_id, b.id`,
);

/** Writes what happened to a blob into the events of every bucket with versions of it, in the caller's transaction. */
export async function recordDamageEvents(tx: Queryable, { blobId, action, details }: DamageEvent): Promise<void> {
  await tx.query(insertDamageEvents, [blobId, action, JSON.stringify(details)]);
}
