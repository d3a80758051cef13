import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readdir, readlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { StoredBlob } from '../../src/storage/blob-store.js';
import { storeBytes } from '../conformance/blob-store.js';
import { type FilesystemStore, openFilesystemStore } from './open-store.js';

const MIB = 1024 * 1024;

let opened: FilesystemStore;

beforeAll(async () => {
  opened = await openFilesystemStore();
});

afterEach(async () => {
  expect(await openFiles()).toEqual([]);
});

afterAll(() => opened[Symbol.asyncDispose]());

/** Files in the store that this process has open. */
async function openFiles(): Promise<string[]> {
  const links = await Promise.allSettled((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`)));
  return links.flatMap((link) =>
    link.status === 'fulfilled' && link.value.startsWith(opened.dataDir) ? [link.value] : [],
  );
}

async function damage(blob: StoredBlob, position: number): Promise<void> {
  const file = await open(join(opened.dataDir, 'blobs', blob.path), 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, position);
  await file.close();
}

describe('reading a damaged blob', () => {
  it.each([0, 500])('fails before the first byte when it is short (byte %d)', async (position) => {
    const blob = await storeBytes(opened.store, randomBytes(1000));
    await damage(blob, position);
    await expect(opened.store.openBlob(blob)).rejects.toMatchObject({ kind: 'Internal', reason: 'CorruptBlob' });
  });

  it.each([0, 3 * MIB - 1])('never gives the last bytes of a long one (byte %d)', async (position) => {
    const blob = await storeBytes(opened.store, randomBytes(3 * MIB));
    await damage(blob, position);
    const stream = await opened.store.openBlob(blob);
    let size = 0;
    const reading = (async () => {
      for await (const chunk of stream) size += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject({ kind: 'Internal', reason: 'CorruptBlob' });
    expect(size).toBeLessThan(blob.size);
  });

  it.each([10, 3 * MIB])('fails before the first byte when a file of %d bytes has another length', async (size) => {
    const blob = await storeBytes(opened.store, randomBytes(size));
    const file = join(opened.dataDir, 'blobs', blob.path);
    await truncate(file, size - 1);
    const corrupt = { kind: 'Internal', reason: 'CorruptBlob' };
    await expect(opened.store.openBlob(blob)).rejects.toMatchObject(corrupt);
    await expect(opened.store.openBlob(blob, { start: 0, end: 4 })).rejects.toMatchObject(corrupt);
    await writeFile(file, randomBytes(size + 1));
    await expect(opened.store.openBlob(blob)).rejects.toMatchObject(corrupt);
  });

  it('fails when the file is cut while it is read', async () => {
    const blob = await storeBytes(opened.store, randomBytes(8 * MIB));
    const stream = await opened.store.openBlob(blob, { start: 1, end: blob.size - 1 });
    await once(stream, 'readable');
    await truncate(join(opened.dataDir, 'blobs', blob.path), 5 * MIB);
    await expect(buffer(stream)).rejects.toMatchObject({ reason: 'CorruptBlob' });
  });
});

describe('a blob that is not read to its end', () => {
  it.each(['at once', 'after the first bytes'])('is closed when its stream is destroyed %s', async (when) => {
    const blob = await storeBytes(opened.store, randomBytes(8 * MIB));
    const stream = await opened.store.openBlob(blob);
    expect(await openFiles()).toHaveLength(1);
    if (when !== 'at once') await once(stream, 'readable');
    stream.destroy();
    await once(stream, 'close');
  });

  it('is closed when its stream fails as the store closes', async () => {
    const other = await openFilesystemStore();
    const blob = await storeBytes(other.store, randomBytes(8 * MIB));
    const stream = await other.store.openBlob(blob);
    const failure = expect(buffer(stream)).rejects.toMatchObject({ kind: 'Internal' });
    await other[Symbol.asyncDispose]();
    await failure;
    expect(stream.destroyed).toBe(true);
  });
});
