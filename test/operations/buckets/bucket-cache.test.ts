import { setTimeout as delay } from 'node:timers/promises';
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

/** The real database, whose answers arrive late. */
function slow(database: Database, ms: number): Database {
  return new Proxy(database, {
    get: (target, name) =>
      name === 'query'
        ? async (statement: Statement, values: unknown[]) => {
            const rows = await target.query(statement, values);
            await delay(ms);
            return rows;
          }
        : Reflect.get(target, name),
  });
}

test('a bucket that changes while it is being read is not remembered as it was', async () => {
  const { id } = await createBucket(fixture.admin, { bucket: 'changing' });
  const cache = new BucketCache(slow(fixture.granary.database, 100));
  const reading = cache.find('default', 'changing');
  await delay(30);
  await setBucketVersioning(fixture.admin, { bucket: 'changing', versioning: 'ENABLED' });
  cache.forget(id);
  expect((await reading)?.versioning).toBe('UNVERSIONED');
  expect((await cache.find('default', 'changing'))?.versioning).toBe('ENABLED');
});
