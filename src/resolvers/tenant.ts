import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Tenant } from '../entities/tenant.js';
import { createTenant } from '../operations/tenants/create-tenant.js';
import { deleteTenant } from '../operations/tenants/delete-tenant.js';
import { countTenants, getTenant, listTenants } from '../operations/tenants/list-tenants.js';
import { setTenantQuota } from '../operations/tenants/set-tenant-quota.js';
import { resumeTenant, suspendTenant } from '../operations/tenants/suspend-tenant.js';
import { updateTenant } from '../operations/tenants/update-tenant.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { nameOf, optional } from './input.js';
import { TenantQuotaType, TenantUsage } from './quota-types.js';
import type { TenantResult } from './results.js';
import { type TenantSource, toTenantSource } from './sources.js';
import {
  CreateTenantInput,
  CreateTenantPayload,
  DeleteTenantInput,
  DeleteTenantPayload,
  ResumeTenantInput,
  ResumeTenantPayload,
  SetTenantQuotaInput,
  SetTenantQuotaPayload,
  SuspendTenantInput,
  SuspendTenantPayload,
  TenantConnection,
  UpdateTenantInput,
  UpdateTenantPayload,
} from './tenant-types.js';
import { answer } from './user-error.js';

@Resolver(() => Tenant)
export class TenantResolver {
  @Query(() => TenantConnection, {
    description: 'The tenants by name: all for a global administrator, else the own one.',
  })
  async tenants(@Ctx() context: GraphqlContext, @Args(() => PageArgs) page: PageArgs): Promise<Counted<TenantSource>> {
    const list = 'tenants';
    const request = pageRequest(page, list);
    const { tenants, truncated } = await listTenants(context.request, request);
    const connection = toConnection({ request, truncated, list }, tenants.map(toTenantSource), (tenant) => tenant.name);
    return { ...connection, count: () => countTenants(context.request) };
  }

  @Query(() => Tenant, { nullable: true, description: 'The tenant of this name; null when the caller sees none.' })
  async tenant(
    @Ctx() context: GraphqlContext,
    @Arg('name', () => String, { description: 'The name of the tenant.' }) name: string,
  ): Promise<TenantSource | null> {
    const tenant = await getTenant(context.request, name);
    return tenant && toTenantSource(tenant);
  }

  @Mutation(() => CreateTenantPayload, { description: 'Creates a tenant; for global administrators.' })
  createTenant(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateTenantInput, { description: 'The tenant to create.' }) input: CreateTenantInput,
  ): Promise<TenantResult> {
    return answerTenant(async () => {
      const name = nameOf(input.name, input.tenant);
      const { displayName, quota } = input;
      return createTenant(context.request, { name, displayName: optional(displayName), quota: optional(quota) });
    });
  }

  @Mutation(() => UpdateTenantPayload, {
    description: 'Changes the name that a tenant is shown under; for global administrators.',
  })
  updateTenant(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateTenantInput, { description: 'The tenant, and what to change.' }) input: UpdateTenantInput,
  ): Promise<TenantResult> {
    return answerTenant(() => updateTenant(context.request, input));
  }

  @Mutation(() => SetTenantQuotaPayload, {
    description:
      'Sets what a tenant may hold at most; for global administrators. What is there stays, even when it is more.',
  })
  setTenantQuota(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetTenantQuotaInput, { description: 'The tenant and its quota.' }) input: SetTenantQuotaInput,
  ): Promise<TenantResult> {
    return answerTenant(() => setTenantQuota(context.request, input));
  }

  @Mutation(() => SuspendTenantPayload, {
    description:
      'Lets nobody but global administrators use a tenant: no sign-in, token, key or link works, on any process, within a second. Its data stays. For global administrators.',
  })
  suspendTenant(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SuspendTenantInput, { description: 'The tenant.' }) input: SuspendTenantInput,
  ): Promise<TenantResult> {
    return answerTenant(() => suspendTenant(context.request, input));
  }

  @Mutation(() => ResumeTenantPayload, {
    description: 'Lets a suspended tenant be used again, with the same keys and sessions; for global administrators.',
  })
  resumeTenant(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => ResumeTenantInput, { description: 'The tenant.' }) input: ResumeTenantInput,
  ): Promise<TenantResult> {
    return answerTenant(() => resumeTenant(context.request, input));
  }

  @Mutation(() => DeleteTenantPayload, {
    description: 'Deletes a tenant without buckets, with its users and keys; for global administrators.',
  })
  deleteTenant(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteTenantInput, { description: 'The tenant.' }) input: DeleteTenantInput,
  ): Promise<TenantResult> {
    return answerTenant(() => deleteTenant(context.request, input));
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() tenant: TenantSource): string {
    return toGlobalId('Tenant', tenant.id);
  }

  @FieldResolver(() => TenantQuotaType, {
    nullable: true,
    description: 'What the tenant may hold at most; null while it has no quota.',
  })
  quota(@Root() tenant: TenantSource): TenantQuotaType | null {
    return toTenantQuota(tenant);
  }

  @FieldResolver(() => TenantUsage, { nullable: true, description: 'What the tenant holds; null once it is gone.' })
  usage(@Root() tenant: TenantSource, @Ctx() context: GraphqlContext): Promise<TenantUsage | null> {
    return context.loaders.tenantUsages.load(tenant.id);
  }
}

/** Null where there is no limit, and as a whole where there is none at all. */
export function toTenantQuota({ quota }: TenantSource): TenantQuotaType | null {
  return quota === null
    ? null
    : {
        bytes: quota.bytes ?? null,
        objects: quota.objects ?? null,
        buckets: quota.buckets ?? null,
        users: quota.users ?? null,
        accessKeys: quota.accessKeys ?? null,
      };
}

function answerTenant(work: () => Promise<Tenant>): Promise<TenantResult> {
  return answer(async () => ({ tenant: toTenantSource(await work()) }));
}
