// A page of 1,000 entries in a bucket with versions and delete markers, beside one of a bucket with neither: 10,000 keys
// each that are visible, of which the one has 50 versions each, between 500,000 keys that were deleted.
import { ensureBucket, s3 } from './s3.mjs';

const rounds = 15;
const plain = 'bench-unversioned';
const versioned = 'bench-versions';

export async function versions(environment) {
  for (const bucket of [plain, versioned]) {
    await ensureBucket(environment, bucket);
  }
  await fill(environment, plain, { old: 0, deleted: 0 });
  await fill(environment, versioned, { old: 49, deleted: 500_000 });
  await environment.database.query('VACUUM ANALYZE object_version');
  const pages = {
    'list-type=2&max-keys=1000': 'page of 1,000 keys among versions and delete markers',
    'delimiter=%2F&list-type=2&max-keys=1000': 'the same with a delimiter',
  };
  const figures = [];
  for (const [query, what] of Object.entries(pages)) {
    const [bare, full] = await medians([plain, versioned].map((bucket) => () => page(environment, bucket, query)));
    figures.push({
      what,
      value: `${full.toFixed(1)} ms`,
      bare: `${bare.toFixed(1)} ms`,
      ratio: full / bare,
      aim: '<= 2',
    });
  }
  const [all] = await medians([() => page(environment, versioned, 'max-keys=1000&versions=')]);
  figures.push({ what: 'page of 1,000 versions and delete markers', value: `${all.toFixed(1)} ms` });
  return figures;
}

/** Folders of a hundred keys; the rows are made at once, all with the same bytes. */
async function fill({ database }, bucket, { old, deleted }) {
  const blob = `INSERT INTO blob (id, scope, address, size, stored_size, state, content, ref_count)
    SELECT gen_random_uuid(), 0, sha256($1::text::bytea), 1, 1, 'live', 'x', $2 RETURNING id`;
  const { rows } = await database.query(blob, [bucket, 10_000 * (old + 1) + deleted]);
  const insert = (source, columns) =>
    database.query(
      `INSERT INTO object_version (bucket_id, key, is_latest, is_null, delete_marker, blob_id, size, etag)
       SELECT b.id, ${columns} FROM bucket b, ${source} WHERE b.name = $1 AND b.deleted_at IS NULL`,
      [bucket, rows[0].id],
    );
  const key = `'f' || lpad((i / 100)::text, 5, '0') || '/' || i`;
  const content = `$2, 1, '9dd4e461268c8034f5c8564e155c67a6'`;
  await insert(`generate_series(1, 10000) i, generate_series(1, ${old}) n`, `${key}, false, false, false, ${content}`);
  await insert('generate_series(1, 10000) i', `${key}, true, false, false, ${content}`);
  const gone = `'f' || lpad((i % 100)::text, 5, '0') || '/gone/' || i`;
  await insert(`generate_series(1, ${deleted}) i`, `${gone}, false, false, false, ${content}`);
  await database.query(
    `INSERT INTO object_version (bucket_id, key, is_latest, is_null, delete_marker, size, etag)
     SELECT b.id, ${gone}, true, false, true, 0, '' FROM bucket b, generate_series(1, $2::int) i
     WHERE b.name = $1 AND b.deleted_at IS NULL`,
    [bucket, deleted],
  );
}

async function page(environment, bucket, query) {
  const started = performance.now();
  await s3(environment, { method: 'GET', path: `/${bucket}`, query });
  return performance.now() - started;
}

async function medians(measures) {
  const times = measures.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, measure] of measures.entries()) {
      times[i].push(await measure());
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(rounds / 2)]);
}
