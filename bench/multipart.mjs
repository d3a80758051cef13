// Completing an upload of 10,000 parts. The parts are rows alone, each with a blob of its own whose bytes are nowhere:
// completing reads none.
import { ensureBucket, s3 } from './s3.mjs';

const parts = 10_000;
const partSize = 5 * 1024 * 1024;
const rounds = 3;
const etag = 'd41d8cd98f00b204e9800998ecf8427e';
const bucket = 'bench-multipart';

export async function multipart(environment) {
  await ensureBucket(environment, bucket);
  const times = [];
  for (let round = 0; round < rounds; round++) {
    times.push(await completeOne(environment, `round-${round}`));
    await forget(environment);
  }
  return [{ what: 'completing an upload of 10,000 parts, ms', value: Math.min(...times).toFixed(0), aim: '< 1000' }];
}

async function completeOne(environment, key) {
  const path = `/${bucket}/${key}`;
  const begun = String(await s3(environment, { method: 'POST', path, query: 'uploads=' }));
  const uploadId = /<UploadId>([^<]+)</.exec(begun)[1];
  await fill(environment, key);
  const list = Array.from(
    { length: parts },
    (_, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>"${etag}"</ETag></Part>`,
  );
  const body = Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`);
  const started = performance.now();
  const answer = String(await s3(environment, { method: 'POST', path, query: `uploadId=${uploadId}`, body }));
  const took = performance.now() - started;
  if (!answer.includes(`-${parts}`)) {
    throw new Error(`Not completed: ${answer}`);
  }
  return took;
}

async function fill({ database }, key) {
  await database.query(
    `WITH made AS (
       INSERT INTO blob (id, scope, address, size, stored_size, state, path, ref_count)
       SELECT gen_random_uuid(), 0, sha256(($1 || i)::bytea), $2, $2, 'live', 'bench/' || $1 || '/' || i, 1
       FROM generate_series(1, $3::int) i RETURNING id
     )
     INSERT INTO upload_part (upload_id, part_number, blob_id, size, stored_size, etag)
     SELECT u.id, row_number() OVER (), made.id, $2, $2, $4
     FROM made, upload u WHERE u.key = $1`,
    [key, partSize, parts, etag],
  );
  await database.query('ANALYZE upload_part, blob');
}

/** Nobody is to look for the bytes. */
async function forget({ database }) {
  await database.query(`DELETE FROM object_version v USING bucket b WHERE b.id = v.bucket_id AND b.name = $1`, [
    bucket,
  ]);
  await database.query(`DELETE FROM upload u USING bucket b WHERE b.id = u.bucket_id AND b.name = $1`, [bucket]);
  await database.query(`DELETE FROM blob WHERE path LIKE 'bench/%'`);
}
