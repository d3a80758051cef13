import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { inSnapshot, SharedLock } from '../../../src/database/snapshot.js';
import { backUp } from '../../../src/operations/backup/backup.js';
import { BackupDirectory } from '../../../src/operations/backup/backup-directory.js';
import { backUpFiles, type CopiedFiles } from '../../../src/operations/backup/backup-files.js';
import { backUpRows } from '../../../src/operations/backup/backup-rows.js';
import { checkBackup } from '../../../src/operations/backup/check-backup.js';
import { freshPath } from '../../../src/operations/blobs/fresh-path.js';
import { temporaryDirectory } from '../../support/directory.js';
import { ScrubbedServer } from '../blobs/scrub-fixture.js';

const id = '20261121T000000000Z';
let files: ScrubbedServer;

beforeEach(async () => {
  files = await ScrubbedServer.start();
});

afterEach(() => files.server.stop());

/** A backup that something happens to between its rows and its files. */
async function backUpAround(path: string, between: () => Promise<void>): Promise<CopiedFiles> {
  const { granary } = files.server;
  const directory = new BackupDirectory(path);
  await directory.prepare();
  await mkdir(directory.generation(id));
  await using lock = await SharedLock.take(granary.database.url, 'backup');
  await inSnapshot(lock.client, () => backUpRows(lock.client, directory, id));
  await between();
  return backUpFiles({ granary, directory, id, previous: undefined, onProgress: () => undefined });
}

describe('a path that has no bytes any more', () => {
  it('gets those of the path that the blob has now, when they are the same', async () => {
    await using directory = await temporaryDirectory();
    const blob = await files.put('moved', randomBytes(100_000));
    const path = freshPath(blob.path, 'hot');
    const copied = await backUpAround(directory.path, async () => {
      await mkdir(dirname(files.fileOf(path)), { recursive: true });
      await rename(files.fileOf(blob.path), files.fileOf(path));
      await files.sql('UPDATE blob SET path = $2 WHERE id = $1', [blob.id, path]);
    });
    expect(copied).toMatchObject({ missing: [], newFiles: 1 });
  });

  it('is missing when the blob has bytes of another data key by now', async () => {
    await using directory = await temporaryDirectory();
    const body = randomBytes(100_000);
    const before = await files.put('healed', body);
    const copied = await backUpAround(directory.path, async () => {
      await rm(files.fileOf(before.path));
      await files.sql(`UPDATE blob SET damage = 'MISSING', damaged_at = now() WHERE id = $1`, [before.id]);
      await files.put('again', body);
      const healed = await files.placeOf('healed');
      expect(healed).toMatchObject({ id: before.id, damage: null });
      expect(healed.path).not.toBe(before.path);
    });
    expect(copied).toMatchObject({ missing: [before.path], newFiles: 0 });
  });
});

describe('a backup after one whose list of files was changed', () => {
  it('believes none of its digests', async () => {
    await using temporary = await temporaryDirectory();
    await files.put('kept', randomBytes(100_000));
    const directory = new BackupDirectory(temporary.path);
    const first = await backUp(files.server.granary, { directory: temporary.path });
    const list = directory.fileList(first.manifest.id);
    const text = zstdDecompressSync(await readFile(list)).toString('latin1');
    const changed = text
      .replace(/[0-9a-f](\t[^\t]*\n)/, (_, rest) => `x${rest}`)
      .replace(/[0-9a-f]{63}x/, '0'.repeat(64));
    expect(changed).not.toBe(text);
    await writeFile(list, zstdCompressSync(changed));
    const second = await backUp(files.server.granary, { directory: temporary.path });
    expect((await checkBackup(directory, second.manifest)).flaws).toEqual([]);
  });

  it('is made all the same when the list does not open', async () => {
    await using temporary = await temporaryDirectory();
    await files.put('kept', randomBytes(100_000));
    const directory = new BackupDirectory(temporary.path);
    const first = await backUp(files.server.granary, { directory: temporary.path });
    await writeFile(directory.fileList(first.manifest.id), 'no list');
    const second = await backUp(files.server.granary, { directory: temporary.path });
    expect((await checkBackup(directory, second.manifest)).flaws).toEqual([]);
  });
});
