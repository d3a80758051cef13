import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Tenant } from '../entities/tenant.js';
import { createTenant } from '../operations/create-tenant.js';
import { countTenants, listTenants } from '../operations/list-tenants.js';
import { type Connection, countedConnectionTypes, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { toGlobalId } from './global-id.js';
import { nameOf, optional } from './input.js';
import { type TenantSource, toTenantSource } from './sources.js';
import { answer, Payload } from './user-error.js';

export const TenantConnection = countedConnectionTypes<TenantSource>('Tenant', { type: () => Tenant, noun: 'tenants' });

@InputType('CreateTenantInput', { description: 'The tenant to create.' })
export class CreateTenantInput {
  @Field(() => String, { nullable: true, description: 'The unique name, in the form of a DNS label. Required.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'The name too, under the word that other inputs have for it.' })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'The name to show to people; the name itself by default.' })
  displayName?: string | null;
}

@ObjectType('CreateTenantPayload', { description: 'What came of creating a tenant.' })
export class CreateTenantPayload extends Payload {
  @Field(() => Tenant, { nullable: true, description: 'The new tenant; null when `userErrors` says why not.' })
  tenant?: TenantSource | null;
}

@Resolver(() => Tenant)
export class TenantResolver {
  @Query(() => TenantConnection, {
    description: 'The tenants by name: all for a global administrator, else the own one.',
  })
  async tenants(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Connection<TenantSource> & { count(): Promise<number> }> {
    const list = 'tenants';
    const request = pageRequest(page, list);
    const { tenants, truncated } = await listTenants(context.request, request);
    const connection = toConnection({ request, truncated, list }, tenants.map(toTenantSource), (tenant) => tenant.name);
    return { ...connection, count: () => countTenants(context.request) };
  }

  @Mutation(() => CreateTenantPayload, { description: 'Creates a tenant; for global administrators.' })
  createTenant(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateTenantInput, { description: 'The tenant to create.' }) input: CreateTenantInput,
  ): Promise<CreateTenantPayload> {
    return answer(async () => {
      const name = nameOf(input.name, input.tenant);
      const tenant = await createTenant(context.request, { name, displayName: optional(input.displayName) });
      return { tenant: toTenantSource(tenant) };
    });
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() tenant: TenantSource): string {
    return toGlobalId('Tenant', tenant.id);
  }
}
