import { Arg, Ctx, Field, FieldResolver, InputType, Int, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Tenant } from '../entities/tenant.js';
import { setTenantRateLimits } from '../operations/tenants/set-tenant-rate-limits.js';
import type { GraphqlContext } from './context.js';
import type { TenantResult } from './results.js';
import { type TenantSource, toTenantSource } from './sources.js';
import { TenantInput, TenantPayload } from './tenant-types.js';
import { answer } from './user-error.js';

@ObjectType('RequestLimit', { description: 'So many requests in so many seconds.' })
class RequestLimit {
  @Field(() => Int, { description: 'How many requests.' })
  requests!: number;

  @Field(() => Int, { description: 'In how many seconds.' })
  seconds!: number;
}

@ObjectType('TenantRateLimits', {
  description: 'Limits of requests of a tenant; where it is null, the limit of the settings holds.',
})
class TenantRateLimitsType {
  @Field(() => RequestLimit, { nullable: true, description: 'Of one user.' })
  user!: RequestLimit | null;

  @Field(() => RequestLimit, { nullable: true, description: 'Of one access key or API key.' })
  accessKey!: RequestLimit | null;

  @Field(() => RequestLimit, { nullable: true, description: 'To one bucket, by whomever.' })
  bucket!: RequestLimit | null;
}

@InputType('RequestLimitInput', { description: 'So many requests in so many seconds.' })
class RequestLimitInput {
  @Field(() => Int, { description: 'How many requests, 1 or more.' })
  requests!: number;

  @Field(() => Int, { description: 'In how many seconds, 1 to 86400.' })
  seconds!: number;
}

@InputType('TenantRateLimitsInput', {
  description: 'Limits of requests of a tenant; what is left out has the limit of the settings.',
})
class TenantRateLimitsInput {
  @Field(() => RequestLimitInput, { nullable: true, description: 'Of one user.' })
  user?: RequestLimitInput | null;

  @Field(() => RequestLimitInput, { nullable: true, description: 'Of one access key or API key.' })
  accessKey?: RequestLimitInput | null;

  @Field(() => RequestLimitInput, { nullable: true, description: 'To one bucket, by whomever.' })
  bucket?: RequestLimitInput | null;
}

@InputType('SetTenantRateLimitsInput', { description: 'The tenant, and all its limits of requests from now on.' })
class SetTenantRateLimitsInput extends TenantInput {
  @Field(() => TenantRateLimitsInput, { description: 'The limits.' })
  rateLimits!: TenantRateLimitsInput;
}

@ObjectType('SetTenantRateLimitsPayload', { description: 'What came of setting the limits of a tenant.' })
class SetTenantRateLimitsPayload extends TenantPayload {}

@Resolver(() => Tenant)
export class TenantRateLimitsResolver {
  @FieldResolver(() => TenantRateLimitsType, {
    nullable: true,
    description: 'Limits of requests that the tenant has of its own; null while those of the settings hold.',
  })
  rateLimits(@Root() { rateLimits }: TenantSource): TenantRateLimitsType | null {
    return rateLimits === null
      ? null
      : { user: show(rateLimits.user), accessKey: show(rateLimits.accessKey), bucket: show(rateLimits.bucket) };
  }

  @Mutation(() => SetTenantRateLimitsPayload, {
    description: 'Gives a tenant limits of requests in place of those of the settings; for global administrators.',
  })
  setTenantRateLimits(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetTenantRateLimitsInput, { description: 'The tenant and its limits.' })
    input: SetTenantRateLimitsInput,
  ): Promise<TenantResult> {
    return answer(async () => ({ tenant: toTenantSource(await setTenantRateLimits(context.request, input)) }));
  }
}

function show(limit: { requests: number; windowMs: number } | undefined): RequestLimit | null {
  return limit === undefined ? null : { requests: limit.requests, seconds: limit.windowMs / 1000 };
}
