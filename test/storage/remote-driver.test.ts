import '../support/one-error-class.js';
import { randomBytes } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { blobPath } from '../../src/storage/blob-path.js';
import type { StoredBlob } from '../../src/storage/blob-store.js';
import { chunksOf, receiveOptions, stagedFile, storeBytes } from '../conformance/blob-store.js';
import { AZURITE_ACCOUNT, AZURITE_KEY, startAzurite } from '../support/emulators/azurite.js';
import type { Emulator } from '../support/emulators/emulator.js';
import { fakeGcsServerProblem, startFakeGcsServer } from '../support/emulators/fake-gcs-server.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { eventually } from '../support/process.js';
import { type OpenedRemoteStore, openRemoteStore, type RemotePlace } from './open-remote-store.js';

const MIB = 1024 * 1024;
const LARGE_BODIES_MS = 120_000;

interface Service {
  name: string;
  problem: string | undefined;
  start(): Promise<Emulator>;
  place(url: string): Pick<RemotePlace, 'address' | 'credentials'>;
  sendsBytes: RegExp;
  /** The last request of an upload of two parts: of those that match, the one with this number. */
  completes: RegExp;
  completesAt: number;
  readsBytes: RegExp;
}

const services: Service[] = [
  {
    name: 'Azure Blob Storage',
    problem: undefined,
    start: () => startAzurite('blobs'),
    place: (url) => ({
      address: (prefix) => `azure://${AZURITE_ACCOUNT}/blobs/${prefix}?endpoint=${new URL(AZURITE_ACCOUNT, url)}`,
      credentials: `${AZURITE_ACCOUNT}:${AZURITE_KEY}`,
    }),
    sendsBytes: /^PUT (?!.*comp=blocklist)/,
    completes: /^PUT .*comp=blocklist/,
    completesAt: 1,
    readsBytes: /^GET /,
  },
  {
    name: 'Google Cloud Storage',
    problem: fakeGcsServerProblem(),
    start: () => startFakeGcsServer('blobs'),
    place: (url) => ({ address: (prefix) => `gs://blobs/${prefix}?endpoint=${url}` }),
    sendsBytes: /^(POST .*uploadType=multipart|PUT )/,
    completes: /^PUT .*upload_id/,
    completesAt: 2,
    readsBytes: /^GET .*alt=media/,
  },
];

for (const service of services) {
  if (service.problem === undefined) describeTrouble(service);
  else test.skip(`trouble with ${service.name} (skipped: ${service.problem})`, () => undefined);
}

