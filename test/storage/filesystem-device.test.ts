import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '../../src/storage/open-blob-store.js';
import { describeBlobStore, type OpenedStore, storeBytes } from '../conformance/blob-store.js';
import { temporaryDirectory } from '../support/directory.js';

/** On Linux a filesystem in memory, which everybody may write to. */
const SHARED_MEMORY = '/dev/shm';

const elsewhere = directoryOnAnotherDevice();

/** Undefined where there is none. */
function directoryOnAnotherDevice(): string | undefined {
  try {
    if (statSync(SHARED_MEMORY).dev === statSync(tmpdir()).dev) return undefined;
    return mkdtempSync(join(SHARED_MEMORY, 'granary-test-'));
  } catch {
    // Not there, or not for us.
    return undefined;
  }
}

afterAll(() => {
  if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
});

/** A store whose data directory is on one device and whose blobs are on the other. */
async function openStoreElsewhere(root: string): Promise<OpenedStore & { roots: string[] }> {
  const directory = await temporaryDirectory();
  const names = ['hot', 'cold'] as const;
  const run = mkdtempSync(join(root, 'run-'));
  const roots = names.map((name) => join(run, name));
  const store = await openBlobStore({
    dataDir: directory.path,
    stores: names.map((name) => ({ name, address: { kind: 'file', root: join(run, name) } })),
  });
  return {
    store,
    roots,
    staged: async () => [
      ...(await readdir(join(directory.path, 'staging'))),
      ...(await readdir(join(run, 'hot', '.incoming'))),
    ],
    async [Symbol.asyncDispose]() {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

if (elsewhere) {
  describeBlobStore('a filesystem on another device than staging', () => openStoreElsewhere(elsewhere));

  describe('a store on another device than staging', () => {
    it('gets bytes by a copy, of which nothing is left in between', async () => {
      await using opened = await openStoreElsewhere(elsewhere);
      const blob = await storeBytes(opened.store, randomBytes(100_000));
      const [hot = ''] = opened.roots;
      const { dev, nlink, size, mode } = await stat(join(hot, blob.path.slice('hot/'.length)));
      expect({ nlink, size, mode: mode & 0o777 }).toEqual({ nlink: 1, size: 100_000, mode: 0o600 });
      expect(dev).not.toBe((await stat(tmpdir())).dev);
      expect(await opened.staged()).toEqual([]);
    });

    it('sets strays aside on the device where they are', async () => {
      await using opened = await openStoreElsewhere(elsewhere);
      const stray = await storeBytes(opened.store, randomBytes(10));
      await opened.store.quarantine(stray.path);
      expect(await readdir(join(opened.roots[0] ?? '', '.quarantine'))).toHaveLength(1);
    });
  });
} else {
  describe('a filesystem on another device than staging', () => {
    it.skip(`is not tested: ${SHARED_MEMORY} is no other device than ${tmpdir()}, or cannot be written`, () =>
      undefined);
  });
}
