import '../support/one-error-class.js';
import { randomBytes, randomUUID } from 'node:crypto';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, GetObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { BlobDriver } from '../../src/storage/blob-driver.js';
import { blobPath } from '../../src/storage/blob-path.js';
import { ChunkCache } from '../../src/storage/cache/chunk-cache.js';
import { CachingDriver } from '../../src/storage/drivers/caching.js';
import { openS3Store } from '../../src/storage/drivers/s3.js';
import type { Patience } from '../../src/storage/retry.js';
import { temporaryDirectory } from '../support/directory.js';
import { FaultProxy, type SeenRequest } from '../support/fault-proxy.js';
import type { TestServer } from '../support/server.js';
import { BUCKET, remoteStores, startRemoteGranary } from './remote-granary.js';

const MIB = 1024 * 1024;
/** Longer than a busy machine takes for an answer, so that nothing is tried again but what the proxy disturbs. */
const PATIENCE: Patience = { tries: 3, baseMs: 20, attemptMs: 5_000, totalMs: 20_000 };
/** For who waits for an answer that never comes. */
const HASTE: Patience = { ...PATIENCE, attemptMs: 1_500, totalMs: 6_000 };
const LARGE_BODIES_MS = 120_000;

let server: TestServer;
let proxy: FaultProxy;
let driver: BlobDriver;
let hasty: BlobDriver;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  server = await startRemoteGranary();
  proxy = await FaultProxy.to(server.s3Url);
  directory = await temporaryDirectory();
  driver = openDriver();
  hasty = openDriver({ patience: HASTE });
  await driver.check();
  await hasty.check();
});

beforeEach(() => proxy.reset());

afterAll(async () => {
  await driver.close();
  await hasty.close();
  await proxy[Symbol.asyncDispose]();
  await server.stop();
  await directory[Symbol.asyncDispose]();
});

function openDriver(options: { copyLimit?: number; patience?: Patience } = {}): BlobDriver {
  const { stores, storeCredentials } = remoteStores(server, proxy.url);
  const [setting] = stores;
  if (setting?.address.kind !== 's3') throw new Error('The first store is on S3.');
  const credentials = storeCredentials.get('hot');
  return openS3Store({ store: 'hot', address: setting.address, credentials, patience: PATIENCE, ...options });
}

interface Staged {
  bytes: Buffer;
  file: string;
  path: string;
}

async function stage(size: number): Promise<Staged> {
  const bytes = randomBytes(size);
  const file = join(directory.path, randomUUID());
  await writeFile(file, bytes);
  return { bytes, file, path: blobPath('hot', randomBytes(32), randomUUID()) };
}

function place({ bytes, file, path }: Staged, by = driver): Promise<void> {
  return by.place({ file, size: bytes.length }, path);
}

async function placed(size: number): Promise<Staged> {
  const staged = await stage(size);
  await place(staged);
  proxy.reset();
  return staged;
}

async function read(from: BlobDriver, { path, bytes }: Staged, range = { start: 0, end: bytes.length - 1 }) {
  const source = await from.open(path, { size: bytes.length, range });
  try {
    const target = Buffer.alloc(range.end - range.start + 1);
    for (let at = 0; at < target.length; at += MIB) {
      await source.readInto(target.subarray(at, at + MIB), range.start + at);
    }
    return target;
  } finally {
    await source.close();
  }
}

const isPut = ({ method }: SeenRequest) => method === 'PUT';
const isGet = ({ method }: SeenRequest) => method === 'GET';
const isPart = ({ method, url }: SeenRequest) => method === 'PUT' && url.includes('partNumber=');
const isCompletion = ({ method, url }: SeenRequest) => method === 'POST' && url.includes('uploadId=');

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function halfUploads(): Promise<string[]> {
  const { Uploads = [] } = await server.s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  return Uploads.map(({ Key = '' }) => Key);
}

