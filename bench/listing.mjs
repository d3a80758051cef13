// A page of 1,000 entries in a bucket of 10,000 and of 1,000,000 keys, with and without a delimiter.
import { ensureBucket, s3 } from './s3.mjs';

const sizes = { 'bench-10k': 10_000, 'bench-1m': 1_000_000 };
const rounds = 15;

export async function listing(environment) {
  for (const [bucket, keys] of Object.entries(sizes)) {
    await ensureBucket(environment, bucket);
    await fill(environment, bucket, keys);
  }
  const pages = {
    'without delimiter': 'list-type=2&max-keys=1000',
    'with delimiter, 1,000 folders of five': 'delimiter=%2F&list-type=2&max-keys=1000&prefix=few%2F',
    'with delimiter, two folders of half the bucket': 'delimiter=%2F&list-type=2&max-keys=1000',
  };
  const figures = [];
  for (const [what, query] of Object.entries(pages)) {
    const [small, large] = await median(Object.keys(sizes).map((bucket) => () => page(environment, bucket, query)));
    figures.push({
      what: `page of 1,000 of 1,000,000 keys, ${what}`,
      value: `${large.toFixed(1)} ms`,
      bare: `10,000 keys ${small.toFixed(1)} ms`,
      ratio: large / small,
      aim: '<= 2',
    });
  }
  return figures;
}

/** Half of the keys in folders of five, half in one. The rows are made at once, all with the same bytes. */
async function fill({ database }, bucket, keys) {
  const blob = `INSERT INTO blob (id, scope, address, size, state, content, ref_count)
    SELECT gen_random_uuid(), 0, sha256($1::text::bytea), 1, 'live', 'x', $2 RETURNING id`;
  const { rows } = await database.query(blob, [bucket, keys]);
  await database.query(
    `INSERT INTO object_version (bucket_id, key, is_latest, is_null, blob_id, size, etag)
     SELECT b.id, CASE WHEN i % 2 = 0
         THEN 'few/' || lpad((i / 10)::text, 8, '0') || '/' || i ELSE 'many/' || i END,
       true, true, $2, 1, '9dd4e461268c8034f5c8564e155c67a6'
     FROM bucket b, generate_series(1, $3) i WHERE b.name = $1 AND b.deleted_at IS NULL`,
    [bucket, rows[0].id, keys],
  );
  await database.query('VACUUM ANALYZE object_version');
}

async function page(environment, bucket, query) {
  const started = performance.now();
  await s3(environment, { method: 'GET', path: `/${bucket}`, query });
  return performance.now() - started;
}

async function median(measures) {
  const times = measures.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, measure] of measures.entries()) {
      times[i].push(await measure());
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(rounds / 2)]);
}
