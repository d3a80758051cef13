import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { setBucketEncryption } from '../operations/buckets/set-bucket-encryption.js';
import type { BucketInfo } from '../operations/types.js';
import { SetBucketEncryptionPayload } from './bucket-types.js';
import type { GraphqlContext } from './context.js';
import { describeEncryption, ObjectEncryptionType, requestOf, SetBucketEncryptionInput } from './encryption-types.js';
import { optional } from './input.js';
import type { PlacedObject } from './placed-object.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

/** What of an object or a bucket is said about encryption. */
@Resolver(() => Bucket)
export class BucketEncryptionResolver {
  @Mutation(() => SetBucketEncryptionPayload, {
    description: 'Decides how objects are sealed whose writer asks for nothing. What is in the bucket stays as it is.',
  })
  setBucketEncryption(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketEncryptionInput, { description: 'The bucket and its encryption.' })
    { bucket, tenant, encryption, bucketKeyEnabled }: SetBucketEncryptionInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket, tenant: optional(tenant) };
      const bucketKey: { bucketKeyEnabled?: true } = bucketKeyEnabled ? { bucketKeyEnabled: true } : {};
      const wanted = encryption ? { ...requestOf(encryption), ...bucketKey } : null;
      return { bucket: await setBucketEncryption(context.request, { ...address, encryption: wanted }) };
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
