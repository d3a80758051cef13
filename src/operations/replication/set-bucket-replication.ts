import { v7 as uuid } from 'uuid';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { noSuchBucket, openBucket, resolveBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import { lockBucket, notifyBucketChanged } from '../buckets/delete-bucket.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { checkEndpointAddress, parseEndpoint } from './replication-endpoint.js';
import { invalidRule, type ReplicationRule, validRules } from './replication-rules.js';
import { findReplicationTargets, type ReplicationTargetInfo, targetSealContext } from './replication-targets.js';
import { beginWithdrawal } from './withdraw-replication.js';

/** A target as an administrator gives it; a target is known again by its endpoint and bucket. */
export interface ReplicationTargetInput {
  endpoint: string;
  region: string;
  bucket: string;
  pathStyle: boolean;
  accessKeyId: string;
  /** May be absent for a target that is there already with the same access key id: then it stays. */
  secretAccessKey?: string | undefined;
}

/** A rule as it is given: `target` is a target's id, its bucket, or its endpoint, a slash and its bucket. */
export type ReplicationRuleInput = Omit<ReplicationRule, 'targetId'> & { target: string };

export interface SetBucketReplicationInput extends BucketAddress {
  /** All targets from now on; those there are stay as they are when it is absent. */
  targets?: ReplicationTargetInput[];
  /** All rules from now on. */
  rules: ReplicationRuleInput[];
}

/** Of one bucket. */
const mostTargets = 20;

const upsertTarget = statement(
  'upsert_replication_target',
  `INSERT INTO replication_target (id, bucket_id, endpoint, region, target_bucket, path_style, access_key_id, secret_sealed)
   SELECT $1, $2, $3, $4, $5, $6, $7, COALESCE($8, (SELECT t.secret_sealed FROM replication_target t WHERE t.id = $1))
   ON CONFLICT (id) DO UPDATE SET region = excluded.region, path_style = excluded.path_style,
     access_key_id = excluded.access_key_id, secret_sealed = excluded.secret_sealed`,
);

const removeTargets = statement(
  'remove_replication_targets',
  `UPDATE replication_target t SET removed_at = now(), resync = NULL
   WHERE t.bucket_id = $1 AND t.id = ANY ($2::uuid[])`,
);

const setRules = statement(
  'set_replication_rules',
  `UPDATE bucket SET replication = $2, revision = revision + 1
   WHERE id = $1 AND deleted_at IS NULL AND versioning = 'ENABLED' RETURNING id`,
);

/**
 * Replaces a bucket's replication rules and, when given, its targets. Targets are set by administrators of the bucket's
 * tenant only, for the server connects to them; rules over them by whoever may `s3:PutReplicationConfiguration`. What
 * was queued for a target that no enabled rule names any more goes there no more. Versioning must be enabled, as in S3.
 */
export async function setBucketReplication(
  context: RequestContext,
  input: SetBucketReplicationInput,
): Promise<BucketInfo> {
  const bucket = await openBucket(context, input, 's3:PutReplicationConfiguration');
  requireVersioning(bucket);
  const targets = input.targets?.map((target) => validTarget(context, target));
  if (targets !== undefined) {
    await openBucket(context, input, 'granary:PutReplicationTargets');
    refuseTwins(targets);
  }
  await context.granary.database.transaction(async (tx) => {
    await lockBucket(tx, bucket.id);
    const known = await findReplicationTargets(tx, [bucket.id]);
    const current = targets === undefined ? known : await storeTargets(tx, context, { bucket, known, targets });
    const rules = validRules(input.rules.map((rule) => resolveRule(rule, current)));
    await storeRules(tx, context, { bucket, known, current, rules });
  });
  context.granary.buckets.forget(bucket.id);
  await beginWithdrawal(context.granary, bucket.id);
  return resolveBucket(context, input);
}

/** Ends a bucket's replication. Its targets stay, for rules to come; {@link setBucketReplication} removes them. */
export async function deleteBucketReplication(context: RequestContext, address: BucketAddress): Promise<BucketInfo> {
  const bucket = await openBucket(context, address, 's3:PutReplicationConfiguration');
  return bucket.replication.length === 0 ? bucket : setBucketReplication(context, { ...address, rules: [] });
}

type KnownTarget = Pick<ReplicationTargetInfo, 'id' | 'endpoint' | 'bucket'>;

/** Writes the targets that were given, and says which there are now; those that are missing go with {@link storeRules}. */
async function storeTargets(
  tx: Queryable,
  { granary }: RequestContext,
  parts: { bucket: BucketState; known: ReplicationTargetInfo[]; targets: ReplicationTargetInput[] },
): Promise<KnownTarget[]> {
  const current: KnownTarget[] = [];
  for (const target of parts.targets) {
    const before = parts.known.find((other) => isSameTarget(other, target));
    if (target.secretAccessKey === undefined && before?.accessKeyId !== target.accessKeyId) {
      throw invalidTarget('A new target, or one with another access key id, needs its secret.', 'secretAccessKey');
    }
    const id = before?.id ?? uuid();
    const sealed =
      target.secretAccessKey === undefined
        ? null
        : granary.secretBox.seal(target.secretAccessKey, targetSealContext(id));
    const { endpoint, region, pathStyle, accessKeyId } = target;
    await tx.query(upsertTarget, [
      ...[id, parts.bucket.id, endpoint, region, target.bucket, pathStyle, accessKeyId, sealed],
    ]);
    current.push({ id, endpoint, bucket: target.bucket });
  }
  return current;
}

async function storeRules(
  tx: Queryable,
  context: RequestContext,
  parts: { bucket: BucketState; known: KnownTarget[]; current: KnownTarget[]; rules: ReplicationRule[] },
): Promise<void> {
  const { bucket, known, current, rules } = parts;
  const changed = await tx.query(setRules, [bucket.id, JSON.stringify(rules)]);
  if (changed.length === 0) {
    throw noSuchBucket(bucket.name);
  }
  const gone = known.filter((target) => current.every(({ id }) => id !== target.id)).map(({ id }) => id);
  // What was sent or queued may be much: it is forgotten in batches, and not while the bucket is locked.
  await tx.query(removeTargets, [bucket.id, gone]);
  await notifyBucketChanged(tx, bucket.id);
  await recordEvent(tx, context, {
    action: 's3:PutReplicationConfiguration',
    tenantId: bucket.tenantId,
    bucketId: bucket.id,
    details: { rules, targets: current.map(({ id, endpoint, bucket: name }) => ({ id, endpoint, bucket: name })) },
  });
}

function resolveRule({ target, ...rule }: ReplicationRuleInput, targets: KnownTarget[]): ReplicationRule {
  const named = targets.filter(
    ({ id, endpoint, bucket }) => target === id || target === bucket || target === `${endpoint}/${bucket}`,
  );
  if (named[0] === undefined || named.length > 1) {
    throw invalidRule(
      named.length > 1
        ? `The rule '${rule.id}' names '${target}', which several targets are called: name its id or endpoint/bucket.`
        : `The rule '${rule.id}' names '${target}', which is no target of this bucket.`,
    );
  }
  return { ...rule, targetId: named[0].id };
}

function validTarget({ granary }: RequestContext, target: ReplicationTargetInput): ReplicationTargetInput {
  const endpoint = parseEndpoint(target.endpoint);
  checkEndpointAddress(endpoint, granary.settings.replicationAllowPrivate);
  if (!/^[a-z0-9-]{1,64}$/.test(target.region)) {
    throw invalidTarget('The region of a target is 1 to 64 lower-case letters, digits or -.', 'region');
  }
  if (!/^[A-Za-z0-9._-]{3,63}$/.test(target.bucket)) {
    throw invalidTarget('The bucket of a target is 3 to 63 letters, digits, dots, - or _.', 'bucket');
  }
  if (!/^[\x21-\x7e]{3,128}$/.test(target.accessKeyId)) {
    throw invalidTarget('The access key id of a target is 3 to 128 printable characters.', 'accessKeyId');
  }
  if (target.secretAccessKey !== undefined && !/^[\x21-\x7e]{1,256}$/.test(target.secretAccessKey)) {
    throw invalidTarget('The secret of a target is 1 to 256 printable characters.', 'secretAccessKey');
  }
  return { ...target, endpoint };
}

function refuseTwins(targets: ReplicationTargetInput[]): void {
  if (targets.length > mostTargets) {
    throw invalidTarget(`A bucket has at most ${mostTargets} targets.`, 'bucket');
  }
  if (targets.some((target, index) => targets.findIndex((other) => isSameTarget(other, target)) !== index)) {
    throw invalidTarget('The same bucket at the same endpoint is there twice.', 'bucket');
  }
}

function isSameTarget(one: { endpoint: string; bucket: string }, other: { endpoint: string; bucket: string }): boolean {
  return one.endpoint === other.endpoint && one.bucket === other.bucket;
}

function requireVersioning(bucket: BucketState): void {
  if (bucket.versioning !== 'ENABLED') {
    throw new GranaryError(
      'InvalidInput',
      "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
      { reason: 'InvalidRequest', data: { BucketName: bucket.name } },
    );
  }
}

function invalidTarget(message: string, field: keyof ReplicationTargetInput): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['targets', field] });
}
