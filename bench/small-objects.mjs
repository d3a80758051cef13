// GET and PUT of 4 KiB at concurrency 32, beside a bare handler that runs one prepared SELECT or one durable INSERT.
import { randomBytes } from 'node:crypto';
import { compare, figure } from './compare.mjs';
import { drive, requestBytes } from './raw-client.mjs';
import { ensureBucket } from './s3.mjs';

const size = 4096;
const concurrency = 32;
const objects = 500;
const gets = 12_000;
const puts = 8_000;

export async function smallObjects(environment) {
  await ensureBucket(environment, 'bench');
  await environment.database.query(
    'CREATE TABLE IF NOT EXISTS bench_bare (key text PRIMARY KEY, content bytea NOT NULL)',
  );
  await environment.database.query('ALTER TABLE bench_bare ALTER content SET STORAGE EXTERNAL');
  await fill(environment);
  const get = await compare(
    gets,
    {
      ours: { port: environment.s3Port, requests: getRequests(environment) },
      bare: { port: environment.barePort, requests: (i) => bareGets[i % objects] },
    },
    concurrency,
  );
  const put = await compare(
    puts,
    {
      ours: { port: environment.s3Port, make: (round) => putRequests(environment, round) },
      bare: { port: environment.barePort, make: (round) => barePuts(round) },
    },
    concurrency,
  );
  return [
    figure('S3 GET 4 KiB, concurrency 32, requests/s', get, 0.6),
    figure('S3 PUT 4 KiB, concurrency 32, requests/s', put, 0.5),
  ];
}

const bareGets = Array.from({ length: objects }, (_, i) =>
  requestBytes({ method: 'GET', path: `/row/seed-${i}`, headers: { host: '127.0.0.1' } }),
);

async function fill(environment) {
  const bodies = Array.from({ length: objects }, () => randomBytes(size));
  for (const [i, content] of bodies.entries()) {
    await environment.database.query('INSERT INTO bench_bare VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      `seed-${i}`,
      content,
    ]);
  }
  const requests = bodies.map((body, i) => signedPut(environment, `/bench/seed-${i}`, body));
  await drive({ port: environment.s3Port, requests: (i) => requests[i], count: objects, concurrency });
}

function getRequests(environment) {
  const requests = Array.from({ length: objects }, (_, i) => {
    const path = `/bench/seed-${i}`;
    return requestBytes({ method: 'GET', path, headers: environment.sign({ method: 'GET', path }) });
  });
  return (i) => requests[i % objects];
}

function putRequests(environment, round) {
  const requests = Array.from({ length: puts }, (_, i) =>
    signedPut(environment, `/bench/${round}/${i}`, randomBytes(size)),
  );
  return (i) => requests[i];
}

function barePuts(round) {
  const requests = Array.from({ length: puts }, (_, i) =>
    requestBytes({
      method: 'PUT',
      path: `/row/${round}-${i}`,
      headers: { host: '127.0.0.1' },
      body: randomBytes(size),
    }),
  );
  return (i) => requests[i];
}

/** As SDKs do it: the body's SHA-256 is signed, and verified by the server. */
function signedPut(environment, path, body) {
  return requestBytes({ method: 'PUT', path, headers: environment.sign({ method: 'PUT', path, payload: body }), body });
}
