import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { type ConfigurationFilter, checkConfigurationId, checkFilter } from './configuration-filter.js';
import { checkDestination, type ReportDestination } from './report-destination.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AnalyticsConfiguration.html : kept, and not acted upon. */
export interface AnalyticsConfiguration {
  id: string;
  filter: ConfigurationFilter;
  /** Where S3 would export what it finds out; nowhere when absent. */
  exportTo?: ReportDestination;
}

/** Throws unless S3 would take the configuration. */
export async function checkAnalytics(
  context: RequestContext,
  source: BucketState,
  { id, filter, exportTo }: AnalyticsConfiguration,
): Promise<void> {
  checkConfigurationId(id, 'analytics');
  checkFilter(filter, 'analytics');
  if (exportTo !== undefined) {
    await checkDestination(context, source, exportTo);
  }
}
