import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describeBlobStore, storeBytes } from '../conformance/blob-store.js';
import { openFilesystemStore } from './open-store.js';

describeBlobStore('the filesystem', openFilesystemStore);

describe('the directories of a filesystem store', () => {
  it('are for their owner only', async () => {
    await using opened = await openFilesystemStore();
    for (const name of ['blobs', 'blobs/hot', 'blobs/cold', 'staging', 'quarantine']) {
      expect((await stat(join(opened.dataDir, name))).mode & 0o777).toBe(0o700);
    }
  });

  it('are made again when somebody removed empty ones', async () => {
    await using opened = await openFilesystemStore();
    const bytes = randomBytes(10);
    const first = await storeBytes(opened.store, bytes);
    await rm(join(opened.dataDir, 'blobs', first.path.slice(0, 6)), { recursive: true });
    const second = await storeBytes(opened.store, bytes);
    expect(await buffer(await opened.store.openBlob(second))).toEqual(bytes);
  });

  it('show files that are no blobs, which go to quarantine with their bytes', async () => {
    await using opened = await openFilesystemStore();
    await mkdir(join(opened.dataDir, 'blobs', 'hot', 'deep', 'er'), { recursive: true });
    for (const name of ['stray', 'hot/notes.txt', 'hot/deep/er/x']) {
      await writeFile(join(opened.dataDir, 'blobs', name), 'x');
      await opened.store.quarantine(name);
    }
    for await (const file of opened.store.walk()) throw new Error(`${file.path} is still there.`);
    expect(await readdir(join(opened.dataDir, 'quarantine'))).toHaveLength(3);
    await expect(opened.store.quarantine('../staging')).rejects.toMatchObject({ kind: 'Internal' });
  });
});
