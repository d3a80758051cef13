import { type Queryable, statement } from '../../database/database.js';
import { formatVersionId } from '../objects/version-row.js';

/** A version whose bytes, or some of them, are in a blob. */
export interface BlobUse {
  blobId: string;
  tenant: string;
  bucket: string;
  key: string;
  versionId: string;
}

/** So many versions of one blob are named; equal content of thousands of objects is one blob. */
const mostNamed = 20;

const findUses = statement(
  'find_blob_uses',
  `SELECT * FROM (
     SELECT u.*, t.name AS tenant, k.name AS bucket, row_number() OVER (PARTITION BY u."blobId" ORDER BY u.id) AS place
     FROM (
       SELECT v.blob_id AS "blobId", v.id, v.is_null AS "isNull", v.key, v.bucket_id
       FROM object_version v WHERE v.blob_id = ANY ($1::uuid[])
       UNION
       SELECT p.blob_id, v.id, v.is_null, v.key, v.bucket_id
       FROM version_part p JOIN object_version v ON v.id = p.version_id WHERE p.blob_id = ANY ($1::uuid[])
     ) u JOIN bucket k ON k.id = u.bucket_id JOIN tenant t ON t.id = k.tenant_id
   ) n WHERE n.place <= ${mostNamed} ORDER BY n."blobId", n.place`,
);

/** The first twenty versions of each blob, those in the trash included. For administrators and the log alone. */
export async function versionsOfBlobs(database: Queryable, blobIds: readonly string[]): Promise<BlobUse[]> {
  const rows = await database.query<BlobUse & { id: number; isNull: boolean }>(findUses, [blobIds]);
  return rows.map((row) => ({
    blobId: row.blobId,
    tenant: row.tenant,
    bucket: row.bucket,
    key: row.key,
    versionId: formatVersionId(row),
  }));
}