describe('an upload to S3', () => {
  it.each([500, 502, 503, 429, 408])('is tried again after the answer %d', async (status) => {
    const staged = await stage(1000);
    proxy.plan({ kind: 'answer', status }, { times: 2, matches: isPut });
    await place(staged);
    expect(proxy.seen.filter(isPut)).toHaveLength(3);
    expect((await read(driver, staged)).equals(staged.bytes)).toBe(true);
    expect(await exists(staged.file)).toBe(false);
  });

  it('is tried again after its connection was reset', async () => {
    const staged = await stage(1000);
    proxy.plan({ kind: 'refuse' }, { times: 2, matches: isPut });
    await place(staged);
    expect(proxy.seen.filter(isPut)).toHaveLength(3);
  });

  it('ends as Unavailable after as many tries as there are, and leaves the staging file', async () => {
    const staged = await stage(1000);
    proxy.plan({ kind: 'answer', status: 503 }, { times: 100, matches: isPut });
    await expect(place(staged)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(proxy.seen.filter(isPut)).toHaveLength(PATIENCE.tries);
    expect(await exists(staged.file)).toBe(true);
  });

  it.each([
    [400, 'InvalidRequest', { kind: 'Internal', reason: 'StoreRefused' }],
    [403, 'AccessDenied', { kind: 'Internal', reason: 'StoreRefused' }],
    [501, 'NotImplemented', { kind: 'Internal', reason: 'StoreRefused' }],
    [507, 'InsufficientStorage', { kind: 'StorageFull' }],
    [400, 'QuotaExceeded', { kind: 'StorageFull' }],
  ])('is not tried again after %d %s', async (status, code, error) => {
    const staged = await stage(1000);
    proxy.plan({ kind: 'answer', status, body: `<Error><Code>${code}</Code></Error>` }, { times: 9, matches: isPut });
    await expect(place(staged)).rejects.toMatchObject(error);
    expect(proxy.seen.filter(isPut)).toHaveLength(1);
    expect(await exists(staged.file)).toBe(true);
  });

  it('ends as Unavailable when nobody answers, each try within its time', async () => {
    const staged = await stage(1000);
    proxy.plan({ kind: 'hang' }, { times: 100 });
    const began = performance.now();
    await expect(place(staged, hasty)).rejects.toMatchObject({ kind: 'Unavailable' });
    // The upload, and the question what became of it.
    expect(performance.now() - began).toBeLessThan(2 * HASTE.totalMs + 1_000);
    expect(proxy.seen.filter(isPut)).toHaveLength(PATIENCE.tries);
  });

  it.each([1000, 40 * MIB])(
    'of %d bytes counts when only its answer was lost',
    async (size) => {
      const staged = await stage(size);
      proxy.plan({ kind: 'lose answer' }, { matches: size > MIB ? isCompletion : isPut });
      await place(staged);
      expect((await read(driver, staged)).equals(staged.bytes)).toBe(true);
      expect(await halfUploads()).toEqual([]);
    },
    LARGE_BODIES_MS,
  );

  it('of another blob is not taken for one whose answer was lost', async () => {
    const first = await placed(1000);
    const second = { ...(await stage(1000)), path: first.path };
    proxy.plan({ kind: 'lose answer' }, { matches: isPut });
    await expect(place(second)).rejects.toMatchObject({ reason: 'BlobExists' });
    expect((await read(driver, first)).equals(first.bytes)).toBe(true);
  });

  it(
    'in parts repeats only the part that failed',
    async () => {
      const staged = await stage(40 * MIB);
      proxy.plan({ kind: 'answer', status: 503 }, { matches: isPart });
      await place(staged);
      expect(proxy.seen.filter(isPart)).toHaveLength(4);
      expect((await read(driver, staged)).equals(staged.bytes)).toBe(true);
    },
    LARGE_BODIES_MS,
  );

  it.each([
    ['a part', isPart],
    ['the completion', isCompletion],
  ])(
    'in parts leaves no half upload when %s is refused',
    async (_, matches) => {
      const staged = await stage(40 * MIB);
      proxy.plan({ kind: 'answer', status: 403 }, { matches });
      await expect(place(staged)).rejects.toMatchObject({ reason: 'StoreRefused' });
      expect(await halfUploads()).toEqual([]);
      expect(await exists(staged.file)).toBe(true);
      await expect(read(driver, staged)).rejects.toMatchObject({ reason: 'MissingBlob' });
    },
    LARGE_BODIES_MS,
  );

  it('that was never ended is found by the sweep when it is old, in this store only', async () => {
    for (const key of ['some/prefix/hot/x', 'some/prefix/hotter/x', 'x']) {
      await server.s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: key }));
    }
    expect(await driver.sweepUploads(60_000)).toBe(0);
    expect(await driver.sweepUploads(-60_000)).toBe(1);
    expect((await halfUploads()).toSorted()).toEqual(['some/prefix/hotter/x', 'x']);
  });

  it('is refused when its path is taken, also by a service that knows no conditions', async () => {
    const plain = openDriver();
    proxy.plan({ kind: 'answer', status: 501 }, { matches: ({ headers }) => headers['if-none-match'] === '*' });
    await plain.check();
    const first = await placed(1000);
    const second = await stage(1000);
    await expect(plain.place({ file: second.file, size: 1000 }, first.path)).rejects.toMatchObject({
      reason: 'BlobExists',
    });
    expect(proxy.seen.filter(isPut)).toEqual([]);
    await plain.close();
  });
});

