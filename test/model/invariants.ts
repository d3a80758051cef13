import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isGranaryError } from '../../src/errors.js';
import { unseal } from '../../src/operations/encryption/seal-content.js';
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
  'bytes are stored once in a scope and domain': `SELECT scope, address, domain FROM blob WHERE state = 'live' AND domain IS NOT NULL GROUP BY scope, address, domain HAVING count(*) > 1`,
  'nothing is damaged': 'SELECT id FROM blob WHERE damage IS NOT NULL',
  'a copy is in another store, and its path is known before its first byte': `
    SELECT c.blob_id, c.store FROM blob_copy c JOIN blob b ON b.id = c.blob_id
    WHERE b.path IS NULL OR (b.state = 'live' AND split_part(b.path, '/', 1) = c.store)
      OR (c.state <> 'WANTED' AND c.path IS NULL) OR split_part(c.path, '/', 1) <> c.store`,
  'what a bucket wants copied has a copy, or will have': `
    SELECT v.id FROM object_version v JOIN bucket k ON k.id = v.bucket_id AND k.placement <> '[]'
    LEFT JOIN version_part p ON p.version_id = v.id
    JOIN blob b ON b.id = COALESCE(v.blob_id, p.blob_id) AND b.path LIKE 'hot/%'
    LEFT JOIN blob_copy c ON c.blob_id = b.id
    WHERE v.state = 'COMMITTED' AND c.blob_id IS NULL`,
  'the bytes of a version are in the store of its class': `
    SELECT v.id FROM object_version v LEFT JOIN version_part p ON p.version_id = v.id
    JOIN blob b ON b.id = COALESCE(v.blob_id, p.blob_id)
    WHERE v.state = 'COMMITTED'
      AND split_part(b.path, '/', 1) <> CASE v.storage_class WHEN 'STANDARD' THEN 'hot' ELSE 'cold' END`,
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
      SELECT COALESCE(sum(s.objects), 0) AS objects, COALESCE(sum(s.versions), 0) AS versions, COALESCE(sum(s.bytes), 0) AS bytes,
        COALESCE(sum(s.stored_bytes), 0) AS stored
      FROM bucket_usage s WHERE s.bucket_id = k.id) u
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE v.is_latest) AS objects, count(*) AS versions, COALESCE(sum(v.size), 0) AS bytes,
        COALESCE(sum(v.stored_size), 0) AS stored
      FROM object_version v WHERE v.bucket_id = k.id AND v.state = 'COMMITTED' AND NOT v.delete_marker) r
    WHERE (u.objects, u.versions, u.bytes, u.stored) <> (r.objects, r.versions, r.bytes, r.stored)`,
  'the totals of folders, with what is not folded in, are what is shown': `
    SELECT k.name, w.* FROM bucket k CROSS JOIN LATERAL (
      SELECT COALESCE(f.path, r.path) AS path, f.objects, f.bytes, r.objects AS real_objects, r.bytes AS real_bytes
      FROM (SELECT * FROM folder_total t WHERE t.bucket_id = k.id) f
      FULL JOIN recounted_folders(k.tenant_id, k.id) r ON r.path = f.path
      WHERE (f.objects, f.bytes) IS DISTINCT FROM (r.objects, r.bytes)
    ) w`,
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
  storedSize: string;
  sha256: Buffer;
  format: number;
  wrappedKey: Buffer | null;
}

/** Every live blob's file is there, whole, and so is every copy that is said to be in its place. */
async function checkFiles(world: World, figures: Figures): Promise<void> {
  const { granary } = world.observer.context;
  for (const row of [
    ...(await blobRows(world, `b.state = 'live' AND b.path IS NOT NULL`)),
    ...(await copyRows(world)),
  ]) {
    figures.files += 1;
    const [size, storedSize] = [Number(row.size), Number(row.storedSize)];
    const seal = await unseal(granary, row, undefined);
    try {
      await granary.store.verifyBlob({ ...row, size, storedSize, seal });
    } catch (error) {
      const isMissing = isGranaryError(error, 'Internal') && error.reason === 'MissingBlob';
      figures[isMissing ? 'lost' : 'torn'] += 1;
      throw new Error(`The file of a live blob is ${isMissing ? 'missing' : 'damaged'}: ${row.path}`, { cause: error });
    }
  }
}

/** Pending rows and staging files that one process may leave: a move of a version to another store has one per part. */
const mostLeftovers = 3;

/** Before any sweep: only who died left something half done, and each of them one operation's. */
export async function checkLeftovers(world: World): Promise<void> {
  const pending = (await blobRows(world, `b.state = 'pending'`)).length;
  const staged = (await readdir(join(world.dataDir, 'staging'))).length;
  if (Math.max(pending, staged) > world.deaths * mostLeftovers) {
    throw new Error(`Left half done: ${pending} rows and ${staged} files, by ${world.deaths} processes that died`);
  }
}

/** What was put into quarantine for a reason: any number of strays, or so many; and damaged files. */
export interface SetAside {
  strays: number | 'any';
  spoiled: ReadonlySet<string>;
}

/** What holds in addition after the garbage was collected and the sweep was made: nothing is there that nobody needs. */
export async function checkTidy(
  world: World,
  { figures, setAside }: { figures: Figures; setAside: SetAside },
): Promise<void> {
  const { pool } = world.observer.context.granary.database;
  const unwanted = await blobRows(world, `b.state <> 'live' OR b.ref_count = 0`);
  const unplaced = (await pool.query(`SELECT blob_id FROM blob_copy WHERE state <> 'PLACED'`)).rows;
  const known = new Set(
    [...(await blobRows(world, 'b.path IS NOT NULL')), ...(await copyRows(world))].map((row) => row.path),
  );
  const unknown = (await filesUnder(join(world.dataDir, 'blobs'))).filter((file) => !known.has(file));
  const staged = await readdir(join(world.dataDir, 'staging'));
  const spoiled = new Set([...setAside.spoiled].map((path) => path.replaceAll('/', '_')));
  const strays = (await readdir(join(world.dataDir, 'quarantine'))).filter(
    (name) => !spoiled.has(name.slice(0, name.lastIndexOf('.'))),
  ).length;
  figures.leaked += unwanted.length + unknown.length + staged.length;
  const found = { unwanted: unwanted.length, unplaced: unplaced.length, unknown, staged, strays };
  const expectedStrays = setAside.strays === 'any' ? strays : setAside.strays;
  const expected = { unwanted: 0, unplaced: 0, unknown: [], staged: [], strays: expectedStrays };
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`Not tidy: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
  }
}