function describeTrouble(service: Service): void {
  const { name, start, place, sendsBytes, completes, completesAt, readsBytes } = service;
  describe(`trouble with ${name}`, () => {
    let emulator: Emulator;
    let proxy: FaultProxy;
    let opened: OpenedRemoteStore;

    beforeAll(async () => {
      emulator = await start();
      proxy = await FaultProxy.to(emulator.url);
    });

    beforeEach(async () => {
      opened = await openRemoteStore(place(proxy.url));
      proxy.reset();
    });

    afterEach(async () => {
      proxy.reset();
      await opened[Symbol.asyncDispose]();
    });

    afterAll(async () => {
      await proxy[Symbol.asyncDispose]();
      await emulator[Symbol.asyncDispose]();
    });

    const disturb = (on: RegExp, fault: Fault, times = 1) =>
      proxy.plan(fault, { times, matches: ({ method, url }) => on.test(`${method} ${url}`) });
    const answer = (status: number): Fault => ({ kind: 'answer', status });
    const sent = (what: RegExp) => proxy.seen.filter(({ method, url }) => what.test(`${method} ${url}`)).length;

    const disturbTheLast = (fault: Fault) =>
      proxy.plan(fault, {
        matches: ({ method, url }) => completes.test(`${method} ${url}`) && sent(completes) === completesAt,
      });

    /** Receives bytes up to the moment at which they are to be placed. */
    async function stage(size: number) {
      const options = receiveOptions({ inlineLimit: -1 });
      const received = await opened.store.receive(chunksOf(randomBytes(size)), options);
      const path = blobPath('hot', received.sha256, options.name);
      const { storedSize, format, sha256 } = received;
      const blob: StoredBlob = { path, size, storedSize, format, sha256, seal: null };
      return { blob, upload: stagedFile(received), file: join(opened.directory, 'staging', options.name) };
    }

    /** Looks past the disturbances. */
    async function expectNothingAt(blob: StoredBlob): Promise<void> {
      await using looker = await openRemoteStore(place(emulator.url));
      await expect(looker.store.openBlob(blob)).rejects.toMatchObject({ reason: 'MissingBlob' });
      for await (const { path } of looker.store.walk()) expect(path).not.toBe(blob.path);
    }

    it('counts an upload that was done although its answer was lost', async () => {
      disturb(sendsBytes, { kind: 'lose answer' });
      const bytes = randomBytes(MIB);
      const blob = await storeBytes(opened.store, bytes);
      expect(sent(sendsBytes)).toBe(2);
      expect((await buffer(await opened.store.openBlob(blob))).equals(bytes)).toBe(true);
    });

    it(
      'counts an upload in parts that was done although its last answer was lost',
      async () => {
        const { blob, upload } = await stage(20 * MIB);
        disturbTheLast({ kind: 'lose answer' });
        await upload.commit(blob.path);
        expect(await opened.store.verifyBlob(blob)).toBe(20 * MIB);
      },
      LARGE_BODIES_MS,
    );

    it('tries again what the service is too busy for', async () => {
      disturb(sendsBytes, answer(503), 2);
      const bytes = randomBytes(MIB);
      const blob = await storeBytes(opened.store, bytes);
      expect(sent(sendsBytes)).toBe(3);
      disturb(readsBytes, answer(503), 2);
      expect((await buffer(await opened.store.openBlob(blob))).equals(bytes)).toBe(true);
    });

    it('does not try again what the service forbids, and leaves nothing behind', async () => {
      const { blob, upload, file } = await stage(1_000);
      disturb(sendsBytes, answer(403), 9);
      await expect(upload.commit(blob.path)).rejects.toMatchObject({ kind: 'Internal', reason: 'StoreRefused' });
      expect(sent(sendsBytes)).toBe(1);
      expect(await opened.staged()).toEqual([file.split('/').at(-1)]);
      await upload.cancel();
      await expectNothingAt(blob);
    });

    it('gives up as unavailable when the service stays busy', async () => {
      const { blob, upload } = await stage(MIB);
      disturb(sendsBytes, answer(503), 99);
      await expect(upload.commit(blob.path)).rejects.toMatchObject({ kind: 'Unavailable' });
      expect(sent(sendsBytes)).toBe(5);
      await upload.cancel();
      await expectNothingAt(blob);
    });

    it('says that the store is full when the service says so', async () => {
      const { blob, upload } = await stage(1_000);
      disturb(sendsBytes, answer(507));
      await expect(upload.commit(blob.path)).rejects.toMatchObject({ kind: 'StorageFull' });
      await upload.cancel();
    });

    it('goes on reading where a connection broke', async () => {
      const blob = await storeBytes(opened.store, randomBytes(4 * MIB));
      disturb(readsBytes, { kind: 'cut', after: MIB / 2, by: 'reset' }, 2);
      expect(await opened.store.verifyBlob(blob)).toBe(4 * MIB);
      expect(sent(readsBytes)).toBe(3);
    });

    it(
      'leaves nothing at the path when the staging file ends in the middle of an upload',
      async () => {
        const { blob, upload, file } = await stage(40 * MIB);
        await truncate(file, 20 * MIB);
        await expect(upload.commit(blob.path)).rejects.toMatchObject({ kind: 'Internal' });
        expect(await opened.staged()).toHaveLength(1);
        await upload.cancel();
        await expectNothingAt(blob);
      },
      LARGE_BODIES_MS,
    );

    it(
      'leaves nothing at the path when it is closed in the middle of an upload',
      async () => {
        const { blob, upload } = await stage(20 * MIB);
        disturbTheLast({ kind: 'hang' });
        const committed = upload.commit(blob.path).then(
          () => 'done',
          (error: { kind?: string }) => error.kind,
        );
        await eventually(() => sent(completes) === completesAt);
        await opened.store.close();
        expect(await committed).toBe('Unavailable');
        await expectNothingAt(blob);
      },
      LARGE_BODIES_MS,
    );

    it('says which store cannot be used, and why, without its secret', async () => {
      disturb(sendsBytes, answer(403), 9);
      const opening = openRemoteStore(place(proxy.url));
      await expect(opening).rejects.toMatchObject({
        kind: 'Unavailable',
        message: expect.stringMatching(/^The store hot cannot be used in the (bucket|container) blobs.*HTTP 403\)\.$/),
      });
      await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining(AZURITE_KEY) });
    });
  });
}
