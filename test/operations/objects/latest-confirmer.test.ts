import type { Database, Statement } from '../../../src/database/database.js';
import { createBucket } from '../../../src/operations/buckets/create-bucket.js';
import { setBucketVersioning } from '../../../src/operations/buckets/update-bucket.js';
import { deleteObject } from '../../../src/operations/objects/delete-object.js';
import { LatestConfirmer } from '../../../src/operations/objects/latest-confirmer.js';
import { putObject } from '../../../src/operations/objects/put-object.js';
import type { BucketInfo } from '../../../src/operations/types.js';
import { type IdentityFixture, openIdentityFixture } from '../identities/identity-fixture.js';

let fixture: IdentityFixture;
let bucket: BucketInfo;

beforeAll(async () => {
  fixture = await openIdentityFixture();
  bucket = await createBucket(fixture.admin, { bucket: 'latest' });
});

afterAll(async () => fixture.close());

async function put(key: string): Promise<void> {
  const bytes = Buffer.from(key);
  async function* stream() {
    yield bytes;
  }
  await putObject(fixture.admin, {
    bucket: 'latest',
    key,
    body: { stream: stream(), length: bytes.length },
    attributes: {},
  });
}

async function rowOf(key: string): Promise<{ id: number; token: string } | undefined> {
  const { pool } = fixture.granary.database;
  const { rows } = await pool.query<{ id: string; token: string }>(
    'SELECT id, xmin AS token FROM object_version WHERE bucket_id = $1 AND key = $2 AND is_latest',
    [bucket.id, key],
  );
  return rows[0] === undefined ? undefined : { id: Number(rows[0].id), token: rows[0].token };
}

async function revision(): Promise<number> {
  return (await fixture.granary.buckets.find('default', 'latest'))?.revision ?? Number.NaN;
}

/** The real database, with a note of each query. */
function watched(seen: string[]): Database {
  return new Proxy(fixture.granary.database, {
    get: (target, name) =>
      name === 'query'
        ? (statement: Statement, values: unknown[]) => {
            seen.push(statement.name);
            return target.query(statement, values);
          }
        : Reflect.get(target, name),
  });
}

test('questions that come while others are under way share a query, and each gets its own answer', async () => {
  const keys = Array.from({ length: 100 }, (_, i) => `shared/${i}`);
  await Promise.all(keys.map(put));
  await deleteObject(fixture.admin, { bucket: 'latest', key: 'shared/7' });
  const seen: string[] = [];
  const confirmer = new LatestConfirmer(watched(seen));
  const asked = { bucketId: bucket.id, revision: await revision() };
  const answers = await Promise.all([...keys, 'shared/never'].map((key) => confirmer.confirm({ ...asked, key })));
  for (const [i, key] of keys.entries()) {
    expect(answers[i]).toMatchObject((await rowOf(key)) ?? { id: null, token: null });
  }
  expect(answers[7]).toMatchObject({ id: null });
  expect(answers[100]).toMatchObject({ id: null, token: null });
  expect(seen).toEqual(['confirm_latest', 'confirm_latest', 'confirm_latest_of_several', 'confirm_latest_of_several']);
});

test('who knows a bucket as it was gets no answer, and the others of the batch do', async () => {
  await put('known');
  const confirmer = new LatestConfirmer(fixture.granary.database);
  const old = { bucketId: bucket.id, revision: await revision(), key: 'known' };
  await setBucketVersioning(fixture.admin, { bucket: 'latest', versioning: 'ENABLED' });
  fixture.granary.buckets.forget(bucket.id);
  const now = { ...old, revision: await revision() };
  const answers = await Promise.all([old, now, old, now, now, old].map((question) => confirmer.confirm(question)));
  const row = await rowOf('known');
  expect(answers).toEqual(
    [undefined, row, undefined, row, row, undefined].map((each) => each && expect.objectContaining(each)),
  );
});

test('a question that cannot be asked fails those that went with it, and none after them', async () => {
  const confirmer = new LatestConfirmer(fixture.granary.database);
  const good = { bucketId: bucket.id, revision: await revision(), key: 'known' };
  // PostgreSQL has no text with this character; keys with it are refused long before.
  const bad = { ...good, key: 'null\0' };
  const outcomes = await Promise.allSettled([good, good, good, bad].map((question) => confirmer.confirm(question)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
  expect(await confirmer.confirm(good)).toMatchObject({ id: expect.any(Number) });
});
