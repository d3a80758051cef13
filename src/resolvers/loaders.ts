import DataLoader from 'dataloader';
import type { BlobDamage } from '../entities/enums.js';
import type { TenantPurge } from '../entities/tenant-purge.js';
import { loadBucketUsages, loadTenantUsages, type TenantUsage, type Usage } from '../operations/bucket-usage.js';
import type { RequestContext } from '../operations/context.js';
import { loadBlobUses } from '../operations/list-damaged.js';
import { loadBucketsById, loadPlacementsById, loadPoliciesById } from '../operations/load-by-id.js';
import { loadTenantsById, loadUsersById } from '../operations/load-identities-by-id.js';
import { loadDamage } from '../operations/load-integrity.js';
import { loadSecondFactors } from '../operations/load-second-factors.js';
import { loadReplicationTasks, type ReplicationTaskInfo } from '../operations/object-replication.js';
import type { PlacementRule } from '../operations/placement.js';
import { loadTenantPurges } from '../operations/tenant-purges.js';
import type { BucketInfo } from '../operations/types.js';
import type { BlobUse } from '../operations/versions-of-blobs.js';
import { type TenantSource, toTenantSource, toUserSource, type UserSource } from './sources.js';

/** Collects the look-ups of one request, so that a page of any length costs one query for each kind of relation. */
export interface Loaders {
  readonly tenants: DataLoader<number, TenantSource | null>;
  readonly users: DataLoader<number, UserSource | null>;
  readonly secondFactors: DataLoader<number, boolean>;
  readonly buckets: DataLoader<number, BucketInfo | null>;
  readonly usages: DataLoader<number, Usage>;
  readonly tenantUsages: DataLoader<number, TenantUsage | null>;
  readonly tenantPurges: DataLoader<number, TenantPurge | null>;
  readonly damage: DataLoader<number, BlobDamage | null>;
  readonly blobUses: DataLoader<string, BlobUse[]>;
  readonly placements: DataLoader<number, readonly PlacementRule[] | null>;
  readonly policies: DataLoader<number, object | null>;
  readonly replications: DataLoader<number, ReplicationTaskInfo[]>;
}

export function createLoaders(context: RequestContext): Loaders {
  return {
    tenants: new DataLoader((ids) => orNulls(loadTenantsById(context, ids), toTenantSource)),
    users: new DataLoader((ids) => orNulls(loadUsersById(context, ids), toUserSource)),
    secondFactors: new DataLoader((ids) => loadSecondFactors(context, ids)),
    buckets: new DataLoader((ids) => loadBucketsById(context, ids)),
    usages: new DataLoader((ids) => loadBucketUsages(context, [...ids])),
    tenantUsages: new DataLoader((ids) => loadTenantUsages(context, ids)),
    tenantPurges: new DataLoader((ids) => loadTenantPurges(context, ids)),
    damage: new DataLoader((ids) => loadDamage(context.granary, ids)),
    blobUses: new DataLoader((ids) => loadBlobUses(context, ids)),
    placements: new DataLoader((ids) => loadPlacementsById(context, ids)),
    policies: new DataLoader((ids) => loadPoliciesById(context, ids)),
    replications: new DataLoader((ids) => loadReplicationTasks(context, ids)),
  };
}

async function orNulls<Row, Source>(
  rows: Promise<(Row | null)[]>,
  convert: (row: Row) => Source,
): Promise<(Source | null)[]> {
  return (await rows).map((row) => (row === null ? null : convert(row)));
}
