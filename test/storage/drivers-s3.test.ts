import '../support/one-error-class.js';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { blobPath } from '../../src/storage/blob-path.js';
import { describeBlobStore, newSeal, storeBytes } from '../conformance/blob-store.js';
import { openRemoteStore } from './remote-granary.js';

const MIB = 1024 * 1024;
const CACHE = { memoryBytes: 4 * MIB, diskBytes: 64 * MIB };

describeBlobStore('S3, which is another Granary', () => openRemoteStore());

describeBlobStore('S3 behind a cache', () => openRemoteStore({ cache: CACHE }));

describe('a remote store behind a cache', () => {
  it('asks for nothing that was read before, and checks, copies and archives past the cache', async () => {
    await using opened = await openRemoteStore({ cache: CACHE });
    const { store } = opened;
    const bytes = randomBytes(3 * MIB);
    const blob = await storeBytes(store, bytes);
    for (let i = 0; i < 3; i += 1) expect((await buffer(await store.openBlob(blob))).equals(bytes)).toBe(true);
    const read = store.cacheFigures()?.reads;
    expect(read).toMatchObject({ remote: { chunks: 3, bytes: bytes.length } });
    expect(await store.verifyBlob(blob)).toBe(bytes.length);
    await store.copyBlob(blob, blobPath('cold', blob.sha256, 'copy'));
    const archived: Uint8Array[] = [];
    for await (const piece of (await store.openStored(blob)).pieces) archived.push(piece);
    expect(Buffer.concat(archived).equals(bytes)).toBe(true);
    expect(store.cacheFigures()?.reads).toEqual(read);
  });

  it('keeps sealed bytes sealed on the disk', async () => {
    await using opened = await openRemoteStore({ cache: { memoryBytes: 0, diskBytes: 64 * MIB } });
    const { store, dataDir } = opened;
    const bytes = Buffer.alloc(2 * MIB, 'not for the eyes of others ');
    const blob = await storeBytes(store, bytes, { seal: newSeal() });
    for (let i = 0; i < 2; i += 1) expect((await buffer(await store.openBlob(blob))).equals(bytes)).toBe(true);
    await store.close();
    const entries = await readdir(join(dataDir, 'cache'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files).toHaveLength(3);
    for (const { parentPath, name } of files) {
      expect((await readFile(join(parentPath, name))).includes('not for the eyes')).toBe(false);
    }
  });
});
