import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figures } from './figures.js';
import type { World } from './world.js';

const references = `
  SELECT blob_id FROM object_version WHERE blob_id IS NOT NULL
  UNION ALL SELECT blob_id FROM version_part
  UNION ALL SELECT blob_id FROM upload_part`;

/** Each query finds what breaks one rule: it must find nothing. */
const rules: Record<string, string> = {
  'everything refers to live blobs only': `SELECT r.blob_id FROM (${references}) r LEFT JOIN blob b ON b.id = r.blob_id WHERE b.state IS DISTINCT FROM 'live'`,
  'ref_count is the number of references': `
    SELECT b.id, b.ref_count, count(r.blob_id) AS real
    FROM blob b LEFT JOIN (${references}) r ON r.blob_id = b.id GROUP BY b.id HAVING b.ref_count <> count(r.blob_id)`,
  'a live blob without references is queued for review': `SELECT id FROM blob WHERE state = 'live' AND ref_count = 0 AND review_at IS NULL`,
  'a blob with references is not queued for review': `SELECT id FROM blob WHERE state = 'live' AND ref_count > 0 AND review_at IS NOT NULL`,
  'bytes are stored once in a scope': `SELECT scope, address FROM blob WHERE state = 'live' GROUP BY scope, address HAVING count(*) > 1`,
  'a version in one piece has its bytes': `
    SELECT v.id FROM object_version v LEFT JOIN blob b ON b.id = v.blob_id
    WHERE v.state <> 'DELETED' AND NOT v.delete_marker AND v.part_count = 0
      AND (b.id IS NULL OR b.address <> v.sha256 OR b.size <> v.size)`,
  'a version in parts has all of them, one behind the other': `
    SELECT v.id FROM object_version v LEFT JOIN (
      SELECT p.*, sum(p.size) OVER (PARTITION BY p.version_id ORDER BY p.part_number) - p.size AS expected_start, b.size AS blob_size
      FROM version_part p JOIN blob b ON b.id = p.blob_id
    ) p ON p.version_id = v.id
    WHERE v.state <> 'DELETED' AND v.part_count > 0
    GROUP BY v.id HAVING count(p.version_id) <> v.part_count OR sum(p.size) <> v.size
      OR bool_or(p.start_at <> p.expected_start OR p.size <> p.blob_size)`,
  'what is deleted refers to nothing': `
    SELECT v.id FROM object_version v LEFT JOIN version_part p ON p.version_id = v.id
    WHERE v.state = 'DELETED' AND (v.blob_id IS NOT NULL OR p.blob_id IS NOT NULL)`,
  'the newest committed version of a key, and no other, is the latest': `
    SELECT v.id FROM object_version v WHERE v.state = 'COMMITTED' AND v.is_latest <> NOT EXISTS (
      SELECT FROM object_version o
      WHERE o.bucket_id = v.bucket_id AND o.key = v.key AND o.state = 'COMMITTED' AND o.id > v.id)`,
  'a key has one null version at most': `
    SELECT bucket_id, key FROM object_version WHERE state = 'COMMITTED' AND is_null
    GROUP BY bucket_id, key HAVING count(*) > 1`,
  'the usage of a bucket is what is in it': `
    SELECT k.id, u.*, r.* FROM bucket k
    CROSS JOIN LATERAL (
      SELECT COALESCE(sum(s.objects), 0) AS objects, COALESCE(sum(s.versions), 0) AS versions, COALESCE(sum(s.bytes), 0) AS bytes
      FROM bucket_usage s WHERE s.bucket_id = k.id) u
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE v.is_latest) AS objects, count(*) AS versions, COALESCE(sum(v.size), 0) AS bytes
      FROM object_version v WHERE v.bucket_id = k.id AND v.state = 'COMMITTED' AND NOT v.delete_marker) r
    WHERE (u.objects, u.versions, u.bytes) <> (r.objects, r.versions, r.bytes)`,
  'an ended upload keeps no parts': `SELECT u.id FROM upload u JOIN upload_part p ON p.upload_id = u.id WHERE u.state <> 'OPEN'`,
  'an upload that made a version was not aborted': `SELECT id FROM upload WHERE (state = 'COMPLETED') <> (version_id IS NOT NULL)`,
  'nothing is in a deleted bucket': `
    SELECT k.id FROM bucket k WHERE k.deleted_at IS NOT NULL AND (
      EXISTS (SELECT FROM object_version v WHERE v.bucket_id = k.id AND v.state = 'COMMITTED')
      OR EXISTS (SELECT FROM upload u WHERE u.bucket_id = k.id AND u.state = 'OPEN'))`,
  'every version was recorded when it was made': `SELECT v.id FROM object_version v WHERE v.id NOT IN (SELECT e.version_id FROM event e WHERE e.version_id IS NOT NULL)`,
};

