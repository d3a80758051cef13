import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { loadSettings } from '../../src/config/settings.js';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { placeCopies } from '../../src/operations/blobs/place-copies.js';
import { repairBlobs } from '../../src/operations/blobs/repair-blob.js';
import { scrub } from '../../src/operations/blobs/scrub.js';
import { rotateKeys } from '../../src/operations/encryption/rotate-keys.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { temporaryDirectory } from '../support/directory.js';
import type { TestServer } from '../support/server.js';
import { type BlobPlace, expectSame, ScrubbedServer } from './blobs/scrub-fixture.js';
import { setClass } from './blobs/tiers-fixture.js';

let files: ScrubbedServer;
let server: TestServer;

let archive: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  archive = await temporaryDirectory();
  const { stores } = loadSettings({ GRANARY_STORES: `archive=${pathToFileURL(archive.path)}` });
  files = await ScrubbedServer.start({ stores });
  server = files.server;
});

afterAll(async () => {
  await server.stop();
  await archive[Symbol.asyncDispose]();
});

const lanes = 3;
const kept = 6;

/** Writes and reads back a key of its own, and reads one that upkeep works on. Returns how often. */
async function client(lane: number, { bodies, running }: { bodies: Buffer[]; running: () => boolean }) {
  let turns = 0;
  for (; running(); turns++) {
    // Every second one is small enough for its row.
    const length = turns % 2 === 0 ? 2_000 : 60_000;
    const body = Buffer.concat([
      (bodies[turns % kept] ?? Buffer.alloc(0)).subarray(0, length),
      Buffer.from(`${lane} ${turns % 5}`),
    ]);
    await files.put(`lane-${lane}`, body);
    expectSame(await files.get(`lane-${lane}`), body);
    expectSame(await files.get(`kept-${turns % kept}`), bodies[turns % kept] ?? Buffer.alloc(0));
    await delay(20);
  }
  return turns;
}

/** Content that nothing refers to, and that is dead for longer than the grace. */
async function leaveGarbage(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await files.put('replaced', randomBytes(50_000));
  }
  await files.put('replaced', randomBytes(50_000));
  await purgeVersions(server.granary);
  await collectGarbage(server.granary, { graceSeconds: 3_600 });
  await files.sql(`UPDATE blob SET dead_at = now() - interval '1 hour' WHERE state = 'dead'`);
}

/** Takes the file of one blob that has a copy away. */
async function loseFile(): Promise<void> {
  const [victim] = await files.sql<BlobPlace>(
    `SELECT b.id, b.path FROM blob b JOIN blob_copy c ON c.blob_id = b.id AND c.state = 'PLACED'
     JOIN object_version v ON v.blob_id = b.id AND v.is_latest AND v.key LIKE 'kept-%' WHERE b.damage IS NULL LIMIT 1`,
  );
  await rm(files.fileOf(victim?.path ?? ''));
}

it('clients notice nothing of key rotation, tier moves, scrubs, copies, repairs and garbage collection', async () => {
  await files.setCopies(['archive']);
  const bodies = Array.from({ length: kept }, (_, index) => randomBytes(index % 2 === 0 ? 60_000 : 40_000));
  for (const [index, body] of bodies.entries()) {
    await files.put(`kept-${index}`, body);
  }
  await leaveGarbage(5);
  let running = true;
  const clients = Array.from({ length: lanes }, (_, lane) => client(lane, { bodies, running: () => running }));
  const done = { copied: 0, moved: 0, rewrapped: 0, scrubbed: 0, repaired: 0, removed: 0 };
  const upkeep = async () => {
    for (const storageClass of ['STANDARD_IA', 'STANDARD']) {
      done.copied += (await placeCopies(server.granary)).placed;
      await loseFile();
      const { blobs, repaired } = await scrub(server.granary, { start: 'now' });
      done.scrubbed += blobs;
      done.repaired += repaired + (await repairBlobs(server.granary));
      for (const key of ['lane-0', ...bodies.map((_, index) => `kept-${index}`)]) {
        const errors = await setClass(server, { bucket: files.bucket, key, storageClass });
        done.moved += errors.length === 0 ? 1 : 0;
      }
      const rotated = await rotateKeys(server.granary, { newKey: 'always' });
      expect(rotated).toMatchObject({ madeKeyId: expect.any(String), unopened: 0 });
      done.rewrapped += rotated.dataKeys;
      await purgeVersions(server.granary);
      done.removed += (await collectGarbage(server.granary, { graceSeconds: 60 })).forgotten;
    }
  };
  try {
    await upkeep();
  } finally {
    running = false;
  }
  const turns = await Promise.all(clients);
  expect(Math.min(...turns)).toBeGreaterThan(3);
  expect(done.copied).toBeGreaterThanOrEqual(kept);
  expect(done.moved).toBeGreaterThanOrEqual(2 * kept);
  expect(done.rewrapped).toBeGreaterThanOrEqual(2 * kept);
  expect(done.scrubbed).toBeGreaterThanOrEqual(2 * kept);
  expect(done.repaired).toBeGreaterThanOrEqual(1);
  expect(done.removed).toBeGreaterThanOrEqual(5);
  for (const [index, body] of bodies.entries()) {
    expectSame(await files.get(`kept-${index}`), body);
  }
}, 60_000);
