import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { collectGarbage } from '../../../src/operations/blobs/collect-garbage.js';
import { placeCopies } from '../../../src/operations/blobs/place-copies.js';
import { repairBlobs } from '../../../src/operations/blobs/repair-blob.js';
import { scrub } from '../../../src/operations/blobs/scrub.js';
import { verifyBlobs } from '../../../src/operations/blobs/verify-blobs.js';
import type { TestServer } from '../../support/server.js';
import { ScrubbedServer } from './scrub-fixture.js';

let files: ScrubbedServer;
let server: TestServer;

beforeEach(async () => {
  files = await ScrubbedServer.start();
  server = files.server;
});

afterEach(() => server.stop());

/** Moves a blob's row, not its file, to a store that no setting names. */
async function loseStoreOf(blobId: string): Promise<void> {
  await files.sql(`UPDATE blob SET path = replace(path, 'hot/', 'gone/') WHERE id = $1`, [blobId]);
}

describe('a store that is no longer configured', () => {
  it('does not keep the garbage of the others from being removed', async () => {
    const lost = await files.put('lost', randomBytes(70_000));
    const other = await files.put('other', randomBytes(70_000));
    await loseStoreOf(lost.id);
    await files.sql('DELETE FROM object_version');
    await files.sql(
      `UPDATE blob SET state = 'dead', ref_count = 0, dead_at = now() - interval '1 hour' WHERE id = $1`,
      [lost.id],
    );
    await files.sql(`UPDATE blob SET state = 'dead', ref_count = 0, dead_at = now() WHERE id = $1`, [other.id]);
    expect(await collectGarbage(server.granary)).toMatchObject({ forgotten: 1 });
    await expect(readFile(files.fileOf(other.path))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await files.sql('SELECT id FROM blob')).toEqual([{ id: lost.id }]);
  });

  it('does not keep more than a batch of garbage behind it from being removed', async () => {
    await files.sql(
      `INSERT INTO blob (id, scope, address, size, state, path, domain, stored_size, format, dead_at)
       SELECT gen_random_uuid(), 1, sha256(n::text::bytea), 1, 'dead',
         (CASE WHEN n <= 250 THEN 'gone' ELSE 'hot' END) || '/00/00/' || repeat('0', 64) || '.' || n,
         '\\x00', 1, 0, now() - interval '1 hour' FROM generate_series(1, 700) AS n`,
    );
    expect(await collectGarbage(server.granary)).toMatchObject({ forgotten: 450 });
    expect(await files.sql('SELECT count(*)::int AS left FROM blob')).toEqual([{ left: 250 }]);
  });

  it('does not end a round of the scrubber, nor a reading of everything', async () => {
    const lost = await files.put('lost', randomBytes(70_000));
    const damaged = await files.put('damaged', randomBytes(70_000));
    await loseStoreOf(lost.id);
    await files.flipBit(damaged.path, 60_000);
    const found = { unreachable: 1, corrupt: 1, outcome: 'finished' };
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject(found);
    const verified = await verifyBlobs(server.granary);
    expect(verified).toMatchObject({ total: 2, blobs: 1, unreachable: 1, findings: [{ blobId: damaged.id }] });
  });

  it('does not keep damage in the others from being repaired', async () => {
    await files.setCopies(['cold']);
    const lost = await files.put('lost', randomBytes(70_000));
    const other = await files.put('other', randomBytes(70_000));
    expect(await placeCopies(server.granary)).toMatchObject({ placed: 2 });
    await files.sql(`UPDATE blob_copy SET path = replace(path, 'cold/', 'gone/') WHERE blob_id = $1`, [lost.id]);
    await files.sql(`UPDATE blob SET damage = 'MISSING', damaged_at = now()`);
    expect(await repairBlobs(server.granary)).toBe(1);
    expect(await files.placeOf('other')).toMatchObject({ id: other.id, damage: null });
    expect(await files.placeOf('lost')).toMatchObject({ damage: 'MISSING' });
  });
});
