import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { setBucketEncryption, visibleBlockedEncryption } from '../operations/buckets/set-bucket-encryption.js';
import type { BucketInfo } from '../operations/types.js';
import { SetBucketEncryptionPayload } from './bucket-types.js';
import type { GraphqlContext } from './context.js';
import {
  blockedBy,
  describeEncryption,
  EncryptionAlgorithm,
  ObjectEncryptionType,
  requestOf,
  SetBucketEncryptionInput,
} from './encryption-types.js';
import { optional } from './input.js';
import { addressOf, type PlacedObject } from './placed-object.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

/** What of an object or a bucket is said about encryption. */
@Resolver(() => Bucket)
export class BucketEncryptionResolver {
  @Mutation(() => SetBucketEncryptionPayload, {
    description:
      'Decides how objects are sealed whose writer asks for nothing, and what no writer may ask for. What is in the bucket stays as it is, and so does what the input does not name.',
  })
  setBucketEncryption(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketEncryptionInput, { description: 'The bucket and its encryption.' })
    { bucket, tenant, encryption, bucketKeyEnabled, blockedEncryption }: SetBucketEncryptionInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket, tenant: optional(tenant) };
      const blocked = blockedBy(optional(blockedEncryption));
      const wanted = {
        encryption: encryption && requestOf(encryption),
        bucketKeyEnabled: optional(bucketKeyEnabled),
        blocked,
      };
      return { bucket: await setBucketEncryption(context.request, { ...address, ...wanted }) };
    });
  }

  @FieldResolver(() => ObjectEncryptionType, {
    nullable: true,
    description: "How objects are sealed whose writer asks for nothing; null for the server's own setting.",
  })
  encryption(@Root() bucket: BucketInfo): ObjectEncryptionType | null {
    const described = describeEncryption(bucket.encryption);
    return described && { ...described, bucketKeyEnabled: bucket.encryption?.bucketKeyEnabled ?? false };
  }

  @FieldResolver(() => [EncryptionAlgorithm], {
    nullable: true,
    description: 'What no object may be written with; null when the caller may not see it.',
  })
  async blockedEncryption(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
  ): Promise<EncryptionAlgorithm[] | null> {
    const blocked = await visibleBlockedEncryption(context.request, addressOf(bucket));
    return blocked && (blocked === 'SSE-C' ? [EncryptionAlgorithm.CUSTOMER] : []);
  }
}

@Resolver(() => ObjectVersion)
export class ObjectEncryptionResolver {
  @FieldResolver(() => ObjectEncryptionType, {
    nullable: true,
    description: 'How the bytes are sealed at rest; null for what was written in the clear.',
  })
  encryption(@Root() object: PlacedObject): ObjectEncryptionType | null {
    return describeEncryption(object.encryption);
  }
}
