import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { type TargetFigures, targetFigures } from './get-bucket-replication.js';

/** One target, as metrics show it. */
export interface ReplicationFigures extends TargetFigures {
  tenant: string;
  bucket: string;
  targetId: string;
}

const listTargets = statement(
  'list_replication_targets',
  `SELECT t.id AS "targetId", b.name AS bucket, n.name AS tenant
   FROM replication_target t JOIN bucket b ON b.id = t.bucket_id AND b.deleted_at IS NULL JOIN tenant n ON n.id = b.tenant_id
   WHERE t.removed_at IS NULL ORDER BY n.name, b.name, t.id`,
);

/** How far every target of every bucket is behind, for metrics: gauges, all of them read from the database. */
export async function replicationFigures({ database }: Granary): Promise<ReplicationFigures[]> {
  const targets = await database.query<Pick<ReplicationFigures, 'tenant' | 'bucket' | 'targetId'>>(listTargets);
  const figures = await targetFigures(
    database,
    targets.map(({ targetId }) => targetId),
  );
  return targets.map((target) => ({
    ...target,
    ...(figures.get(target.targetId) ?? { pending: 0, failed: 0, completed: 0, lagSeconds: 0 }),
  }));
}
