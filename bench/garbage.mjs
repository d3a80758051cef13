// Whether readers notice that 100,000 dead blobs are being removed: the p99 of concurrent GETs before and meanwhile.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PgBoss } from 'pg-boss';
import { drive, requestBytes } from './raw-client.mjs';
import { ensureBucket } from './s3.mjs';

const dead = 100_000;
const objects = 200;
const concurrency = 8;
const rounds = 6;

export async function garbage(environment) {
  await ensureBucket(environment, 'bench');
  const requests = await fill(environment);
  await makeDead(environment);
  const load = (count) => drive({ port: environment.s3Port, requests, count, concurrency });
  await load(2000);
  const before = [];
  for (let i = 0; i < rounds; i++) {
    before.push(...(await load(4000)).latencies);
  }
  await startCollection(environment);
  const during = [];
  const started = performance.now();
  let left = dead;
  while (left > 0) {
    const counted = left < dead;
    const { latencies } = await load(1000);
    const now = await countDead(environment);
    if (counted || now < left) {
      during.push(...latencies);
    }
    left = now;
    if (performance.now() - started > 300_000) {
      throw new Error(`${left} dead blobs are left after five minutes`);
    }
  }
  const [p99Before, p99During] = [p99(before), p99(during)];
  return [
    {
      what: `p99 of GET 4 KiB while ${dead} dead blobs go, ms`,
      value: p99During.toFixed(2),
      bare: p99Before.toFixed(2),
      ratio: p99During / p99Before,
      aim: '< 2',
    },
  ];
}

async function fill(environment) {
  const make = (method, i, body) => {
    const path = `/bench/read-${i}`;
    const headers = environment.sign({ method, path, ...(body === undefined ? {} : { payload: body }) });
    return requestBytes({ method, path, headers, ...(body === undefined ? {} : { body }) });
  };
  const puts = Array.from({ length: objects }, (_, i) => make('PUT', i, randomBytes(4096)));
  await drive({ port: environment.s3Port, requests: (i) => puts[i], count: objects, concurrency });
  const gets = Array.from({ length: objects }, (_, i) => make('GET', i));
  return (i) => gets[i % objects];
}

async function makeDead(environment) {
  const batch = 1000;
  for (let made = 0; made < dead; made += batch) {
    const rows = Array.from({ length: batch }, () => {
      const address = randomBytes(32);
      const hex = address.toString('hex');
      const id = randomUUID();
      return { id, address, path: `hot/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}.${id}` };
    });
    await Promise.all(
      rows.map(async ({ path }) => {
        const file = join(environment.directory, 'data', 'blobs', path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, 'dead');
      }),
    );
    await environment.database.query(
      `INSERT INTO blob (id, scope, address, size, stored_size, domain, state, path, dead_at)
       SELECT id, 0, address, 4, 4, 'hot', 'dead', path, now() - interval '1 day'
       FROM unnest($1::uuid[], $2::bytea[], $3::text[]) AS row (id, address, path)`,
      [rows.map((row) => row.id), rows.map((row) => row.address), rows.map((row) => row.path)],
    );
  }
}

/** As the schedule does it: the server's own background work takes the job. */
async function startCollection(environment) {
  const boss = new PgBoss({ connectionString: environment.databaseUrl, schema: 'pgboss', max: 1 });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.send('collect-garbage', {});
  await boss.stop({ graceful: false });
}

async function countDead(environment) {
  const { rows } = await environment.database.query(`SELECT count(*)::int AS count FROM blob WHERE state = 'dead'`);
  return rows[0].count;
}

function p99(latencies) {
  const sorted = latencies.sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)];
}