/** What holds at any time between two operations, whoever died before. */
export async function checkInvariants(world: World, figures: Figures): Promise<void> {
  const { pool } = world.observer.context.granary.database;
  for (const [rule, query] of Object.entries(rules)) {
    const { rows } = await pool.query(query);
    if (rows.length > 0) {
      throw new Error(`Not true: ${rule}. ${JSON.stringify(rows.slice(0, 5))}`);
    }
  }
  await checkFiles(world, figures);
}

interface BlobRow {
  path: string;
  size: string;
  address: Buffer;
}

/** Every live blob's file is there, whole. */
async function checkFiles(world: World, figures: Figures): Promise<void> {
  for (const { path, size, address } of await blobRows(world, `state = 'live' AND path IS NOT NULL`)) {
    const bytes = await readFile(join(world.dataDir, 'blobs', path)).catch(() => undefined);
    figures.files += 1;
    if (bytes === undefined) {
      figures.lost += 1;
      throw new Error(`The file of a live blob is missing: ${path}`);
    }
    if (bytes.length !== Number(size) || !createHash('sha256').update(bytes).digest().equals(address)) {
      figures.torn += 1;
      throw new Error(`The file of a live blob has other bytes: ${path}`);
    }
  }
}

/** Before any sweep: only who died left something half done, and each of them one upload at most. */
export async function checkLeftovers(world: World): Promise<void> {
  const pending = (await blobRows(world, `state = 'pending'`)).length;
  const staged = (await readdir(join(world.dataDir, 'staging'))).length;
  if (Math.max(pending, staged) > world.deaths) {
    throw new Error(`Left half done: ${pending} rows and ${staged} files, by ${world.deaths} processes that died`);
  }
}

/** What holds in addition after the garbage was collected and the sweep was made: nothing is there that nobody needs. */
export async function checkTidy(
  world: World,
  { figures, strays }: { figures: Figures; strays: number },
): Promise<void> {
  const unwanted = await blobRows(world, `state <> 'live' OR ref_count = 0`);
  const known = new Set((await blobRows(world, 'path IS NOT NULL')).map((row) => row.path));
  const files = await filesUnder(join(world.dataDir, 'blobs'));
  const unknown = files.filter((file) => !known.has(file));
  const staged = await readdir(join(world.dataDir, 'staging'));
  const quarantined = await readdir(join(world.dataDir, 'quarantine'));
  figures.leaked += unwanted.length + unknown.length + staged.length;
  const found = { unwanted: unwanted.length, unknown, staged, quarantined: quarantined.length };
  const expected = { unwanted: 0, unknown: [], staged: [], quarantined: strays };
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`Not tidy: ${JSON.stringify(found)}, with ${strays} strays`);
  }
}

/** After everything was deleted and purged: no blob and no version is left at all. */
export async function checkEmpty(world: World, figures: Figures): Promise<void> {
  const { pool } = world.observer.context.granary.database;
  const { rows } = await pool.query(`
    SELECT (SELECT count(*) FROM blob)::int AS blobs, (SELECT count(*) FROM object_version)::int AS versions,
      (SELECT count(*) FROM version_part)::int + (SELECT count(*) FROM upload_part)::int AS parts`);
  const files = await filesUnder(join(world.dataDir, 'blobs'));
  const left = { ...rows[0], files: files.length };
  if (Object.values(left).some((count) => count !== 0)) {
    figures.leaked += Number(left.blobs) + left.files;
    throw new Error(`Not empty after everything was deleted: ${JSON.stringify(left)}`);
  }
}

async function blobRows(world: World, condition: string): Promise<BlobRow[]> {
  const { pool } = world.observer.context.granary.database;
  return (await pool.query<BlobRow>(`SELECT path, size, address FROM blob WHERE ${condition}`)).rows;
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}
