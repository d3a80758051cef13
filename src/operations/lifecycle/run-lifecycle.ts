import type { Settings } from '../../config/settings.js';
import { statement } from '../../database/database.js';
import { transitionVersion } from '../blobs/transition-version.js';
import { type BucketState, selectBuckets, toBucketState } from '../buckets/bucket-cache.js';
import type { Granary } from '../context.js';
import { expireUpload } from '../uploads/expire-uploads.js';
import { expireVersion } from './expire-version.js';
import { addDays, type LifecycleClock, lifecycleAction, uploadDays } from './lifecycle-due.js';
import {
  finishLifecycleRound,
  type LifecyclePlace,
  moveLifecycleRound,
  nextLifecycleBucket,
  openLifecycleRound,
} from './lifecycle-round.js';
import { type DueVersion, historyOf } from './lifecycle-versions.js';

/** A bucket is gone through as often, for what its rules say changes once a day. */
const usualRoundSeconds = 3600;

/** How often a bucket's rules are looked at, in seconds: four times a day, where days are made short. */
export function lifecycleRoundSeconds({ lifecycleDaySeconds }: Pick<Settings, 'lifecycleDaySeconds'>): number {
  return Math.min(Math.max(lifecycleDaySeconds / 4, 1), usualRoundSeconds);
}

/** So many versions of one bucket are looked at before the next bucket has its turn. */
const versionsPerTurn = 20_000;

const usualLimitMs = 4 * 60 * 1000;

const findBucket = statement('find_lifecycle_bucket', `${selectBuckets} AND b.id = $1`);

const listUploads = statement(
  'list_lifecycle_uploads',
  `SELECT u.id, u.key, u.created_at AS "createdAt" FROM upload u
   WHERE u.bucket_id = $1 AND u.state = 'OPEN' AND (u.key, u.id) > ($2, $3::uuid)
   ORDER BY u.bucket_id, u.key, u.id LIMIT 500`,
);

export interface LifecycleOptions {
  /** Ends the work at the next version; the round goes on with the next run. */
  signal?: AbortSignal;
  /** Ends the work after so long, between two pages of versions. */
  limitMs?: number;
  /** The time that the rules go by. */
  now?: Date;
}

/** What one run has done. */
export interface LifecycleFigures {
  transitioned: number;
  /** Objects that were deleted, in buckets with versioning by a delete marker. */
  expired: number;
  /** Noncurrent versions and delete markers that were removed. */
  removed: number;
  /** Multipart uploads. */
  aborted: number;
  /** Due, but kept by object lock. */
  locked: number;
  failed: number;
}

/**
 * Does what the lifecycle rules of all buckets say. Each bucket is gone through by pages, about once an hour, and its
 * place is remembered, so that a large one takes several runs and a killed run costs a page. What fails is logged, and
 * tried again with the next round.
 */
export async function runLifecycle(granary: Granary, options: LifecycleOptions = {}): Promise<LifecycleFigures> {
  const run = new LifecycleRun(granary, options);
  await run.run();
  return run.figures;
}

class LifecycleRun {
  readonly figures: LifecycleFigures = { transitioned: 0, expired: 0, removed: 0, aborted: 0, locked: 0, failed: 0 };
  readonly #granary: Granary;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: LifecycleClock;
  readonly #endsAt: number;
  readonly #context: { granary: Granary; requestId: string; sourceIp: null };

  constructor(granary: Granary, { signal, now = new Date(), limitMs = usualLimitMs }: LifecycleOptions) {
    this.#granary = granary;
    this.#signal = signal;
    this.#clock = { now, daySeconds: granary.settings.lifecycleDaySeconds };
    this.#endsAt = performance.now() + limitMs;
    this.#context = { granary, requestId: 'lifecycle', sourceIp: null };
  }

