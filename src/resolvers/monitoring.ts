import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import type { ConfigurationFilter } from '../operations/reports/configuration-filter.js';
import { deleteNamedConfiguration } from '../operations/reports/delete-named-configuration.js';
import type { NamedConfigurationKind } from '../operations/reports/named-configurations.js';
import { putNamedConfiguration } from '../operations/reports/put-named-configuration.js';
import type { BucketInfo } from '../operations/types.js';
import { type Connection, PageArgs } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  AnalyticsConfigurationConnection,
  type AnalyticsConfigurationType,
  DeleteBucketAnalyticsInput,
  DeleteBucketAnalyticsPayload,
  DeleteBucketIntelligentTieringInput,
  DeleteBucketIntelligentTieringPayload,
  DeleteBucketMetricsInput,
  DeleteBucketMetricsPayload,
  IntelligentTieringConfigurationConnection,
  type IntelligentTieringConfigurationType,
  MetricsConfigurationConnection,
  type MetricsConfigurationType,
  SetBucketAnalyticsInput,
  SetBucketAnalyticsPayload,
  SetBucketIntelligentTieringInput,
  SetBucketIntelligentTieringPayload,
  SetBucketMetricsInput,
  SetBucketMetricsPayload,
} from './monitoring-types.js';
import { pageOfConfigurations } from './named-configurations.js';
import { type BucketConfigurationInput, destinationOf, filterOf, showFilter } from './report-types.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

/** What S3 lets one configure of a bucket's analysis, metrics and intelligent tiering: kept, and not acted upon. */
@Resolver(() => Bucket)
export class BucketMonitoringResolver {
  @FieldResolver(() => AnalyticsConfigurationConnection, {
    nullable: true,
    description: 'The configurations of analytics, by id; null when the caller may not see them.',
  })
  analyticsConfigurations(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<Connection<AnalyticsConfigurationType> | null> {
    return pageOfConfigurations(context, { bucket, kind: 'ANALYTICS', args, show });
  }

  @Mutation(() => SetBucketAnalyticsPayload, {
    description: 'Sets a configuration of analytics, which is kept and shown.',
  })
  setBucketAnalytics(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketAnalyticsInput, { description: 'The bucket and the configuration.' })
    input: SetBucketAnalyticsInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await putNamedConfiguration(context.request, {
        ...{ bucket: input.bucket, tenant: optional(input.tenant), kind: 'ANALYTICS' },
        configuration: {
          id: input.id,
          filter: filterOf(input.filter),
          ...(input.exportTo ? { exportTo: destinationOf(input.exportTo) } : {}),
        },
      }),
    }));
  }

  @Mutation(() => DeleteBucketAnalyticsPayload, { description: 'Deletes a configuration of analytics.' })
  deleteBucketAnalytics(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteBucketAnalyticsInput, { description: 'The bucket, and which configuration.' })
    input: DeleteBucketAnalyticsInput,
  ): Promise<BucketResult> {
    return remove(context, 'ANALYTICS', input);
  }

  @FieldResolver(() => MetricsConfigurationConnection, {
    nullable: true,
    description: 'The configurations of metrics, by id; null when the caller may not see them.',
  })
  metricsConfigurations(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<Connection<MetricsConfigurationType> | null> {
    return pageOfConfigurations(context, { bucket, kind: 'METRICS', args, show });
  }

  @Mutation(() => SetBucketMetricsPayload, {
    description: 'Sets a configuration of metrics, which is kept and shown.',
  })
  setBucketMetrics(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketMetricsInput, { description: 'The bucket and the configuration.' })
    input: SetBucketMetricsInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await putNamedConfiguration(context.request, {
        ...{ bucket: input.bucket, tenant: optional(input.tenant), kind: 'METRICS' },
        configuration: { id: input.id, filter: filterOf(input.filter) },
      }),
    }));
  }

  @Mutation(() => DeleteBucketMetricsPayload, { description: 'Deletes a configuration of metrics.' })
  deleteBucketMetrics(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteBucketMetricsInput, { description: 'The bucket, and which configuration.' })
    input: DeleteBucketMetricsInput,
  ): Promise<BucketResult> {
    return remove(context, 'METRICS', input);
  }

  @FieldResolver(() => IntelligentTieringConfigurationConnection, {
    nullable: true,
    description: 'The configurations of intelligent tiering, by id; null when the caller may not see them.',
  })
  intelligentTieringConfigurations(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<Connection<IntelligentTieringConfigurationType> | null> {
    return pageOfConfigurations(context, { bucket, kind: 'INTELLIGENT_TIERING', args, show });
  }

  @Mutation(() => SetBucketIntelligentTieringPayload, {
    description: 'Sets a configuration of intelligent tiering, which is kept and shown.',
  })
  setBucketIntelligentTiering(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketIntelligentTieringInput, { description: 'The bucket and the configuration.' })
    input: SetBucketIntelligentTieringInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await putNamedConfiguration(context.request, {
        ...{ bucket: input.bucket, tenant: optional(input.tenant), kind: 'INTELLIGENT_TIERING' },
        configuration: {
          id: input.id,
          enabled: input.enabled ?? true,
          filter: filterOf(input.filter),
          tierings: input.tierings.map(({ accessTier, days }) => ({ accessTier, days })),
        },
      }),
    }));
  }

  @Mutation(() => DeleteBucketIntelligentTieringPayload, {
    description: 'Deletes a configuration of intelligent tiering.',
  })
  deleteBucketIntelligentTiering(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteBucketIntelligentTieringInput, { description: 'The bucket, and which configuration.' })
    input: DeleteBucketIntelligentTieringInput,
  ): Promise<BucketResult> {
    return remove(context, 'INTELLIGENT_TIERING', input);
  }
}

function show<Configuration extends { filter: ConfigurationFilter }>({
  configuration,
}: {
  configuration: Configuration;
}) {
  return { ...configuration, filter: showFilter(configuration.filter) };
}

function remove(
  { request }: GraphqlContext,
  kind: NamedConfigurationKind,
  { bucket, tenant, id }: BucketConfigurationInput,
): Promise<BucketResult> {
  return answer(async () => ({
    bucket: await deleteNamedConfiguration(request, { bucket, tenant: optional(tenant), kind, id }),
  }));
}
