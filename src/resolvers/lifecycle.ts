import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import type { LifecycleDue, LifecycleRule } from '../operations/lifecycle/lifecycle-rules.js';
import { setBucketLifecycle, visibleLifecycle } from '../operations/lifecycle/set-bucket-lifecycle.js';
import { setObjectStorageClass } from '../operations/objects/set-object-storage-class.js';
import type { BucketInfo } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { keyOf, optional } from './input.js';
import { lifecycleRuleOf } from './lifecycle-input.js';
import { LifecycleRuleType, SetBucketLifecycleInput, SetBucketLifecyclePayload } from './lifecycle-types.js';
import { SetObjectStorageClassInput } from './object-inputs.js';
import { SetObjectStorageClassPayload } from './object-payloads.js';
import { addressOf, placeAt } from './placed-object.js';
import type { BucketResult, ObjectResult } from './results.js';
import { answer } from './user-error.js';

/** Where versions go in the course of time, by rules or by request. */
@Resolver(() => Bucket)
export class BucketLifecycleResolver {
  @FieldResolver(() => [LifecycleRuleType], {
    nullable: true,
    description: 'The lifecycle rules of the bucket; null when the caller may not see them.',
  })
  async lifecycle(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<LifecycleRuleType[] | null> {
    const rules = await visibleLifecycle(context.request, addressOf(bucket));
    return rules?.map(showRule) ?? null;
  }

  @Mutation(() => SetBucketLifecyclePayload, {
    description: 'Sets all lifecycle rules of a bucket: what is moved, deleted or aborted by itself, and when.',
  })
  setBucketLifecycle(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketLifecycleInput, { description: 'The bucket and its rules.' })
    { bucket, tenant, rules }: SetBucketLifecycleInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket, tenant: optional(tenant) };
      return { bucket: await setBucketLifecycle(context.request, { ...address, rules: rules.map(lifecycleRuleOf) }) };
    });
  }

  @Mutation(() => SetObjectStorageClassPayload, {
    description:
      'Moves an object or version to another class in place, while it is read and written: no new version is made.',
  })
  setObjectStorageClass(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetObjectStorageClassInput, { description: 'The object and its class.' })
    input: SetObjectStorageClassInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const address = { ...keyOf(input), versionId: optional(input.versionId) };
      const object = await setObjectStorageClass(context.request, { ...address, storageClass: input.storageClass });
      return { object: await placeAt(context, address, object) };
    });
  }
}

function showRule({ filter, transitions, expiration, ...rule }: LifecycleRule): LifecycleRuleType {
  return {
    ...rule,
    filter: { ...filter, tags: Object.entries(filter.tags).map(([key, value]) => ({ key, value })) },
    transitions: transitions.map(({ storageClass, ...due }) => ({ ...showDue(due), storageClass })),
    expiration: expiration === undefined ? null : showExpiration(expiration),
  };
}

function showExpiration(
  expiration: NonNullable<LifecycleRule['expiration']>,
): NonNullable<LifecycleRuleType['expiration']> {
  return 'expiredObjectDeleteMarker' in expiration
    ? { expiredObjectDeleteMarker: true }
    : { ...showDue(expiration), expiredObjectDeleteMarker: false };
}

function showDue(due: LifecycleDue): { days?: number; date?: Date } {
  return 'date' in due ? { date: new Date(due.date) } : { days: due.days };
}
