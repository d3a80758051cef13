import { statement } from '../../database/database.js';
import type { BlobDamage } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { checkBlob } from './check-blob.js';
import { type CheckableBlob, checkableColumns } from './read-through.js';
import { UnreachableStores } from './unreachable-stores.js';
import { type BlobUse, versionsOfBlobs } from './versions-of-blobs.js';

const pageSize = 1_000;

const countPageSize = 20_000;

/** Small enough for the content of all to be in memory at once. */
const batchSize = 32;

const inBucket = `
  ($1::bigint IS NULL
    OR EXISTS (SELECT FROM object_version v WHERE v.blob_id = b.id AND v.bucket_id = $1)
    OR EXISTS (SELECT FROM version_part p JOIN object_version v ON v.id = p.version_id
      WHERE p.blob_id = b.id AND v.bucket_id = $1))`;

/** Of so many rows, whichever they are: one statement over all of them would take longer than a statement may. */
const countBlobs = statement(
  'count_blobs_to_verify',
  `SELECT count(*) AS walked, count(*) FILTER (WHERE b.state = 'live' AND ${inBucket}) AS count, max(b.id::text COLLATE "C") AS last
   FROM (SELECT id, state FROM blob WHERE $2::uuid IS NULL OR id > $2::uuid ORDER BY id LIMIT ${countPageSize}) b`,
);

const listIds = statement(
  'list_blobs_to_verify',
  `SELECT b.id, b.state = 'live' AND ${inBucket} AS "isMeant"
   FROM (SELECT id, state FROM blob WHERE $2::uuid IS NULL OR id > $2::uuid ORDER BY id LIMIT ${pageSize}) b
   ORDER BY b.id`,
);

const loadBlobs = statement(
  'load_blobs_to_verify',
  `SELECT ${checkableColumns} FROM blob b WHERE b.state = 'live' AND b.id = ANY ($1::uuid[]) ORDER BY b.id`,
);

const findBucket = statement(
  'find_bucket_to_verify',
  `SELECT b.id FROM bucket b JOIN tenant t ON t.id = b.tenant_id
   WHERE b.deleted_at IS NULL AND t.name = $1 AND b.name = $2`,
);

export interface VerifyOptions {
  /** The share of the blobs to read, by their number and chosen at random: more than 0, at most 1, which is the default. */
  share?: number;
  /** Only blobs with versions in this bucket. */
  bucket?: { tenant: string; name: string };
  onProgress?: (verified: Pick<Verified, 'blobs' | 'bytes'>) => void;
}

/** A blob that is not what was stored, and some of the versions with it. */
export interface Finding {
  blobId: string;
  damage: BlobDamage;
  /** Whether it is the stored bytes, or the wrapped key in the blob's row. */
  part: 'bytes' | 'key';
  path: string | null;
  versions: BlobUse[];
}

export interface Verified {
  /** How many blobs there were to choose from. */
  total: number;
  /** How many were read. */
  blobs: number;
  /** Stored bytes that were read. */
  bytes: number;
  /** Blobs of which only presence and length were checked, for their key is not here. */
  closed: number;
  /** Blobs that could not be read, for a reason that says nothing of their bytes. */
  unreachable: number;
  seconds: number;
  findings: Finding[];
}

/** Reads blobs and checks seal, length and digest. What is damaged is marked, as the scrubber does it. */
export async function verifyBlobs(granary: Granary, options: VerifyOptions = {}): Promise<Verified> {
  const { share = 1, onProgress } = options;
  if (!(share > 0 && share <= 1)) {
    throw new GranaryError('InvalidInput', 'The share to verify is more than 0 and at most 1 (100%).');
  }
  const startedAt = performance.now();
  const bucketId = await bucketIdOf(granary, options.bucket);
  const total = await countToVerify(granary, bucketId);
  const unreachable = new UnreachableStores(granary.log);
  const verified: Verified = { total, blobs: 0, bytes: 0, closed: 0, unreachable: 0, seconds: 0, findings: [] };
  for await (const ids of chosenIds(granary, { bucketId, total, wanted: Math.ceil(total * share) })) {
    const blobs = await granary.database.query<CheckableBlob>(loadBlobs, [ids]);
    for (const blob of blobs) {
      try {
        await verifyOne(granary, blob, verified);
      } catch (error) {
        unreachable.add(blob, error);
      }
      onProgress?.(verified);
    }
  }
  return { ...verified, unreachable: unreachable.blobs, seconds: (performance.now() - startedAt) / 1000 };
}

async function countToVerify({ database }: Granary, bucketId: number | null): Promise<number> {
  let total = 0;
  let after: string | null = null;
  for (let walked = countPageSize; walked === countPageSize; ) {
    const [page]: CountedPage[] = await database.query<CountedPage>(countBlobs, [bucketId, after]);
    total += page?.count ?? 0;
    after = page?.last ?? null;
    walked = page?.walked ?? 0;
  }
  return total;
}

async function verifyOne(granary: Granary, blob: CheckableBlob, verified: Verified): Promise<void> {
  const { bytes, damage, part, extent } = await checkBlob(granary, blob);
  verified.blobs += 1;
  verified.bytes += bytes;
  verified.closed += extent === 'presence' ? 1 : 0;
  if (damage !== null) {
    const versions = await versionsOfBlobs(granary.database, [blob.id]);
    verified.findings.push({ blobId: blob.id, damage, part, path: blob.path, versions });
  }
}

interface CountedPage {
  walked: number;
  count: number;
  last: string | null;
}

interface ListedBlob {
  id: string;
  isMeant: boolean;
}

/** Exactly so many of the ids, each with the same chance (Knuth, The Art of Computer Programming, 3.4.2, algorithm S). */
async function* chosenIds(
  granary: Granary,
  { bucketId, total, wanted }: { bucketId: number | null; total: number; wanted: number },
): AsyncGenerator<string[]> {
  let after: string | null = null;
  let [left, needed] = [total, wanted];
  for (let page = pageSize; page === pageSize && needed > 0; ) {
    const rows: ListedBlob[] = await granary.database.query<ListedBlob>(listIds, [bucketId, after]);
    const chosen = rows.filter(({ isMeant }) => {
      if (!isMeant) {
        return false;
      }
      const isChosen = needed > 0 && Math.random() * left < needed;
      left -= 1;
      needed -= isChosen ? 1 : 0;
      return isChosen;
    });
    for (let at = 0; at < chosen.length; at += batchSize) {
      yield chosen.slice(at, at + batchSize).map(({ id }) => id);
    }
    page = rows.length;
    after = rows.at(-1)?.id ?? null;
  }
}

async function bucketIdOf(granary: Granary, bucket: VerifyOptions['bucket']): Promise<number | null> {
  if (bucket === undefined) {
    return null;
  }
  const [row] = await granary.database.query<{ id: number }>(findBucket, [bucket.tenant, bucket.name]);
  if (row === undefined) {
    throw new GranaryError('NotFound', `There is no bucket ${bucket.name} in the tenant ${bucket.tenant}.`);
  }
  return row.id;
}
