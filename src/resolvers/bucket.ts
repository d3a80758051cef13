import { GraphQLJSON, GraphQLURL } from 'graphql-scalars';
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { Tenant } from '../entities/tenant.js';
import { User } from '../entities/user.js';
import { createBucket } from '../operations/buckets/create-bucket.js';
import { deleteBucket } from '../operations/buckets/delete-bucket.js';
import { getBucket } from '../operations/buckets/get-bucket.js';
import { countBuckets, listBuckets } from '../operations/buckets/list-buckets.js';
import { setBucketVersioning, updateBucket } from '../operations/buckets/update-bucket.js';
import { createFolderLink } from '../operations/objects/download-link.js';
import type { BucketInfo } from '../operations/types.js';
import { toGlobalId } from '../wire/global-id.js';
import {
  BucketConnection,
  BucketUsageType,
  CreateBucketInput,
  CreateBucketPayload,
  DeleteBucketInput,
  DeleteBucketPayload,
  SetBucketVersioningInput,
  SetBucketVersioningPayload,
  UpdateBucketInput,
  UpdateBucketPayload,
} from './bucket-types.js';
import { type Counted, inListOrder, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { bucketLockOf, nameOf, optional } from './input.js';
import { orNull } from './nullable.js';
import { addressOf } from './placed-object.js';
import type { BucketResult } from './results.js';
import type { TenantSource, UserSource } from './sources.js';
import { answer, type UserError } from './user-error.js';

const usualLink = 300;

/** Operations know the name of a bucket as `bucket`; where it was given as `name`, that is the field at fault. */
function inGivenField(error: UserError, { name }: CreateBucketInput): UserError {
  const isName = typeof name === 'string' && error.field?.join('.') === 'input.bucket';
  return isName ? { ...error, field: ['input', 'name'] } : error;
}

@Resolver(() => Bucket)
export class BucketResolver {
  @Query(() => Bucket, { nullable: true, description: 'The bucket of this name; null when there is none.' })
  bucket(
    @Ctx() context: GraphqlContext,
    @Arg('name', () => String, { description: "The bucket's name." }) name: string,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of its tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<BucketInfo | null> {
    return orNull(getBucket(context.request, { bucket: name, tenant: optional(tenant) }));
  }

  @Query(() => BucketConnection, { description: 'The buckets that the caller may see, by name.' })
  async buckets(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<Counted<BucketInfo>> {
    const list = 'buckets';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant) };
    const { buckets, truncated } = await listBuckets(context.request, { ...scope, ...request });
    const connection = toConnection(
      { request, truncated, list },
      inListOrder(request, buckets),
      (bucket) => bucket.name,
    );
    return { ...connection, count: () => countBuckets(context.request, scope) };
  }

  @Mutation(() => CreateBucketPayload, {
    description:
      'Creates a bucket. Example: `createBucket(input: { name: "photos", versioning: ENABLED }) { bucket { name } userErrors { code message } }`',
  })
  async createBucket(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateBucketInput, { description: 'The bucket to create.' }) input: CreateBucketInput,
  ): Promise<BucketResult> {
    const result: BucketResult = await answer(async () => ({
      bucket: await createBucket(context.request, {
        bucket: nameOf(input.name, input.bucket),
        tenant: optional(input.tenant),
        region: optional(input.region) || context.request.granary.settings.s3Region,
        versioning: optional(input.versioning),
        objectLock: bucketLockOf(input.objectLock),
      }),
    }));
    return { ...result, userErrors: result.userErrors.map((error) => inGivenField(error, input)) };
  }

  @Mutation(() => DeleteBucketPayload, { description: 'Deletes an empty bucket.' })
  deleteBucket(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteBucketInput, { description: 'The bucket to delete.' }) input: DeleteBucketInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket: input.bucket, tenant: optional(input.tenant) };
      return { bucket: await deleteBucket(context.request, address) };
    });
  }

  @Mutation(() => SetBucketVersioningPayload, { description: 'Enables or suspends the versioning of a bucket.' })
  setBucketVersioning(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketVersioningInput, { description: 'The bucket and its versioning.' })
    input: SetBucketVersioningInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await setBucketVersioning(context.request, { ...input, tenant: optional(input.tenant) }),
    }));
  }

  @Mutation(() => UpdateBucketPayload, {
    description: 'Changes how long the trash of a bucket keeps what was deleted, and what the bucket compresses.',
  })
  updateBucket(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateBucketInput, { description: 'The bucket and what to change.' }) input: UpdateBucketInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await updateBucket(context.request, {
        bucket: input.bucket,
        tenant: optional(input.tenant),
        trashSeconds: input.trashSeconds ?? undefined,
        compression: input.compression ?? undefined,
      }),
    }));
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() bucket: BucketInfo): string {
    return toGlobalId('Bucket', bucket.id);
  }

  @FieldResolver(() => Tenant, {
    nullable: true,
    description: 'The tenant; null when it is not one that the caller may see.',
  })
  tenant(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<TenantSource | null> {
    return context.loaders.tenants.load(bucket.tenantId);
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Who owns the bucket; null when it is nobody whom the caller may see.',
  })
  owner(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<UserSource | null> {
    return context.loaders.users.load(bucket.ownerId);
  }

  @FieldResolver(() => BucketUsageType, { description: 'What the bucket holds.' })
  usage(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<BucketUsageType> {
    return context.loaders.usages.load(bucket.id);
  }

  @FieldResolver(() => GraphQLJSON, { nullable: true, description: 'The bucket policy; null when there is none.' })
  policy(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<object | null> {
    return context.loaders.policies.load(bucket.id);
  }

  @FieldResolver(() => GraphQLURL, {
    nullable: true,
    description:
      'An address that lets whoever has it download all objects below a prefix as a zip for a while, without signing in; null when the caller may not list them.',
  })
  async zipUrl(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Arg('prefix', () => String, {
      nullable: true,
      description: 'What the keys begin with, such as `photos/2026/`; by default the whole bucket.',
    })
    prefix: string | null | undefined,
    @Arg('expiresIn', () => Int, {
      nullable: true,
      defaultValue: usualLink,
      description: 'For how many seconds, 1 to 604800 (seven days).',
    })
    wanted: number | null,
  ): Promise<string | null> {
    const link = { ...addressOf(bucket), prefix: prefix ?? '', expiresIn: wanted ?? usualLink };
    const token = await orNull(createFolderLink(context.request, link));
    return token === null ? null : `${context.publicUrl}/download/${token}`;
  }
}
