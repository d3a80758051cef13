import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { setBucketObjectLock, visibleBucketLock } from '../operations/buckets/set-bucket-object-lock.js';
import { visibleLegalHold, visibleRetention } from '../operations/objects/get-object-lock.js';
import type { Retention } from '../operations/objects/object-lock.js';
import { putObjectLegalHold } from '../operations/objects/put-object-legal-hold.js';
import { putObjectRetention } from '../operations/objects/put-object-retention.js';
import type { BucketInfo, BucketLock } from '../operations/types.js';
import { SetBucketObjectLockInput, SetBucketObjectLockPayload } from './bucket-types.js';
import type { GraphqlContext } from './context.js';
import { bypassOf, defaultRetentionOf, keyOf, optional } from './input.js';
import { SetObjectLegalHoldInput, SetObjectRetentionInput } from './object-inputs.js';
import { BucketObjectLockType, ObjectRetentionType } from './object-lock-types.js';
import { SetObjectLegalHoldPayload, SetObjectRetentionPayload } from './object-payloads.js';
import { addressOf, objectAddress, type PlacedObject, placeAt } from './placed-object.js';
import type { BucketResult, ObjectResult } from './results.js';
import { answer } from './user-error.js';

/** What keeps a version, and what sets it. */
@Resolver(() => ObjectVersion)
export class ObjectLockResolver {
  @Mutation(() => SetObjectRetentionPayload, {
    description: 'Sets, extends or takes away the retention of a version, in a bucket with object lock.',
  })
  setObjectRetention(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetObjectRetentionInput, { description: 'The version and its retention.' })
    input: SetObjectRetentionInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const address = { ...keyOf(input), versionId: optional(input.versionId) };
      const retention = input.retention ?? null;
      const object = await putObjectRetention(context.request, { ...address, ...bypassOf(input), retention });
      return { object: await placeAt(context, address, object) };
    });
  }

  @Mutation(() => SetObjectLegalHoldPayload, {
    description: 'Places or lifts the legal hold of a version, in a bucket with object lock.',
  })
  setObjectLegalHold(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetObjectLegalHoldInput, { description: 'The version, and whether it is held.' })
    input: SetObjectLegalHoldInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const address = { ...keyOf(input), versionId: optional(input.versionId) };
      const status = input.legalHold ? 'ON' : 'OFF';
      const object = await putObjectLegalHold(context.request, { ...address, status });
      return { object: await placeAt(context, address, object) };
    });
  }

  @FieldResolver(() => ObjectRetentionType, {
    nullable: true,
    description: 'Until when the version is kept; null when there is no retention, or none that the caller may see.',
  })
  retention(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<Retention | null> {
    return visibleRetention(context.request, objectAddress(object), object);
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'True while a hold keeps the version, whatever its retention; null when the caller may not know.',
  })
  legalHold(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<boolean | null> {
    return visibleLegalHold(context.request, objectAddress(object), object);
  }
}

/** What a bucket keeps its objects by. */
@Resolver(() => Bucket)
export class BucketLockResolver {
  @Mutation(() => SetBucketObjectLockPayload, {
    description: 'Turns object lock on for a bucket with versioning, for good, or changes its default retention.',
  })
  setBucketObjectLock(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketObjectLockInput, { description: 'The bucket and its default retention.' })
    input: SetBucketObjectLockInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await setBucketObjectLock(context.request, {
        bucket: input.bucket,
        tenant: optional(input.tenant),
        default: defaultRetentionOf(input.defaultRetention),
      }),
    }));
  }

  @FieldResolver(() => BucketObjectLockType, {
    nullable: true,
    description: 'The object lock; null when the bucket has none, or the caller may not know.',
  })
  async objectLock(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<BucketObjectLockType | null> {
    const lock: BucketLock | null = await visibleBucketLock(context.request, addressOf(bucket));
    return lock === null ? null : { defaultRetention: lock.default ?? null };
  }
}
