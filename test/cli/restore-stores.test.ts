import { randomBytes } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { bucket, put, readDigest } from './busy-clients.js';
import { Installation } from './installation.js';

/** An installation whose blobs are outside of its data directory, with one object and a backup. */
async function backedUp() {
  const source = await Installation.make();
  source.env.GRANARY_STORES = storeAt(source, 'blobs');
  const s3 = await source.start();
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const digest = await put(s3, 'key', randomBytes(60_000));
  const backups = join(source.directory, 'backups');
  await source.facts(['backup', backups]);
  return { source, digest, backups };
}

async function emptyWithKeysOf(source: Installation): Promise<Installation> {
  const target = await Installation.make();
  await cp(join(source.dataDir, 'keys'), join(target.dataDir, 'keys'), { recursive: true });
  return target;
}

function storeAt(installation: Installation, name: string): string {
  return `hot=file://${join(installation.directory, name)}`;
}

test('a restored copy is another installation: it needs stores of its own, or takes those of the original over', async () => {
  const { source: original, digest, backups } = await backedUp();
  await using source = original;
  await using drill = await emptyWithKeysOf(source);
  drill.env.GRANARY_STORES = source.env.GRANARY_STORES;
  const refused = await drill.granary(['restore', backups]);
  expect(refused).toMatchObject({
    code: 1,
    errors: expect.stringContaining('The store hot belongs to another installation'),
  });
  expect(refused.errors).toContain('--take-over-stores');
  drill.env.GRANARY_STORES = storeAt(drill, 'blobs');
  await drill.facts(['restore', backups]);
  expect(await readDigest(await drill.start(), 'key')).toBe(digest);
  await drill.stop();
  drill.env.GRANARY_STORES = source.env.GRANARY_STORES;
  expect(await drill.failToStart()).toContain('The store hot belongs to another installation');
  await source.stop();
  expect(await readDigest(await source.start(), 'key')).toBe(digest);
  await source.stop();

  await using successor = await emptyWithKeysOf(source);
  successor.env.GRANARY_STORES = source.env.GRANARY_STORES;
  await successor.facts(['restore', backups, '--take-over-stores']);
  expect(await readDigest(await successor.start(), 'key')).toBe(digest);
  expect(await source.failToStart()).toContain('The store hot belongs to another installation');
}, 120_000);

test('a restore that is run again does not take the rows of another installation for its own', async () => {
  const { source: original, backups } = await backedUp();
  await using source = original;
  await source.stop();
  await using target = await emptyWithKeysOf(source);
  const { DATABASE_URL } = target.env;
  target.env.DATABASE_URL = source.databaseUrl;
  for (const _attempt of ['first', 'again']) {
    const onto = await target.granary(['restore', backups]);
    expect(onto).toMatchObject({ code: 1, errors: expect.stringContaining('The database is not empty') });
  }
  target.env.DATABASE_URL = DATABASE_URL;
  await target.facts(['restore', backups]);
  await target.start();
}, 120_000);
