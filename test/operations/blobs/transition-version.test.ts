import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { collectGarbage } from '../../../src/operations/blobs/collect-garbage.js';
import { sweep } from '../../../src/operations/blobs/sweep.js';
import { transitionVersion } from '../../../src/operations/blobs/transition-version.js';
import { purgeVersions } from '../../../src/operations/objects/purge-versions.js';
import type { StorageClass } from '../../../src/operations/types.js';
import { OWNER_NAME } from '../../../src/storage/blob-driver.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { contradictions, customerKey, MIB, putParts, read, setClass, storesOf } from './tiers-fixture.js';

const Bucket = 'tiers';
const place = (Key: string) => ({ Bucket, Key });

let server: TestServer;
let s3: S3Client;
let coldRoot: string;

beforeAll(async () => {
  coldRoot = await mkdtemp(join(tmpdir(), 'granary-cold-'));
  server = await startTestServer({
    gcGraceSeconds: 5,
    stores: [{ name: 'cold', address: { kind: 'file', root: coldRoot } }],
  });
  s3 = server.s3;
  await s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  await server?.stop();
  await rm(coldRoot, { recursive: true, force: true });
});

afterEach(async () => {
  expect(await contradictions(server)).toEqual([]);
});

async function coldFiles(): Promise<number> {
  const entries = await readdir(coldRoot, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== OWNER_NAME).length;
}

/** As if the grace that garbage has were over each time. */
async function collectAll(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await purgeVersions(server.granary, { graceSeconds: 0 });
    await server.granary.database.pool.query('UPDATE blob SET review_at = now() WHERE review_at IS NOT NULL');
    await collectGarbage(server.granary, { graceSeconds: 0 });
  }
}

describe('a version that is moved to another class', () => {
  test('has its bytes in the other store, and all else as before', async () => {
    const Body = randomBytes(300_000);
    const Tagging = 'a=1';
    await s3.send(new PutObjectCommand({ ...place('moved'), Body, Metadata: { by: 'ann' }, Tagging }));
    const before = await s3.send(new HeadObjectCommand(place('moved')));
    expect(await setClass(server, { bucket: Bucket, key: 'moved', storageClass: 'GLACIER_IR' })).toEqual([]);
    const after = await s3.send(new HeadObjectCommand(place('moved')));
    expect(after).toMatchObject({
      ETag: before.ETag,
      LastModified: before.LastModified,
      Metadata: before.Metadata,
      TagCount: 1,
      ServerSideEncryption: 'AES256',
      StorageClass: 'GLACIER_IR',
    });
    expect(await storesOf(server, 'moved')).toEqual(['cold']);
    expect((await read(s3, place('moved'))).equals(Body)).toBe(true);
    expect((await read(s3, place('moved'), { Range: 'bytes=7-99' })).equals(Body.subarray(7, 100))).toBe(true);
  });

  test('only changes its class when the store is the same, or when its bytes are in its row', async () => {
    const files = await coldFiles();
    await setClass(server, { bucket: Bucket, key: 'moved', storageClass: 'STANDARD_IA' });
    await s3.send(new PutObjectCommand({ ...place('small'), Body: 'small' }));
    await setClass(server, { bucket: Bucket, key: 'small', storageClass: 'STANDARD_IA' });
    expect(await storesOf(server, 'small')).toEqual(['row']);
    expect((await s3.send(new HeadObjectCommand(place('small')))).StorageClass).toBe('STANDARD_IA');
    expect((await read(s3, place('small'))).toString()).toBe('small');
    expect(await coldFiles()).toBe(files);
  });

  test('shares bytes that are in the other store already', async () => {
    const Body = randomBytes(200_000);
    for (const Key of ['twin-1', 'twin-2']) {
      await s3.send(new PutObjectCommand({ ...place(Key), Body }));
    }
    const files = await coldFiles();
    for (const key of ['twin-1', 'twin-2']) {
      await setClass(server, { bucket: Bucket, key, storageClass: 'GLACIER_IR' });
      expect((await read(s3, place(key))).equals(Body)).toBe(true);
    }
    expect(await coldFiles()).toBe(files + 1);
  });

  test('can be one of parts, some of which are equal', async () => {
    const twin = randomBytes(5 * MIB);
    const bodies = [twin, randomBytes(5 * MIB), twin, randomBytes(1000)];
    await putParts(s3, place('parts'), { bodies });
    const { ETag } = await s3.send(new HeadObjectCommand(place('parts')));
    await setClass(server, { bucket: Bucket, key: 'parts', storageClass: 'GLACIER_IR' });
    expect((await s3.send(new HeadObjectCommand(place('parts')))).ETag).toBe(ETag);
    expect((await storesOf(server, 'parts')).filter((store) => store !== 'row')).toEqual(['cold']);
    expect((await read(s3, place('parts'))).equals(Buffer.concat(bodies))).toBe(true);
    await setClass(server, { bucket: Bucket, key: 'parts', storageClass: 'STANDARD' });
    expect((await storesOf(server, 'parts')).filter((store) => store !== 'row')).toEqual(['hot']);
    expect((await read(s3, place('parts'))).equals(Buffer.concat(bodies))).toBe(true);
  });

  test('can be sealed with a key that the server has not, or with a named one', async () => {
    const key = customerKey();
    const Body = randomBytes(2 * MIB);
    const bodies = [randomBytes(5 * MIB), randomBytes(100_000)];
    await s3.send(new PutObjectCommand({ ...place('customer'), Body, ...key }));
    await putParts(s3, place('customer-parts'), { bodies, ...key });
    await s3.send(new PutObjectCommand({ ...place('named'), Body, ServerSideEncryption: 'aws:kms' }));
    for (const name of ['customer', 'customer-parts', 'named']) {
      expect(await setClass(server, { bucket: Bucket, key: name, storageClass: 'GLACIER_IR' })).toEqual([]);
      expect(await storesOf(server, name)).toEqual(['cold']);
    }
    await collectAll();
    expect((await read(s3, place('customer'), key)).equals(Body)).toBe(true);
    expect((await read(s3, place('customer-parts'), key)).equals(Buffer.concat(bodies))).toBe(true);
    expect((await read(s3, place('named'))).equals(Body)).toBe(true);
    expect((await s3.send(new HeadObjectCommand(place('named')))).ServerSideEncryption).toBe('aws:kms');
  });

  test('is refused to who may not write it, and where there is none', async () => {
    const absent = await setClass(server, { bucket: Bucket, key: 'absent', storageClass: 'GLACIER_IR' });
    expect(absent).toEqual(['The specified key does not exist.']);
    const token = null;
    const { errors } = await server.graphql(
      'mutation($input: SetObjectStorageClassInput!) { setObjectStorageClass(input: $input) { userErrors { code } } }',
      { input: { bucket: Bucket, key: 'moved', storageClass: 'STANDARD' } },
      token,
    );
    expect(errors).toBeDefined();
  });
});

