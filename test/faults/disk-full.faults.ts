import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { sendForm, singleUpload } from '../http/multipart.js';
import { createTestDatabase } from '../support/database.js';
import { eventually } from '../support/process.js';
import { testUnless } from '../support/programs.js';
import { answerOf } from './answer.js';
import type { Connection } from './fault-client.js';
import { FaultLoad } from './fault-load.js';
import { FaultServer } from './fault-server.js';
import { lastLook } from './last-look.js';
import { mountProblem } from './machine.js';
import { mountTmpfs } from './mounts.js';

const workMs = 2500;
/** PostgreSQL may have its log to replay before it works again. */
const recoveryMs = 60_000;
const postgresEnded = 'PostgreSQL ended unexpectedly';
/** Nothing that could be made smaller. */
const large = randomBytes(3_000_000);
const full = /^(507 InsufficientStorage|GraphQL STORAGE_FULL)$/;

/** Mostly what only the database stores, and always something new. */
const rows = { sizes: [32_000, 32_000, 32_000, 32_000, 100_000], variants: 2 ** 31 };

/** What takes the room of a disk, and how it is given back. */
interface Ballast {
  path: string;
  fill(): Promise<void>;
}

function ballastOfBytes(disk: string): Ballast {
  const path = join(disk, 'ballast');
  return {
    path,
    fill: async () => {
      const { bavail, bsize } = await statfs(disk);
      await writeFile(path, Buffer.alloc(bavail * bsize - 256 * 1024));
    },
  };
}

function ballastOfInodes(disk: string): Ballast {
  const path = join(disk, 'ballast');
  return {
    path,
    fill: async () => {
      const { ffree } = await statfs(disk);
      await mkdir(path);
      await Promise.all(Array.from({ length: ffree - 1 }, (_, index) => writeFile(join(path, String(index)), '')));
    },
  };
}

/** On a full disk uploads that need it are refused, leave nothing, and do not disturb the others. */
async function expectFull({ s3, httpUrl, token }: Connection, dataDir: string): Promise<void> {
  const put = (Key: string, Body: Buffer | string) => s3.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body }));
  expect(await answerOf(() => put('refused', large))).toMatchObject({ text: '507 InsufficientStorage' });
  const form = singleUpload({ bucket: 'bucket', key: 'refused' }, large);
  const { data } = await sendForm({ httpUrl, login: async () => token }, form);
  expect(data.uploadObject).toMatchObject({ object: null, userErrors: [{ code: 'STORAGE_FULL' }] });
  expect(await readdir(join(dataDir, 'staging'))).toEqual([]);
  await put('small', 'kept in its row');
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'small' }));
  expect(await Body?.transformToString()).toBe('kept in its row');
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'refused' }));
  expect(Contents).toBeUndefined();
}

async function surviveFullDisk(
  name: string,
  mountOptions: string,
  ballastOf: (disk: string) => Ballast,
): Promise<void> {
  await using disk = await mountTmpfs(mountOptions);
  const database = await createTestDatabase();
  const dataDir = join(disk.path, 'data');
  const env = { GRANARY_DATA_DIR: dataDir, DATABASE_URL: database.url };
  try {
    await using load = new FaultLoad();
    await using server = await FaultServer.start(env);
    const connection = await load.connect(server);
    await load.run(workMs);
    const ballast = ballastOf(disk.path);
    await ballast.fill();
    await expectFull(connection, dataDir);
    await load.run(workMs);
    await rm(ballast.path, { recursive: true });
    await connection.s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'accepted', Body: large }));
    await load.run(workMs);
    await server.stop();
    load.expectOnly(full);
    await lastLook(load, name, env);
  } finally {
    await database.drop();
  }
}

testUnless(mountProblem('tmpfs'), '74: a disk without bytes refuses uploads with 507 and serves everything else', () =>
  surviveFullDisk('disk full by bytes', 'size=200m', ballastOfBytes),
);

testUnless(mountProblem('tmpfs'), '74: a disk without inodes refuses uploads with 507 and serves everything else', () =>
  surviveFullDisk('disk full by inodes', 'size=400m,nr_inodes=4k', ballastOfInodes),
);

testUnless(
  mountProblem('tmpfs'),
  '74: a full disk that holds the database too loses nothing: the server works again when there is room, or after a start',
  async () => {
    await using disk = await mountTmpfs('size=500m,mode=755');
    const env = { GRANARY_DATA_DIR: join(disk.path, 'data') };
    await using load = new FaultLoad({ contents: rows });
    await using server = await FaultServer.start(env);
    const { s3 } = await load.connect(server);
    await load.run(workMs);
    const ballast = ballastOfBytes(disk.path);
    await ballast.fill();
    await load.run(4 * workMs);
    await rm(ballast.path);
    const put = () => s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'accepted', Body: large }));
    let works = false;
    await eventually(async () => {
      works = (await answerOf(put)).outcome === 'done';
      return works || server.process.output.includes(postgresEnded);
    }, recoveryMs);
    process.stdout.write(`after a full disk of the database the server ${works ? 'works on' : 'needs a start'}\n`);
    await server.kill();
    load.expectOnly(/^(507 InsufficientStorage|GraphQL STORAGE_FULL|503 ServiceUnavailable|GraphQL UNAVAILABLE)$/);
    await lastLook(load, 'disk full with the database on it', env);
  },
);