/** After everything was deleted and purged: no blob and no version is left at all. */
export async function checkEmpty(world: World, figures: Figures): Promise<void> {
  const { pool } = world.observer.context.granary.database;
  const { rows } = await pool.query(`
    SELECT (SELECT count(*) FROM blob)::int AS blobs, (SELECT count(*) FROM blob_copy)::int AS copies, (SELECT count(*) FROM object_version)::int AS versions,
      (SELECT count(*) FROM version_part)::int + (SELECT count(*) FROM upload_part)::int AS parts`);
  const files = await filesUnder(join(world.dataDir, 'blobs'));
  const left = { ...rows[0], files: files.length };
  if (Object.values(left).some((count) => count !== 0)) {
    figures.leaked += Number(left.blobs) + left.files;
    throw new Error(`Not empty after everything was deleted: ${JSON.stringify(left)}`);
  }
}

const fileColumns = `b.size, b.stored_size AS "storedSize", b.address AS sha256, b.format, b.wrapped_key AS "wrappedKey"`;

async function blobRows(world: World, condition: string): Promise<BlobRow[]> {
  const { pool } = world.observer.context.granary.database;
  return (await pool.query<BlobRow>(`SELECT b.path, ${fileColumns} FROM blob b WHERE ${condition}`)).rows;
}

/** The copies that are in their place, each as if it were its blob. */
async function copyRows(world: World): Promise<BlobRow[]> {
  const { pool } = world.observer.context.granary.database;
  return (
    await pool.query<BlobRow>(
      `SELECT c.path, ${fileColumns} FROM blob_copy c JOIN blob b ON b.id = c.blob_id
       WHERE c.state = 'PLACED' AND b.state = 'live'`,
    )
  ).rows;
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}
