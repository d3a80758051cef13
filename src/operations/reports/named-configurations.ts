import { GranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { type AnalyticsConfiguration, checkAnalytics } from './analytics-configuration.js';
import { checkIntelligentTiering, type IntelligentTieringConfiguration } from './intelligent-tiering-configuration.js';
import { checkInventory, type InventoryConfiguration } from './inventory-configuration.js';
import { checkMetrics, type MetricsConfiguration } from './metrics-configuration.js';

/** The configurations of which a bucket may have many, each with an id. */
export interface NamedConfigurations {
  INVENTORY: InventoryConfiguration;
  ANALYTICS: AnalyticsConfiguration;
  METRICS: MetricsConfiguration;
  INTELLIGENT_TIERING: IntelligentTieringConfiguration;
}

export type NamedConfigurationKind = keyof NamedConfigurations;

interface KindOf<Configuration> {
  /** The action that reads and lists; and the one that sets and deletes. */
  get: string;
  put: string;
  check(context: RequestContext, bucket: BucketState, configuration: Configuration): void | Promise<void>;
}

export const configurationKinds: { readonly [Kind in NamedConfigurationKind]: KindOf<NamedConfigurations[Kind]> } = {
  INVENTORY: { get: 's3:GetInventoryConfiguration', put: 's3:PutInventoryConfiguration', check: checkInventory },
  ANALYTICS: { get: 's3:GetAnalyticsConfiguration', put: 's3:PutAnalyticsConfiguration', check: checkAnalytics },
  METRICS: {
    ...{ get: 's3:GetMetricsConfiguration', put: 's3:PutMetricsConfiguration' },
    check: (_context, _bucket, configuration) => checkMetrics(configuration),
  },
  INTELLIGENT_TIERING: {
    ...{ get: 's3:GetIntelligentTieringConfiguration', put: 's3:PutIntelligentTieringConfiguration' },
    check: (_context, _bucket, configuration) => checkIntelligentTiering(configuration),
  },
};

export function noSuchConfiguration(): GranaryError {
  return new GranaryError('NotFound', 'The specified configuration does not exist.', {
    reason: 'NoSuchConfiguration',
    field: ['id'],
  });
}
