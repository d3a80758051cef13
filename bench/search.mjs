// Search in 1,000,000 objects: a selective text, and each filter alone; and what indexing takes from writes.
import { randomBytes } from 'node:crypto';
import { drive, requestBytes } from './raw-client.mjs';
import { ensureBucket } from './s3.mjs';

const bucket = 'bench-search';
const objects = 1_000_000;
const rounds = 9;
const puts = 6000;
/** What the one who indexes holds: src/database/advisory-locks.ts. */
const indexingLock = 0x6772616e_0b;

const searches = {
  'a selective text': 'text: "walrus 77777"',
  'a mistyped word': 'text: "walruss 77777"',
  'a common word, by relevance': 'text: "invoice"',
  'a pattern of the key': 'filter: { key: "*/77?77-*.pdf" }',
  'a prefix': 'filter: { prefix: "team-3/2024/777" }',
  'a rare tag': 'filter: { tags: [{ key: "case", value: "500" }] }',
  'a tag of a tenth': 'filter: { tags: [{ key: "team", value: "7" }] }',
  metadata: 'filter: { metadata: [{ name: "batch", value: "123" }] }',
  'a content type': 'filter: { contentType: "application/pdf" }',
  'a kind of content': 'filter: { contentType: "image/*" }',
  'a range of sizes': 'filter: { minSize: 5000, maxSize: 5001 }',
  'a range of dates': 'filter: { createdAfter: "2024-03-01T00:00:00Z", createdBefore: "2024-03-01T01:00:00Z" }',
  'an owner': 'filter: { owner: "admin" }',
  'a storage class': 'filter: { storageClass: GLACIER_IR }',
  'everything, the newest first': 'orderBy: { field: DATE }',
  'everything, the largest first': 'orderBy: { field: SIZE }',
};

export async function search(environment) {
  await ensureBucket(environment, bucket);
  const put = await comparePuts(environment);
  const seconds = await fill(environment);
  const token = await login(environment);
  const figures = [];
  for (const [what, args] of Object.entries(searches)) {
    figures.push({
      what: `20 of 1,000,000 objects by ${what}`,
      value: `${(await median(environment, token, args)).toFixed(1)} ms`,
    });
  }
  figures[0].aim = '< 100 ms';
  return [
    ...figures,
    { what: 'objects indexed, /s', value: (objects / seconds).toFixed(0) },
    {
      what: 'S3 PUT 4 KiB, /s, bare: without indexing',
      value: put.indexed.toFixed(0),
      bare: put.bare.toFixed(0),
      ratio: put.indexed / put.bare,
    },
  ];
}

/** Rows as writes would have left them, made at once, all with the same bytes. Waits until search knows them all. */
async function fill({ database }) {
  const { rows } = await database.query(
    `INSERT INTO blob (id, scope, address, size, stored_size, state, content, ref_count, domain)
     SELECT gen_random_uuid(), 0, sha256($1::text::bytea), 1, 1, 'live', 'x', $2, 'row' RETURNING id`,
    [bucket, objects],
  );
  await database.query(
    `INSERT INTO object_version (bucket_id, key, is_latest, is_null, blob_id, size, etag, content_type, tags, metadata,
       storage_class, owner_id, created_at)
     SELECT b.id, 'team-' || i % 10 || '/' || 2020 + i % 7 || '/' || i || '-' ||
         (ARRAY['invoice', 'report', 'walrus', 'holiday', 'budget', 'minutes'])[1 + i % 6] || '.' ||
         (ARRAY['pdf', 'jpg', 'txt', 'png'])[1 + i % 4],
       true, true, $2, i % 100000, '9dd4e461268c8034f5c8564e155c67a6',
       (ARRAY['application/pdf', 'image/jpeg', 'text/plain', 'image/png'])[1 + i % 4],
       jsonb_build_object('team', (i % 10)::text, 'case', (i % 20000)::text), jsonb_build_object('batch', (i % 5000)::text),
       CASE WHEN i % 1000 = 0 THEN 'GLACIER_IR' ELSE 'STANDARD' END, b.owner_id,
       '2020-01-01T00:00:00Z'::timestamptz + i * interval '4 minutes'
     FROM bucket b, generate_series(1, $3::int) i WHERE b.name = $1 AND b.deleted_at IS NULL`,
    [bucket, rows[0].id, objects],
  );
  await database.query('VACUUM ANALYZE object_version');
  const started = performance.now();
  await database.query(`UPDATE search_place SET walk = 'OBJECTS', walk_bucket_id = 0, walk_key = ''`);
  await indexed(database);
  const seconds = (performance.now() - started) / 1000;
  await database.query('VACUUM ANALYZE search_entry');
  return seconds;
}

async function indexed(database) {
  for (;;) {
    const { rows } = await database.query(
      `SELECT walk = 'DONE' AND event_id >= (SELECT COALESCE(max(id), 0) FROM event) AS done FROM search_place`,
    );
    if (rows[0]?.done === true) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The same writes while somebody indexes and while nobody does, by turns; the best round of each counts. */
async function comparePuts(environment) {
  const best = { indexed: 0, bare: 0 };
  for (let round = 0; round < 4; round++) {
    for (const side of ['bare', 'indexed']) {
      const lock = await environment.database.connect();
      await lock.query(side === 'bare' ? 'SELECT pg_advisory_lock($1)' : 'SELECT $1::bigint', [indexingLock]);
      const requests = Array.from({ length: puts }, (_, i) =>
        putRequest(environment, `/${bucket}/${side}-${round}/${i}.bin`),
      );
      const { perSecond } = await drive({
        port: environment.s3Port,
        requests: (i) => requests[i],
        count: round === 0 ? puts / 4 : puts,
        concurrency: 32,
      });
      // The first round warms up.
      best[side] = round === 0 ? 0 : Math.max(best[side], perSecond);
      await lock.query('SELECT pg_advisory_unlock_all()');
      lock.release();
    }
  }
  return best;
}

function putRequest(environment, path) {
  const body = randomBytes(4096);
  return requestBytes({ method: 'PUT', path, headers: environment.sign({ method: 'PUT', path, payload: body }), body });
}

async function login(environment) {
  const query = 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }';
  const variables = { input: { username: 'admin', password: environment.password } };
  return (await graphql(environment, { query, variables })).login.accessToken;
}

async function median(environment, token, args) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await graphql(environment, { query: `{ search(first: 20, ${args}) { nodes { key size } } }` }, token);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)];
}

async function graphql({ httpPort }, request, token) {
  const response = await fetch(`http://127.0.0.1:${httpPort}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(request),
  });
  const { data, errors } = await response.json();
  if (errors !== undefined) {
    throw new Error(`${request.query}: ${errors[0].message}`);
  }
  return data;
}