  async run(): Promise<void> {
    const everySeconds = lifecycleRoundSeconds(this.#granary.settings);
    const finished: number[] = [];
    while (!this.#isOver) {
      const bucketId = await nextLifecycleBucket(this.#granary.database, { everySeconds, leaveOut: finished });
      if (bucketId === undefined) {
        return;
      }
      if ((await this.#takeTurn(bucketId)) === 'finished') {
        finished.push(bucketId);
      }
    }
  }

  get #isOver(): boolean {
    return this.#signal?.aborted === true || performance.now() >= this.#endsAt;
  }

  async #takeTurn(bucketId: number): Promise<'finished' | 'to be continued'> {
    const { database } = this.#granary;
    const place = await openLifecycleRound(database, bucketId);
    const bucket = await this.#findBucket(bucketId);
    if (place === undefined || bucket === undefined) {
      return 'finished';
    }
    if (place.lastKey === '') {
      await this.#abortUploads(bucket);
    }
    const outcome = bucket.lifecycle.some(({ enabled }) => enabled) ? await this.#goOn(bucket, place) : 'finished';
    if (outcome === 'finished') {
      await finishLifecycleRound(database, bucketId);
    }
    return outcome;
  }

  async #goOn(bucket: BucketState, place: LifecyclePlace): Promise<'finished' | 'to be continued'> {
    const { database } = this.#granary;
    const { id: bucketId } = bucket;
    let looked = 0;
    let written = place.lastKey;
    const range = { bucketId, prefix: commonPrefix(bucket), after: place.lastKey };
    for await (const { versions, lastKey } of historyOf(database, range)) {
      await this.#actOn(bucketId, versions);
      if (this.#signal?.aborted) {
        return 'to be continued';
      }
      looked += versions.length;
      if (lastKey === written) {
        continue;
      }
      await moveLifecycleRound(database, bucketId, lastKey);
      written = lastKey;
      if (looked >= versionsPerTurn || this.#isOver) {
        return 'to be continued';
      }
    }
    return 'finished';
  }

  async #findBucket(bucketId: number): Promise<BucketState | undefined> {
    const [row] = await this.#granary.database.query<Parameters<typeof toBucketState>[0]>(findBucket, [bucketId]);
    return row === undefined ? undefined : toBucketState(row);
  }

  /** By the rules that the bucket has now, for a long round. */
  async #actOn(bucketId: number, versions: readonly DueVersion[]): Promise<void> {
    const bucket = await this.#findBucket(bucketId);
    if (bucket === undefined) {
      return;
    }
    for (const version of versions) {
      if (this.#signal?.aborted) {
        return;
      }
      await this.#attempt(bucket, { key: version.key, versionId: version.id }, () => this.#act(bucket, version));
    }
  }

  async #act(bucket: BucketState, version: DueVersion): Promise<void> {
    const action = lifecycleAction(bucket, version, this.#clock);
    if (action === null) {
      return;
    }
    if (action.kind === 'transition') {
      const change = { version, storageClass: action.storageClass, action: 's3:LifecycleTransition' } as const;
      const { outcome } = await transitionVersion(this.#context, bucket, change);
      this.figures.transitioned += outcome === 'ok' ? 1 : 0;
      return;
    }
    const due = { version, kind: action.kind, clock: this.#clock };
    const outcome = await expireVersion(this.#context, bucket, due);
    this.figures[action.kind === 'expire' ? 'expired' : 'removed'] += outcome === 'ok' ? 1 : 0;
    this.figures.locked += outcome === 'locked' ? 1 : 0;
  }

  async #abortUploads(bucket: BucketState): Promise<void> {
    let after = { key: '', id: '00000000-0000-0000-0000-000000000000' };
    for (;;) {
      const uploads = await this.#granary.database.query<{ id: string; key: string; createdAt: Date }>(listUploads, [
        bucket.id,
        after.key,
        after.id,
      ]);
      for (const upload of uploads) {
        await this.#attempt(bucket, { key: upload.key, uploadId: upload.id }, () => this.#abort(bucket, upload));
      }
      const last = uploads.at(-1);
      if (last === undefined || this.#signal?.aborted) {
        return;
      }
      after = last;
    }
  }

  async #abort(bucket: BucketState, upload: { id: string; key: string; createdAt: Date }): Promise<void> {
    const days = uploadDays(bucket.lifecycle, upload.key);
    if (days === null || this.#clock.now < addDays(upload.createdAt, days, this.#clock.daySeconds)) {
      return;
    }
    this.figures.aborted += (await expireUpload(this.#granary, upload.id)) ? 1 : 0;
  }

  /** One that fails does not keep the others from their turn. */
  async #attempt(bucket: BucketState, facts: object, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.figures.failed += 1;
      const message = 'What a lifecycle rule says could not be done; it is tried again with the next round';
      this.#granary.log.warn({ bucket: bucket.name, ...facts, error }, message);
    }
  }
}

/** What the keys begin with that any rule in force is for. */
function commonPrefix({ lifecycle }: BucketState): string {
  const prefixes = lifecycle.filter(({ enabled }) => enabled).map(({ filter }) => filter.prefix);
  const [first = '', ...others] = prefixes;
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) {
      length -= 1;
    }
  }
  const common = first.slice(0, length);
  // Half of a surrogate pair is no text.
  return common.isWellFormed() ? common : common.slice(0, -1);
}
