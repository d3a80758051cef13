import { LRUCache } from 'lru-cache';
import { type Policy, parsePolicy } from '../../auth/policy/parse-policy.js';
import { type Database, statement } from '../../database/database.js';
import type { PlacementRule } from '../blobs/placement.js';
import type { LifecycleRule } from '../lifecycle/lifecycle-rules.js';
import type { ReplicationRule } from '../replication/replication-rules.js';
import type { BucketInfo, BucketVersioning } from '../types.js';
import type { BucketConfiguration } from './bucket-configuration.js';

/** What the hot paths know of a bucket. They send `revision` along, so that a stale copy is noticed, never acted on. */
export interface BucketState extends BucketInfo {
  readonly revision: number;
  readonly policy: Policy | null;
  readonly placement: readonly PlacementRule[];
  readonly lifecycle: readonly LifecycleRule[];
  readonly replication: readonly ReplicationRule[];
  readonly configuration: BucketConfiguration;
}

interface BucketRow extends Omit<BucketState, 'policy' | 'versioning'> {
  versioning: BucketVersioning;
  policy: object | null;
}

const bucketColumns = `
  b.id, b.tenant_id AS "tenantId", t.name AS "tenantName", b.name, b.owner_id AS "ownerId",
  u.canonical_id AS "ownerCanonicalId", u.display_name AS "ownerDisplayName", b.region, b.versioning,
  b.trash_seconds AS "trashSeconds", b.compression, b.encryption, b.object_lock AS "objectLock", b.placement, b.lifecycle,
  b.replication, b.configuration, b.quota, b.created_at AS "createdAt", b.revision, b.policy`;

/** The tables behind {@link bucketColumns}; every use goes on with a condition on the tenant. */
export const selectBuckets = `
  SELECT ${bucketColumns}
  FROM bucket b JOIN tenant t ON t.id = b.tenant_id JOIN user_account u ON u.id = b.owner_id
  WHERE b.deleted_at IS NULL`;

const findBucket = statement('find_bucket', `${selectBuckets} AND t.name = $1 AND b.name = $2`);

/** A bucket's row, as {@link selectBuckets} gives it, with its policy parsed. */
export function toBucketState(row: BucketRow): BucketState {
  return { ...row, policy: row.policy === null ? null : parsePolicy(row.policy, { kind: 'bucket', bucket: row.name }) };
}

/** Buckets by tenant and name, in memory. What does not exist is never remembered. */
export class BucketCache {
  readonly #database: Database;
  // The limit in time is for a listening connection that died without anybody's noticing.
  readonly #byName = new LRUCache<string, BucketState>({
    max: 10_000,
    ttl: 30_000,
    dispose: (state) => this.#nameById.delete(state.id),
  });
  readonly #nameById = new Map<number, string>();
  /** Moves with every change that is heard of: what was read before it may be old. */
  #changes = 0;
  #stopListening: (() => Promise<void>) | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Follows what other processes change. */
  async start(): Promise<void> {
    this.#stopListening = await this.#database.listen(
      'granary_bucket',
      (id) => this.forget(Number(id)),
      () => this.clear(),
    );
  }

  async stop(): Promise<void> {
    await this.#stopListening?.();
  }

  async find(tenantName: string, name: string): Promise<BucketState | undefined> {
    if (!isName(tenantName) || !isName(name)) {
      return undefined;
    }
    const cacheKey = `${tenantName}:${name}`;
    const known = this.#byName.get(cacheKey);
    if (known !== undefined) {
      return known;
    }
    const changes = this.#changes;
    const [row] = await this.#database.query<BucketRow>(findBucket, [tenantName, name]);
    if (row === undefined) {
      return undefined;
    }
    const state = toBucketState(row);
    if (changes === this.#changes) {
      this.#byName.set(cacheKey, state);
      this.#nameById.set(state.id, cacheKey);
    }
    return state;
  }

  /** What is in memory of it already. */
  peek(tenantName: string, name: string): BucketState | undefined {
    return this.#byName.get(`${tenantName}:${name}`);
  }

  forget(bucketId: number): void {
    this.#changes += 1;
    const cacheKey = this.#nameById.get(bucketId);
    if (cacheKey !== undefined) {
      this.#byName.delete(cacheKey);
    }
  }

  clear(): void {
    this.#changes += 1;
    this.#byName.clear();
  }
}

/** False for what no row can hold, so that it never reaches PostgreSQL. */
function isName(text: string): boolean {
  return text.length <= 255 && !text.includes('\0') && text.isWellFormed();
}
