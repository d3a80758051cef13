import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { OidcProvider } from '../entities/oidc-provider.js';
import { Tenant } from '../entities/tenant.js';
import { createOidcProvider } from '../operations/oidc/create-oidc-provider.js';
import { deleteOidcProvider } from '../operations/oidc/delete-oidc-provider.js';
import { countOidcProviders, listOidcProviders } from '../operations/oidc/list-oidc-providers.js';
import { oidcPath } from '../operations/oidc/oidc-paths.js';
import type { OidcProviderSettings } from '../operations/oidc/oidc-provider-input.js';
import { testOidcProvider } from '../operations/oidc/test-oidc-provider.js';
import { updateOidcProvider } from '../operations/oidc/update-oidc-provider.js';
import { homePath } from '../operations/sign-in/return-path.js';
import { parseGlobalId, toGlobalId } from '../wire/global-id.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  CreateOidcProviderInput,
  CreateOidcProviderPayload,
  DeleteOidcProviderInput,
  DeleteOidcProviderPayload,
  OidcClaimsType,
  OidcProviderConnection,
  OidcProviderScope,
  type OidcRuleInput,
  OidcRuleType,
  TestOidcProviderInput,
  TestOidcProviderPayload,
  UpdateOidcProviderInput,
  UpdateOidcProviderPayload,
} from './oidc-types.js';
import { type OidcProviderSource, type TenantSource, toOidcProviderSource } from './sources.js';
import { answer } from './user-error.js';

