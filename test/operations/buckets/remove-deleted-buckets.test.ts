import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { removeDeletedBuckets } from '../../../src/operations/buckets/remove-deleted-buckets.js';
import { purgeVersions } from '../../../src/operations/objects/purge-versions.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

test('the trash of a deleted bucket ends however many versions and however few keys it has', async () => {
  const [Bucket, Key] = ['deleted', 'a'];
  const { pool } = server.granary.database;
  await server.s3.send(new CreateBucketCommand({ Bucket }));
  await server.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }));
  await server.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  // Rows like the one that is there: to write so many would take a minute.
  const { rows: columns } = await pool.query<{ name: string }>(
    `SELECT quote_ident(column_name) AS name FROM information_schema.columns
     WHERE table_name = 'object_version' AND column_name NOT IN ('id', 'key') AND is_generated = 'NEVER'`,
  );
  const names = columns.map(({ name }) => name).join(', ');
  await pool.query(
    `INSERT INTO object_version (key, ${names}) SELECT 'k' || n % 3, ${names}
     FROM object_version, generate_series(1, 4500) AS n WHERE state = 'DELETING'`,
  );
  await pool.query('UPDATE blob SET ref_count = ref_count + 4500');
  await server.s3.send(new DeleteBucketCommand({ Bucket }));
  expect(await removeDeletedBuckets(server.granary)).toBe(0);
  const left = `SELECT count(*)::int AS left FROM object_version WHERE state = 'DELETING' AND purge_after > now()`;
  expect((await pool.query(left)).rows).toEqual([{ left: 0 }]);
  await purgeVersions(server.granary, { graceSeconds: 0 });
  expect(await removeDeletedBuckets(server.granary)).toBe(1);
});