describe('a copy of an object onto itself with another class', () => {
  test('is the version from then on, and a new one where there are versions', async () => {
    const Body = randomBytes(300_000);
    await s3.send(new CreateBucketCommand({ Bucket: 'versioned' }));
    await s3.send(
      new PutBucketVersioningCommand({ Bucket: 'versioned', VersioningConfiguration: { Status: 'Enabled' } }),
    );
    for (const name of [Bucket, 'versioned']) {
      const object = { Bucket: name, Key: 'itself' };
      await s3.send(new PutObjectCommand({ ...object, Body }));
      const copy = { ...object, CopySource: `${name}/itself`, StorageClass: 'GLACIER_IR' as const };
      await s3.send(new CopyObjectCommand(copy));
      const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: name, Prefix: 'itself' }));
      const classes = Versions?.map(({ StorageClass: name }) => name);
      expect(classes).toEqual(name === Bucket ? ['GLACIER_IR'] : ['GLACIER_IR', 'STANDARD']);
      expect((await read(s3, object)).equals(Body)).toBe(true);
    }
    expect(await storesOf(server, 'itself')).toEqual(['cold']);
  });
});

describe('while versions move', () => {
  async function bucketState() {
    const state = await server.granary.buckets.find('default', Bucket);
    if (state === undefined) {
      throw new Error('No bucket');
    }
    return state;
  }

  async function latest(key: string) {
    const { rows } = await server.granary.database.pool.query<{ id: string; size: string; class: StorageClass }>(
      'SELECT id, size, storage_class AS class FROM object_version WHERE key = $1 AND is_latest',
      [key],
    );
    const [row] = rows;
    return row && { id: Number(row.id), size: Number(row.size), key, contentType: '', storageClass: row.class };
  }

  async function move(key: string, storageClass: StorageClass): Promise<string> {
    const version = await latest(key);
    if (version === undefined) {
      return 'absent';
    }
    const context = { granary: server.granary, requestId: 'test', sourceIp: null };
    const change = { version, storageClass, action: 's3:LifecycleTransition' } as const;
    return (await transitionVersion(context, await bucketState(), change)).outcome;
  }

  test('one that is deleted or overwritten meanwhile stays so, and nothing is left behind', async () => {
    for (const end of ['deleted', 'overwritten']) {
      await s3.send(new PutObjectCommand({ ...place('going'), Body: randomBytes(400_000) }));
      const version = await latest('going');
      await s3.send(
        end === 'deleted'
          ? new DeleteObjectCommand(place('going'))
          : new PutObjectCommand({ ...place('going'), Body: 'new' }),
      );
      const context = { granary: server.granary, requestId: 'test', sourceIp: null };
      const outcome = await transitionVersion(context, await bucketState(), {
        version: version ?? { id: 0, key: 'going', size: 0, contentType: '', storageClass: 'STANDARD' },
        storageClass: 'GLACIER_IR',
        action: 's3:LifecycleTransition',
      });
      expect(outcome).toEqual({ outcome: 'changed' });
    }
    const { rows } = await server.granary.database.pool.query(`SELECT id FROM blob WHERE state = 'pending'`);
    expect(rows).toEqual([]);
  });

  test('two moves of one version end with its bytes where its class says', async () => {
    await s3.send(new PutObjectCommand({ ...place('raced'), Body: randomBytes(300_000) }));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([move('raced', 'GLACIER_IR'), move('raced', 'STANDARD'), move('raced', 'STANDARD_IA')]);
      const version = await latest('raced');
      expect(await storesOf(server, 'raced')).toEqual([version?.storageClass === 'STANDARD' ? 'hot' : 'cold']);
    }
  });

  test('every read has the right bytes and every write succeeds, with garbage collected all the time', async () => {
    const keys = ['storm-0', 'storm-1', 'storm-2', 'storm-3'];
    const written = new Map<string, Set<string>>(keys.map((key) => [key, new Set()]));
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    const counts = { reads: 0, ranges: 0, writes: 0, moves: 0, collections: 0 };
    // A range of a key says whose body it is of by its first bytes.
    const bodies = new Map<string, Buffer>();
    const body = (size: number) => {
      const bytes = randomBytes(size);
      bodies.set(bytes.subarray(0, 8).toString('hex'), bytes);
      return bytes;
    };
    const write = async (Key: string, parts: boolean) => {
      const pieces = parts ? [body(5 * MIB), randomBytes(70_000)] : [body(40_000 + Math.floor(Math.random() * MIB))];
      const whole = Buffer.concat(pieces);
      bodies.set(whole.subarray(0, 8).toString('hex'), whole);
      written.get(Key)?.add(digest(whole));
      if (parts) {
        await putParts(s3, place(Key), { bodies: pieces });
      } else {
        await s3.send(new PutObjectCommand({ ...place(Key), Body: whole }));
      }
      counts.writes += 1;
    };
    await Promise.all(keys.map((key, index) => write(key, index === 3)));
    const end = Date.now() + 12_000;
    // A busy machine takes longer until enough of everything has happened.
    const isOver = () => Date.now() >= end && Math.min(...Object.values(counts)) > 10;
    const repeat = async (work: () => Promise<void>) => {
      while (!isOver()) {
        await work();
      }
    };
    const anyKey = () => keys[Math.floor(Math.random() * keys.length)] ?? '';
    const classes: StorageClass[] = ['STANDARD', 'GLACIER_IR', 'STANDARD', 'STANDARD_IA'];
    await Promise.all([
      ...[1, 2, 3].map(() =>
        repeat(async () => {
          const key = anyKey();
          expect(written.get(key)?.has(digest(await read(s3, place(key))))).toBe(true);
          counts.reads += 1;
        }),
      ),
      ...[1, 2].map(() =>
        repeat(async () => {
          const last = 8 + Math.floor(Math.random() * 30_000);
          const bytes = await read(s3, place(anyKey()), { Range: `bytes=0-${last}` });
          const whole = bodies.get(bytes.subarray(0, 8).toString('hex'));
          expect(whole?.subarray(0, last + 1).equals(bytes)).toBe(true);
          counts.ranges += 1;
        }),
      ),
      repeat(async () => {
        await write(anyKey(), Math.random() < 0.1);
        await delay(150);
      }),
      ...keys.map((key) =>
        repeat(async () => {
          const outcome = await move(key, classes[counts.moves % classes.length] ?? 'STANDARD');
          counts.moves += outcome === 'ok' ? 1 : 0;
        }),
      ),
      repeat(async () => {
        await purgeVersions(server.granary);
        await collectGarbage(server.granary);
        counts.collections += 1;
        await delay(100);
      }),
    ]);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(10);
    expect(server.problems).toEqual([]);
  }, 180_000);

  test('nothing is left in either store that no row needs', async () => {
    await collectAll();
    await collectAll();
    const { rows } = await server.granary.database.pool.query<{ store: string; count: number }>(
      `SELECT split_part(path, '/', 1) AS store, count(*)::int AS count FROM blob WHERE path IS NOT NULL GROUP BY 1`,
    );
    expect(await coldFiles()).toBe(rows.find(({ store }) => store === 'cold')?.count ?? 0);
    const { quarantined, expired } = await sweep(server.granary, { staleSeconds: 0 });
    expect([quarantined, expired]).toEqual([0, 0]);
  });
});
