import { Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Role } from '../entities/enums.js';
import { Tenant } from '../entities/tenant.js';
import { User } from '../entities/user.js';
import { noUsage } from '../operations/buckets/bucket-usage.js';
import { countBuckets } from '../operations/buckets/list-buckets.js';
import { getViewer } from '../operations/identities/get-viewer.js';
import type { GraphqlContext } from './context.js';
import { TenantQuotaType, TenantUsage } from './quota-types.js';
import { type TenantSource, toTenantSource, toUserSource, type UserSource } from './sources.js';
import { toTenantQuota } from './tenant.js';

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

  @FieldResolver(() => TenantQuotaType, { nullable: true, description: "The tenant's quota; null while it has none." })
  quota(@Root() { tenant }: Viewer): TenantQuotaType | null {
    return toTenantQuota(tenant);
  }

  @FieldResolver(() => TenantUsage, { description: "What the tenant's buckets hold." })
  async usage(@Root() { tenant }: Viewer, @Ctx() context: GraphqlContext): Promise<TenantUsage> {
    const [usage, buckets] = await Promise.all([
      context.loaders.tenantUsages.load(tenant.id),
      countBuckets(context.request, {}),
    ]);
    return { ...(usage ?? noUsage), buckets };
  }
}
