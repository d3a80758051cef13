import type { Database, Statement } from '../../../src/database/database.js';
import { BucketCache } from '../../../src/operations/buckets/bucket-cache.js';
import { createBucket } from '../../../src/operations/buckets/create-bucket.js';
import { setBucketVersioning } from '../../../src/operations/buckets/update-bucket.js';
import { type IdentityFixture, openIdentityFixture } from '../identities/identity-fixture.js';

let fixture: IdentityFixture;

beforeAll(async () => {
  fixture = await openIdentityFixture();
});

afterAll(async () => fixture.close());

/** The real database, whose first answer is there when `read` resolves, and arrives once `arrive` was called. */
function heldUp(database: Database) {
  const read = Promise.withResolvers<void>();
  const arrives = Promise.withResolvers<void>();
  const held = new Proxy(database, {
    get: (target, name) =>
      name === 'query'
        ? async (statement: Statement, values: unknown[]) => {
            const rows = await target.query(statement, values);
            read.resolve();
            await arrives.promise;
            return rows;
          }
        : Reflect.get(target, name),
  });
  return { database: held, read: read.promise, arrive: arrives.resolve };
}

test('a bucket that changes while it is being read is not remembered as it was', async () => {
  const { id } = await createBucket(fixture.admin, { bucket: 'changing' });
  const { database, read, arrive } = heldUp(fixture.granary.database);
  const cache = new BucketCache(database);
  const reading = cache.find('default', 'changing');
  await read;
  await setBucketVersioning(fixture.admin, { bucket: 'changing', versioning: 'ENABLED' });
  cache.forget(id);
  arrive();
  expect((await reading)?.versioning).toBe('UNVERSIONED');
  expect((await cache.find('default', 'changing'))?.versioning).toBe('ENABLED');
});
