import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Tenant } from '../entities/tenant.js';
import type { TenantPurge } from '../entities/tenant-purge.js';
import { mayAct, theServer } from '../operations/access/authorize-action.js';
import { formatVersionId } from '../operations/objects/version-row.js';
import { purgeTenant } from '../operations/tenants/purge-tenant.js';
import { listHeldVersions, listTenantPurges } from '../operations/tenants/tenant-purges.js';
import { type Connection, ForwardPageArgs, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { HeldVersionConnection, type HeldVersionType } from './object-lock-types.js';
import type { TenantSource } from './sources.js';
import { PurgeTenantInput, PurgeTenantPayload, TenantPurgeConnection, TenantPurgeType } from './tenant-types.js';
import { answer, type UserError } from './user-error.js';

@Resolver(() => TenantPurgeType)
export class TenantPurgeResolver {
  @Query(() => TenantPurgeConnection, {
    description: 'The purges of tenants, the latest first; for global administrators.',
  })
  async tenantPurges(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Connection<TenantPurgeType>> {
    const list = 'tenantPurges';
    const request = pageRequest(page, list);
    const { purges, truncated } = await listTenantPurges(context.request, request);
    return toConnection({ request, truncated, list }, purges.map(show), (purge) => purge.id);
  }

  @Mutation(() => PurgeTenantPayload, {
    description:
      'Suspends a tenant and has it deleted with all that it holds, but for what retention and legal holds keep. For global administrators.',
  })
  purgeTenant(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => PurgeTenantInput, { description: 'The tenant, twice.' }) input: PurgeTenantInput,
  ): Promise<{ purge?: TenantPurgeType | null; userErrors: UserError[] }> {
    return answer(async () => ({ purge: show(await purgeTenant(context.request, input)) }));
  }

  @FieldResolver(() => HeldVersionConnection, {
    description: 'The versions that object lock keeps of the tenant now, the oldest first.',
  })
  async heldVersions(
    @Root() purge: TenantPurgeType,
    @Ctx() context: GraphqlContext,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<HeldVersionType>> {
    const list = 'heldVersions';
    const request = pageRequest(page, list);
    const { tenantId } = purge;
    const { versions, truncated } = await listHeldVersions(context.request, { tenantId, ...request });
    const nodes = versions.map((version): HeldVersionType => ({ ...version, versionId: formatVersionId(version) }));
    return toConnection({ request, truncated, list }, nodes, (version) => String(version.id));
  }
}

@Resolver(() => Tenant)
export class TenantPurgesResolver {
  @FieldResolver(() => TenantPurgeType, {
    nullable: true,
    description: 'The latest purge of the tenant; null when there was none, and for those who may not purge.',
  })
  async purge(@Root() tenant: TenantSource, @Ctx() context: GraphqlContext): Promise<TenantPurgeType | null> {
    if (!mayAct(context.request, 'granary:PurgeTenant', theServer)) {
      return null;
    }
    const purge = await context.loaders.tenantPurges.load(tenant.id);
    return purge === null ? null : show(purge);
  }
}

function show({ id, state, ...purge }: TenantPurge): TenantPurgeType {
  return { ...purge, id: String(id), state: state as TenantPurgeType['state'] };
}
