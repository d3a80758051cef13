import DataLoader from 'dataloader';
import { loadBucketUsages, type Usage } from '../operations/bucket-usage.js';
import type { RequestContext } from '../operations/context.js';

import { loadBucketsById, loadPoliciesById } from '../operations/load-by-id.js';
import { loadTenantsById, loadUsersById } from '../operations/load-identities-by-id.js';
import type { BucketInfo } from '../operations/types.js';
import { type TenantSource, toTenantSource, toUserSource, type UserSource } from './sources.js';

/** Collects the look-ups of one request, so that a page of any length costs one query for each kind of relation. */
export interface Loaders {
  readonly tenants: DataLoader<number, TenantSource | null>;
  readonly users: DataLoader<number, UserSource | null>;
  readonly buckets: DataLoader<number, BucketInfo | null>;
  readonly usages: DataLoader<number, Usage>;
  readonly policies: DataLoader<number, object | null>;
}

export function createLoaders(context: RequestContext): Loaders {
  return {
    tenants: new DataLoader((ids) => orNulls(loadTenantsById(context, ids), toTenantSource)),
    users: new DataLoader((ids) => orNulls(loadUsersById(context, ids), toUserSource)),
    buckets: new DataLoader((ids) => loadBucketsById(context, ids)),
    usages: new DataLoader((ids) => loadBucketUsages(context, [...ids])),
    policies: new DataLoader((ids) => loadPoliciesById(context, ids)),
  };
}

async function orNulls<Row, Source>(
  rows: Promise<(Row | null)[]>,
  convert: (row: Row) => Source,
): Promise<(Source | null)[]> {
  return (await rows).map((row) => (row === null ? null : convert(row)));
}