@Resolver(() => OidcProvider)
export class OidcProviderResolver {
  @Query(() => OidcProviderConnection, {
    description: 'OpenID providers by address; for administrators. Global ones see all, unless they name a tenant.',
  })
  async oidcProviders(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, { nullable: true, description: 'Only those of the tenant with this name.' })
    tenant?: string | null,
  ): Promise<Counted<OidcProviderSource>> {
    const list = 'oidcProviders';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant) };
    const { providers, truncated } = await listOidcProviders(context.request, { ...scope, ...request });
    const sources = providers.map(toOidcProviderSource);
    const connection = toConnection({ request, truncated, list }, sources, (provider) => provider.address);
    return { ...connection, count: () => countOidcProviders(context.request, scope) };
  }

  @Mutation(() => CreateOidcProviderPayload, {
    description: 'Sets up an OpenID provider whose users may sign in; for administrators.',
  })
  createOidcProvider(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateOidcProviderInput, { description: 'The provider.' }) input: CreateOidcProviderInput,
  ): Promise<CreateOidcProviderPayload> {
    return answer(async () => {
      const { name, issuer, clientId } = input;
      const tenant = optional(input.tenant);
      const scope = input.scope ?? 'TENANT';
      const provider = { ...settingsOf(input), name, issuer, clientId, tenant, scope };
      return { oidcProvider: toOidcProviderSource(await createOidcProvider(context.request, provider)) };
    });
  }

  @Mutation(() => UpdateOidcProviderPayload, { description: 'Changes an OpenID provider; for administrators.' })
  updateOidcProvider(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateOidcProviderInput, { description: 'The provider, and what changes.' })
    input: UpdateOidcProviderInput,
  ): Promise<UpdateOidcProviderPayload> {
    return answer(async () => {
      const change = { ...settingsOf(input), id: providerId(input.id), clientId: optional(input.clientId) };
      return { oidcProvider: toOidcProviderSource(await updateOidcProvider(context.request, change)) };
    });
  }

  @Mutation(() => DeleteOidcProviderPayload, {
    description: 'Removes an OpenID provider. Its users stay, and can no longer sign in by way of it.',
  })
  deleteOidcProvider(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteOidcProviderInput, { description: 'The provider.' }) { id }: DeleteOidcProviderInput,
  ): Promise<DeleteOidcProviderPayload> {
    return answer(async () => {
      const deleted = await deleteOidcProvider(context.request, providerId(id));
      return { deletedId: toGlobalId('OidcProvider', deleted.id) };
    });
  }

  @Mutation(() => TestOidcProviderPayload, {
    description: 'Asks an OpenID provider for all that signing in needs, and says which step fails.',
  })
  testOidcProvider(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => TestOidcProviderInput, { description: 'The provider.' }) { id }: TestOidcProviderInput,
  ): Promise<TestOidcProviderPayload> {
    return answer(async () => ({ steps: await testOidcProvider(context.request, providerId(id)) }));
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() provider: OidcProviderSource): string {
    return toGlobalId('OidcProvider', provider.id);
  }

  @FieldResolver(() => OidcProviderScope, { description: 'Whose users sign in by way of it.' })
  scope(@Root() provider: OidcProviderSource): OidcProviderScope {
    return provider.tenantId === null ? 'GLOBAL' : 'TENANT';
  }

  @FieldResolver(() => Tenant, { nullable: true, description: 'The tenant of its users; null for a GLOBAL one.' })
  tenant(@Root() provider: OidcProviderSource, @Ctx() context: GraphqlContext): Promise<TenantSource | null> | null {
    return provider.tenantId === null ? null : context.loaders.tenants.load(provider.tenantId);
  }

  @FieldResolver(() => OidcClaimsType, { description: 'Where its tokens say who somebody is.' })
  claims(@Root() provider: OidcProviderSource): OidcClaimsType {
    return provider.claims;
  }

  @FieldResolver(() => [OidcRuleType], { description: 'What users get for values of claims, in order.' })
  rules(@Root() provider: OidcProviderSource): OidcRuleType[] {
    return provider.rules.map((rule) => ({ ...rule, values: [...rule.values], ...listsOf(rule) }));
  }

  @FieldResolver(() => String, { description: 'The redirect URI to register at the provider.' })
  redirectUri(@Root() { address }: OidcProviderSource, @Ctx() { publicUrl }: GraphqlContext): string {
    return publicUrl + oidcPath(address, 'callback');
  }

  @FieldResolver(() => String, {
    description: 'The post-logout redirect URI to register, so that it sends people back.',
  })
  postLogoutRedirectUri(@Ctx() { publicUrl }: GraphqlContext): string {
    return publicUrl + homePath;
  }

  @FieldResolver(() => String, { description: 'Where a browser goes to sign in.' })
  loginUrl(@Root() { address }: OidcProviderSource, @Ctx() { publicUrl }: GraphqlContext): string {
    return publicUrl + oidcPath(address, 'login');
  }
}

/** The row id in a global id; what is none finds nothing. */
function providerId(globalId: string): string {
  const parsed = parseGlobalId(globalId);
  return parsed?.type === 'OidcProvider' ? parsed.id : '';
}

function settingsOf(input: CreateOidcProviderInput | UpdateOidcProviderInput): OidcProviderSettings {
  const { claims, rules, defaultTenant, defaultRole } = input;
  return {
    displayName: optional(input.displayName),
    enabled: optional(input.enabled),
    clientSecret: optional(input.clientSecret),
    audiences: optional(input.audiences),
    algorithms: optional(input.algorithms),
    scopes: optional(input.scopes),
    clockSkewSeconds: optional(input.clockSkewSeconds),
    // Null is a value of these: there is no such claim, no default.
    claims: optional(claims),
    defaultTenant,
    defaultRole,
    rules: rules?.map(ruleOf),
    acceptBearer: optional(input.acceptBearer),
    offerLogin: optional(input.offerLogin),
  };
}

function ruleOf({ claim, values, tenant, role, groups, policies }: OidcRuleInput) {
  return { claim, values, tenant: tenant ?? null, role: role ?? null, groups: groups ?? [], policies: policies ?? [] };
}

function listsOf(rule: { groups: readonly string[]; policies: readonly string[] }) {
  return { groups: [...rule.groups], policies: [...rule.policies] };
}
