import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../../src/config/settings.js';
import { type RawAnswer, sendSigned } from '../s3/raw-request.js';
import { startTestServer, type TestServer } from '../support/server.js';

/** Everything that a request may leave behind. */
export interface Stored {
  rows: Record<string, number>;
  files: string[];
  staged: string[];
}

const tables = ['bucket', 'object_version', 'version_part', 'upload', 'upload_part', 'blob'];

const counts = tables.map((table) => `(SELECT count(*) FROM ${table})::int AS ${table}`).join(', ');

/** A server under attack, with a bucket `bucket` that holds the object `witness`. */
export async function openBesiegedServer(overrides: Partial<Settings> = {}): Promise<TestServer> {
  const server = await startTestServer(overrides);
  await sendSigned(server, { method: 'PUT', path: '/bucket' });
  await sendSigned(server, { method: 'PUT', path: '/bucket/witness', body: 'still here' });
  return server;
}

/** What the server holds: rows, files of blobs, and files of uploads under way. */
export async function storedBy({ granary, settings }: TestServer): Promise<Stored> {
  const { rows } = await granary.database.pool.query<Record<string, number>>(`SELECT ${counts}`);
  return {
    rows: rows[0] ?? {},
    files: await filesUnder(join(settings.dataDir, 'blobs')),
    staged: await readdir(join(settings.dataDir, 'staging')),
  };
}

/** Serves others as before, through both faces, on new connections. */
export async function expectAlive(server: TestServer): Promise<void> {
  const { status, body } = await sendSigned(server, { path: '/bucket/witness' });
  expect([status, body]).toEqual([200, 'still here']);
  const { data } = await server.graphql(
    '{ viewer { user { username } } object(bucket: "bucket", key: "witness") { size } }',
  );
  expect(data).toEqual({ viewer: { user: { username: 'admin' } }, object: { size: 10 } });
}

/** Makes the attack and gives its result; fails when it leaves anything in store, or the server other than before. */
export async function withstand<Result>(server: TestServer, attack: () => Promise<Result>): Promise<Result> {
  const before = await storedBy(server);
  const result = await attack();
  expect(await storedBy(server)).toEqual({ ...before, staged: [] });
  await expectAlive(server);
  return result;
}

/** As {@link withstand}, of one S3 request and what it must be answered with: status and code. */
export async function expectRefused(
  server: TestServer,
  attack: () => Promise<RawAnswer>,
  answer: [status: number, code: string],
): Promise<void> {
  const { status, code } = await withstand(server, attack);
  expect([status, code]).toEqual(answer);
}

/** The keys of a bucket, as a listing through S3 shows them. */
export async function keysOf(server: TestServer, bucket = 'bucket'): Promise<string[]> {
  const { body } = await sendSigned(server, { path: `/${bucket}?list-type=2&encoding-type=url` });
  return [...body.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => decodeURIComponent(key ?? ''));
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
