import { statement } from '../../database/database.js';
import type { BlobDamage } from '../../entities/enums.js';
import type { Granary } from '../context.js';

const findDamage = statement(
  'damage_of_versions',
  `SELECT r.id, max(b.damage) AS damage FROM (
     SELECT v.id, v.blob_id FROM object_version v WHERE v.id = ANY ($1::bigint[]) AND v.blob_id IS NOT NULL
     UNION ALL
     SELECT p.version_id, p.blob_id FROM version_part p WHERE p.version_id = ANY ($1::bigint[])
   ) r JOIN blob b ON b.id = r.blob_id WHERE b.damage IS NOT NULL GROUP BY r.id`,
);

/**
 * What is known to be wrong with the bytes of versions that the caller was shown, in the order of the ids; null for
 * nothing. A version with both kinds of damage in its parts is MISSING. One query.
 */
export async function loadDamage(granary: Granary, versionIds: readonly number[]): Promise<(BlobDamage | null)[]> {
  const rows = await granary.database.query<{ id: number; damage: BlobDamage }>(findDamage, [versionIds]);
  const byVersion = new Map(rows.map(({ id, damage }) => [id, damage]));
  return versionIds.map((id) => byVersion.get(id) ?? null);
}