describe('a read from S3', () => {
  it.each(['reset', 'end'] as const)('goes on where it was cut by %s', async (by) => {
    const staged = await placed(5 * MIB);
    proxy.plan({ kind: 'cut', after: 2 * MIB + 11, by }, { matches: isGet });
    expect((await read(driver, staged)).equals(staged.bytes)).toBe(true);
    const [first, second, ...others] = proxy.seen.map(({ headers }) => headers.range);
    expect([first, others]).toEqual([`bytes=0-${5 * MIB - 1}`, []]);
    expect(second).not.toBe(first);
    expect(second?.endsWith(`-${5 * MIB - 1}`)).toBe(true);
  });

  it('goes on when the store falls silent in the middle', async () => {
    const staged = await placed(3 * MIB);
    proxy.plan({ kind: 'stall', after: MIB + 11 }, { matches: isGet });
    expect((await read(hasty, staged)).equals(staged.bytes)).toBe(true);
    expect(proxy.seen).toHaveLength(2);
  });

  it('ends as Unavailable when it is cut again and again without a byte', async () => {
    const staged = await placed(MIB);
    proxy.plan({ kind: 'cut', after: 0, by: 'reset' }, { times: 100, matches: isGet });
    await expect(read(driver, staged)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(proxy.seen).toHaveLength(PATIENCE.tries);
  });

  it.each([
    ['Content-Range', { 'content-range': `bytes 0-${MIB - 1}/${MIB + 1}` }],
    ['Content-Range', { 'content-range': `bytes 1-${MIB}/${MIB}` }],
    ['Content-Length', { 'content-length': `${MIB - 1}` }],
  ])('finds a blob corrupt whose %s is not what was asked for, at once', async (_, change) => {
    const staged = await placed(MIB);
    proxy.plan({ kind: 'headers', change }, { matches: isGet });
    await expect(read(driver, staged)).rejects.toMatchObject({ kind: 'Internal', reason: 'CorruptBlob' });
    expect(proxy.seen).toHaveLength(1);
  });

  it('that is refused in the middle names the store, and no secret', async () => {
    const staged = await placed(3 * MIB);
    proxy.plan({ kind: 'cut', after: 1000, by: 'reset' }, { matches: isGet });
    proxy.plan({ kind: 'answer', status: 403 }, { times: 9, matches: isGet });
    const error = await read(driver, staged).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ kind: 'Internal', reason: 'StoreRefused' });
    expect(String(error)).toContain('store hot');
    expect(JSON.stringify(error) + String(error)).not.toContain(server.secretAccessKey);
    expect(proxy.seen).toHaveLength(2);
  });

  it('goes on for who shares a fetch whose reader leaves', async () => {
    const staged = await placed(MIB);
    const onWarning = () => undefined;
    const cache = new ChunkCache({ memoryBytes: 8 * MIB, diskBytes: 0, directory: directory.path, onWarning });
    const caching = new CachingDriver(hasty, cache);
    const options = { size: MIB, range: { start: 0, end: MIB - 1 } };
    proxy.plan({ kind: 'stall', after: 100_000 }, { matches: isGet });
    const first = caching.open(staged.path, options);
    const second = read(caching, staged);
    await (await first).close();
    expect((await second).equals(staged.bytes)).toBe(true);
    expect(cache.figures().reads).toMatchObject({ remote: { chunks: 1 }, shared: { chunks: 1 } });
  });
});

describe('a stray in S3', () => {
  it('is set aside by copies of its parts when one copy cannot be so large', async () => {
    const small = openDriver({ copyLimit: 5 * MIB });
    const staged = await placed(12 * MIB);
    await small.quarantine(staged.path);
    await small.close();
    expect(proxy.seen.filter(isPart)).toHaveLength(3);
    const aside = proxy.seen.find(isPart)?.url.split('?')[0]?.slice(`/${BUCKET}/`.length);
    const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: aside }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(staged.bytes)).toBe(true);
    await expect(read(driver, staged)).rejects.toMatchObject({ reason: 'MissingBlob' });
  });

  it('stays where it is when its copy fails, without a half upload', async () => {
    const small = openDriver({ copyLimit: 5 * MIB });
    const staged = await placed(12 * MIB);
    proxy.plan({ kind: 'answer', status: 403 }, { matches: isPart });
    await expect(small.quarantine(staged.path)).rejects.toMatchObject({ reason: 'StoreRefused' });
    await small.close();
    expect((await halfUploads()).filter((key) => key.includes('quarantine'))).toEqual([]);
    expect((await read(driver, staged)).equals(staged.bytes)).toBe(true);
  });
});

describe('a store on S3 that cannot be used', () => {
  it('is said to be so at the start, by its name, its bucket and the reason', async () => {
    const other = openDriver();
    proxy.plan({ kind: 'answer', status: 403 }, { times: 9 });
    const error = await other.check().catch((failure: unknown) => failure);
    await other.close();
    expect(error).toMatchObject({ kind: 'Unavailable' });
    expect(String(error)).toMatch(/The store hot cannot be used in the bucket blobs: .*403/);
    expect(String(error)).not.toContain(server.secretAccessKey);
  });
});

describe('a large blob on S3', () => {
  it(
    'goes there and back in a bounded amount of memory',
    async () => {
      const size = 128 * MIB;
      const { file, path } = await stage(0);
      await writeFile(file, Buffer.alloc(size, 1));
      const before = process.memoryUsage.rss();
      let peak = before;
      const timer = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss());
      }, 20);
      await driver.place({ file, size }, path);
      const source = await driver.open(path, { size, range: { start: 0, end: size - 1 } });
      const target = Buffer.alloc(MIB);
      for (let at = 0; at < size; at += MIB) await source.readInto(target, at);
      await source.close();
      clearInterval(timer);
      expect(target.equals(Buffer.alloc(MIB, 1))).toBe(true);
      expect(peak - before).toBeLessThan(size);
    },
    LARGE_BODIES_MS,
  );
});
