import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphqlDoor, s3Door } from './doors.mjs';
import { parseBytes, someFiles, writeLargeFile } from './files.mjs';

const few = 400;

/**
 * Runs the whole demonstration on a granary of its own and prints what happened.
 * @returns {Promise<boolean>} true when every file came back as it went in
 */
export async function demonstrate({ all, large, parallel }) {
  const directory = await mkdtemp(join(process.env.DEMO_DIR ?? tmpdir(), 'granary-demo-'));
  const granary = await start(directory);
  try {
    const files = await someFiles(all ? Infinity : few);
    if (large !== undefined) {
      files.push(await writeLargeFile(join(directory, 'large.bin'), parseBytes(large)));
    }
    return await run({ granary, files, parallel: Number(parallel) });
  } finally {
    await granary.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function start(directory) {
  const { startGranary } = await import('../dist/src/start.js');
  const { loadSettings } = await import('../dist/src/config/settings.js');
  const silent = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
  const settings = loadSettings({
    PATH: process.env.PATH,
    GRANARY_DATA_DIR: join(directory, 'data'),
    GRANARY_HTTP_PORT: '0',
    GRANARY_S3_PORT: '0',
  });
  return startGranary(settings, { log: silent });
}

async function run({ granary, files, parallel }) {
  const { httpUrl, s3Url, firstStart } = granary;
  const graphql = await graphqlDoor({ url: httpUrl, ...firstStart });
  const s3 = s3Door({ url: s3Url, ...firstStart });
  await graphql.createBucket('in-by-graphql');
  await graphql.createBucket('in-by-s3');
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  print(`${files.length} files, ${megabytes(bytes)}, ${parallel} at once`);

  const step = (what, work) => timed(what, { files, bytes, parallel }, work);
  await step('upload through GraphQL', (file) => graphql.upload('in-by-graphql', file));
  const first = await stored(granary);
  const asGraphql = await step('read back through S3', (file) => s3.digest('in-by-graphql', file.key));
  await step('the same files through S3', (file) => s3.upload('in-by-s3', file));
  const second = await stored(granary);
  const asS3 = await step('read back through GraphQL', (file) => graphql.digest('in-by-s3', file.key));
  await step('the same through GraphQL again', (file) => graphql.upload('in-by-graphql', file));
  const last = await stored(granary);

  const wrong = files.filter((file) => asGraphql.get(file) !== file.sha256 || asS3.get(file) !== file.sha256);
  print(`equal SHA-256 both ways: ${files.length - wrong.length} of ${files.length}`);
  print(`blobs for the first upload: ${first.blobs} (${megabytes(first.bytes)})`);
  print(
    `deduplication: ${megabytes(3 * bytes)} uploaded, ${megabytes(last.bytes)} stored, ratio ${ratio(3 * bytes, last.bytes)}`,
  );
  print(
    `new blobs for the same files through S3: ${second.blobs - first.blobs}${second.blobs > first.blobs ? parts : ''}`,
  );
  print(`new blobs for the same tree through GraphQL again: ${last.blobs - second.blobs}`);
  for (const file of wrong.slice(0, 10)) {
    print(`DIFFERENT: ${file.key}`);
  }
  return wrong.length === 0;
}

const parts = ' (the parts of files that the S3 client uploads in parts)';

/** Applies the work to every file, several at once, and prints how long it took. */
async function timed(what, { files, bytes, parallel }, work) {
  const results = new Map();
  const queue = files.values();
  const started = performance.now();
  const worker = async () => {
    for (const file of queue) {
      results.set(file, await work(file).catch((cause) => fail(what, file, cause)));
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const seconds = (performance.now() - started) / 1000;
  print(
    `${what}: ${seconds.toFixed(1)} s, ${(files.length / seconds).toFixed(0)} files/s, ${megabytes(bytes / seconds)}/s`,
  );
  return results;
}

function fail(what, file, cause) {
  throw new Error(`${what} failed: ${file.key} (${file.size} bytes): ${cause.message}`, { cause });
}

async function stored({ granary }) {
  const [row] = await granary.database.query({
    name: 'demo_blobs',
    text: `SELECT count(*) AS blobs, coalesce(sum(size), 0)::bigint AS bytes FROM blob WHERE state = 'live'`,
  });
  return row;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function ratio(logical, physical) {
  return physical === 0 ? '-' : (logical / physical).toFixed(2);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
