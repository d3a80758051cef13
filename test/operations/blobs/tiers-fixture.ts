import { createHash, randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { TestServer } from '../../support/server.js';

export const MIB = 1024 * 1024;

export function customerKey() {
  const key = randomBytes(32);
  return {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  };
}

export async function read(s3: S3Client, object: { Bucket: string; Key: string }, more: object = {}): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ ...object, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

export async function putParts(
  s3: S3Client,
  object: { Bucket: string; Key: string },
  { bodies, ...more }: { bodies: Buffer[]; SSECustomerAlgorithm?: string },
): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...object, ...more }));
  const Parts = [];
  for (const [index, Body] of bodies.entries()) {
    const part = { ...object, UploadId, PartNumber: index + 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body, ...more }));
    Parts.push({ ETag, PartNumber: index + 1 });
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts }, ...more }));
}

/** The stores that have the bytes of a key's latest version; `row` for bytes in their row. */
export async function storesOf(server: TestServer, Key: string): Promise<string[]> {
  const { rows } = await server.granary.database.pool.query<{ store: string }>(
    `SELECT DISTINCT COALESCE(split_part(b.path, '/', 1), 'row') AS store
     FROM object_version v LEFT JOIN version_part p ON p.version_id = v.id
     JOIN blob b ON b.id = COALESCE(v.blob_id, p.blob_id)
     WHERE v.key = $1 AND v.is_latest ORDER BY 1`,
    [Key],
  );
  return rows.map(({ store }) => store);
}

/** Moves a version through GraphQL; returns the user errors. */
export async function setClass(
  server: TestServer,
  input: { bucket: string; key: string; versionId?: string; storageClass: string },
): Promise<string[]> {
  const { data, errors } = await server.graphql(
    `mutation($input: SetObjectStorageClassInput!) {
      setObjectStorageClass(input: $input) { object { storageClass } userErrors { message } }
    }`,
    { input },
  );
  if (errors !== undefined) {
    throw new Error(JSON.stringify(errors));
  }
  const { object, userErrors } = data.setObjectStorageClass;
  if (object !== null && object.storageClass !== input.storageClass) {
    throw new Error('The payload has another class than was asked for');
  }
  return userErrors.map(({ message }: { message: string }) => message);
}

const references = `
  SELECT blob_id FROM object_version WHERE blob_id IS NOT NULL
  UNION ALL SELECT blob_id FROM version_part UNION ALL SELECT blob_id FROM upload_part`;

/** What of the rows of blobs does not fit together; nothing may. */
export async function contradictions(server: TestServer): Promise<unknown[]> {
  const { rows } = await server.granary.database.pool.query(`
    SELECT b.id, b.state, b.ref_count, count(r.blob_id)::int AS real
    FROM blob b LEFT JOIN (${references}) r ON r.blob_id = b.id GROUP BY b.id
    HAVING b.ref_count <> count(r.blob_id) OR (b.state <> 'live' AND count(r.blob_id) > 0)
      OR (b.state = 'live' AND b.ref_count = 0 AND b.review_at IS NULL)
      OR (b.state = 'live' AND b.path IS NOT NULL AND b.domain IS NOT NULL AND split_part(b.path, '/', 1) <> split_part(b.domain, '/', 1))`);
  const usage = await server.granary.database.pool.query(`
    SELECT k.name, u.stored, r.stored AS real FROM bucket k
    CROSS JOIN LATERAL (SELECT COALESCE(sum(s.stored_bytes), 0) AS stored FROM bucket_usage s WHERE s.bucket_id = k.id) u
    CROSS JOIN LATERAL (SELECT COALESCE(sum(v.stored_size), 0) AS stored FROM object_version v
      WHERE v.bucket_id = k.id AND v.state = 'COMMITTED') r
    WHERE u.stored <> r.stored`);
  return [...rows, ...usage.rows];
}
