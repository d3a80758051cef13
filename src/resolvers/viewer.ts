import { GraphQLSafeInt } from 'graphql-scalars';
import { Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Role } from '../entities/enums.js';
import { Tenant } from '../entities/tenant.js';
import { User } from '../entities/user.js';
import { tenantUsage } from '../operations/bucket-usage.js';
import { getViewer } from '../operations/get-viewer.js';
import { countBuckets } from '../operations/list-buckets.js';
import type { GraphqlContext } from './context.js';
import { type TenantSource, toTenantSource, toUserSource, type UserSource } from './sources.js';

@ObjectType('TenantUsage', { description: 'What the buckets of a tenant hold together.' })
export class TenantUsage {
  @Field(() => GraphQLSafeInt, { description: 'How many buckets the caller sees.' })
  buckets!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many objects listings show.' })
  objects!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many versions there are, the current ones included.' })
  versions!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes of all versions together, as written.' })
  bytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes that are kept for them, sealed and perhaps compressed.' })
  storedBytes!: number;
}

@ObjectType('TenantQuota', {
  description: 'What the buckets of a tenant may hold together; null where nothing is set.',
})
export class TenantQuota {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most bytes of all versions together.' })
  bytes!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most objects.' })
  objects!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most buckets.' })
  buckets!: number | null;
}

@ObjectType('Viewer', { description: 'Who asks.' })
export class Viewer {
  @Field(() => User, { description: 'The signed-in user.' })
  user!: UserSource;

  @Field(() => Tenant, { description: "The user's tenant." })
  tenant!: TenantSource;

  @Field(() => [Role], { description: 'What the user may do before any bucket policy speaks.' })
  roles!: Role[];
}

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { description: 'Who asks: the user whose token came with the request.' })
  async viewer(@Ctx() context: GraphqlContext): Promise<Viewer> {
    const { user, tenant } = await getViewer(context.request);
    return { user: toUserSource(user), tenant: toTenantSource(tenant), roles: [user.role] };
  }

  @FieldResolver(() => TenantQuota, { nullable: true, description: "The tenant's quota; null while it has none." })
  quota(): TenantQuota | null {
    return null;
  }

  @FieldResolver(() => TenantUsage, { description: "What the tenant's buckets hold." })
  async usage(@Root() _viewer: Viewer, @Ctx() context: GraphqlContext): Promise<TenantUsage> {
    const [usage, buckets] = await Promise.all([tenantUsage(context.request, {}), countBuckets(context.request, {})]);
    return { ...usage, buckets };
  }
}
