import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { noSuchBucket, openBucket, resolveBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import { getConfiguration, visibleConfiguration } from '../buckets/bucket-configuration.js';
import { lockBucket, notifyBucketChanged } from '../buckets/delete-bucket.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { testEvent } from './notification-event.js';
import { insertDeliveries } from './notification-queue.js';
import { type NotificationRule, validNotificationRules } from './notification-rules.js';
import { holdTargetsByName } from './notification-targets.js';

const putAction = 's3:PutBucketNotification';
const getAction = 's3:GetBucketNotification';

const setRules = statement(
  'set_notification_rules',
  `UPDATE bucket SET revision = revision + 1, configuration = CASE WHEN $2::jsonb = '[]' THEN configuration - 'notifications'
     ELSE jsonb_set(configuration, '{notifications}', jsonb_build_object('rules', $2::jsonb, 'after',
       COALESCE((configuration #>> '{notifications,after}')::bigint,
         (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM event_id_seq)))) END
   WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
);

/**
 * Replaces what a bucket notifies of, and where. Each target is sent a test event; events from now on follow it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 * @throws GranaryError InvalidInput whose field leads to what is wrong.
 */
export async function setBucketNotifications(
  context: RequestContext,
  { rules: asked, ...address }: BucketAddress & { rules: NotificationRule[] },
): Promise<BucketInfo> {
  const bucket = await openBucket(context, address, putAction);
  const rules = validNotificationRules(asked);
  await context.granary.database.transaction(async (tx) => {
    await lockBucket(tx, bucket.id);
    const targets = await holdTargetsByName(
      tx,
      bucket.tenantId,
      rules.map(({ target }) => target),
    );
    const missing = rules.findIndex(({ target }) => !targets.has(target));
    if (missing !== -1) {
      throw unknownTarget(missing, rules[missing]?.target ?? '');
    }
    if ((await tx.query(setRules, [bucket.id, JSON.stringify(rules)])).length === 0) {
      throw noSuchBucket(bucket.name);
    }
    const body = testEvent({ bucket: bucket.name, requestId: context.requestId });
    await insertDeliveries(
      tx,
      bucket.tenantId,
      [...targets.values()].map((target) => ({ target, bucket: bucket.id, key: '', name: 's3:TestEvent', body })),
    );
    await notifyBucketChanged(tx, bucket.id);
    await recordEvent(tx, context, {
      ...{ action: putAction, tenantId: bucket.tenantId, bucketId: bucket.id },
      details: { rules },
    });
  });
  context.granary.buckets.forget(bucket.id);
  return resolveBucket(context, address);
}

/** What a bucket notifies of. */
export async function getBucketNotifications(
  context: RequestContext,
  address: BucketAddress,
): Promise<readonly NotificationRule[]> {
  return (await getConfiguration(context, address, getAction)).notifications?.rules ?? [];
}

/** As {@link getBucketNotifications}, of a bucket that the caller was let see; null when the caller may not see this. */
export async function visibleNotifications(
  context: RequestContext,
  address: BucketAddress,
): Promise<readonly NotificationRule[] | null> {
  const bucket = await visibleConfiguration(context, address, getAction);
  return bucket === null ? null : (bucket.configuration.notifications?.rules ?? []);
}

function unknownTarget(index: number, target: string): GranaryError {
  return new GranaryError(
    'InvalidInput',
    `Unable to validate the following destination configurations: there is no notification target '${target}'.`,
    { reason: 'InvalidArgument', field: ['rules', String(index), 'target'] },
  );
}
