import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { loadSettings } from '../../src/config/settings.js';
import { placeCopies } from '../../src/operations/blobs/place-copies.js';
import { temporaryDirectory } from '../support/directory.js';
import { startTestServer } from '../support/server.js';
import { bucket, expectReadable, put } from './busy-clients.js';
import { Installation } from './installation.js';

const copiesQuery = `SELECT c.store, c.state, b.path AS blob, c.path FROM blob_copy c JOIN blob b ON b.id = c.blob_id ORDER BY b.id`;

test('a backup brings second copies back to their own store, and a lost blob is read from its copy there', async () => {
  await using archives = await temporaryDirectory();
  const GRANARY_STORES = `archive=${pathToFileURL(join(archives.path, 'source'))}`;
  const source = await startTestServer({ stores: loadSettings({ GRANARY_STORES }).stores });
  const digests = new Map<string, string>();
  await using commands = await Installation.make('migrated');
  await using target = await Installation.make();
  try {
    await source.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const { data } = await source.graphql(
      'mutation($input: SetBucketPlacementInput!) { setBucketPlacement(input: $input) { userErrors { message } } }',
      { input: { bucket, rules: [{ prefix: 'twice/', copies: ['archive'] }] } },
    );
    expect(data.setBucketPlacement.userErrors).toEqual([]);
    for (const key of ['twice/1', 'twice/2', 'once/1']) {
      digests.set(key, await put(source.s3, key, randomBytes(60_000)));
    }
    expect(await placeCopies(source.granary)).toEqual({ placed: 2, failed: 0 });
    const { rows: copies } = await source.granary.database.pool.query(copiesQuery);
    Object.assign(commands.env, {
      GRANARY_STORES,
      GRANARY_DATA_DIR: source.settings.dataDir,
      DATABASE_URL: source.granary.database.url,
    });
    const made = await commands.facts(['backup', join(archives.path, 'backups'), '--verify']);
    // The bytes of a copy are those of its blob, and are kept once.
    expect(made).toMatchObject({ files: 3, newFiles: 3, missing: [], verified: { flaws: [] } });

    target.env.GRANARY_STORES = `archive=${pathToFileURL(join(archives.path, 'target'))}`;
    await cp(join(source.settings.dataDir, 'keys'), join(target.dataDir, 'keys'), { recursive: true });
    const restored = await target.facts(['restore', join(archives.path, 'backups')]);
    expect(restored).toMatchObject({ missing: [], verified: { findings: [] } });
    expect(copies).toMatchObject([
      { store: 'archive', state: 'PLACED' },
      { store: 'archive', state: 'PLACED' },
    ]);
    for (const { blob, path } of copies) {
      expect(existsSync(join(archives.path, 'target', path.slice('archive/'.length)))).toBe(true);
      await rm(join(target.dataDir, 'blobs', blob));
    }
    await expectReadable(await target.start(), digests);
  } finally {
    await source.stop();
  }
}, 60_000);
