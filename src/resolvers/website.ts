import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { GranaryError } from '../errors.js';
import { deleteBucketWebsite, setBucketWebsite, visibleWebsite } from '../operations/buckets/set-bucket-website.js';
import type { Protocol, RoutingRule, WebsiteConfiguration } from '../operations/buckets/website.js';
import type { BucketInfo } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { addressOf } from './placed-object.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';
import {
  SetBucketWebsiteInput,
  SetBucketWebsitePayload,
  type WebsiteInput,
  type WebsiteRoutingRuleInput,
  WebsiteType,
} from './website-types.js';

@Resolver(() => Bucket)
export class BucketWebsiteResolver {
  @FieldResolver(() => WebsiteType, {
    nullable: true,
    description: 'What makes the bucket a website; null when it is none, or when the caller may not see it.',
  })
  async website(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<WebsiteType | null> {
    const website = await visibleWebsite(context.request, addressOf(bucket));
    return website === null ? null : show(website);
  }

  @Mutation(() => SetBucketWebsitePayload, {
    description: 'Makes a bucket a website below the domains that the server has for them, or ends that.',
  })
  setBucketWebsite(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketWebsiteInput, { description: 'The bucket and the website.' })
    { bucket, tenant, website }: SetBucketWebsiteInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket, tenant: optional(tenant) };
      return {
        bucket: website
          ? await setBucketWebsite(context.request, { ...address, website: configurationOf(website) })
          : await deleteBucketWebsite(context.request, address),
      };
    });
  }
}

function show({ redirectAll, routingRules, ...documents }: WebsiteConfiguration): WebsiteType {
  return {
    ...documents,
    redirectAllTo: redirectAll?.hostName ?? null,
    redirectAllProtocol: redirectAll?.protocol ?? null,
    routingRules: routingRules.map(({ redirect, ...condition }) => ({ ...condition, ...redirect })),
  };
}

function configurationOf(input: WebsiteInput): WebsiteConfiguration {
  const protocol = protocolOf(input.redirectAllProtocol);
  return {
    ...(input.redirectAllTo ? { redirectAll: { hostName: input.redirectAllTo, ...(protocol && { protocol }) } } : {}),
    ...given({ indexSuffix: input.indexSuffix, errorKey: input.errorKey }),
    routingRules: (input.routingRules ?? []).map(ruleOf),
  };
}

function ruleOf({ keyPrefix, errorCode, protocol, ...redirect }: WebsiteRoutingRuleInput): RoutingRule {
  const known = protocolOf(protocol);
  return { ...given({ keyPrefix, errorCode }), redirect: { ...given(redirect), ...(known && { protocol: known }) } };
}

/** Without what is null: configurations have only what was said. */
function given<T extends object>(values: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof T]?: NonNullable<T[Name]> };
}

function protocolOf(text: string | null | undefined): Protocol | undefined {
  if (text === null || text === undefined || text === 'http' || text === 'https') {
    return text ?? undefined;
  }
  throw new GranaryError('InvalidInput', 'A protocol is `http` or `https`.', {
    reason: 'InvalidArgument',
    field: ['website'],
  });
}
