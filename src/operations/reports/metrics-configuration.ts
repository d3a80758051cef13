import { type ConfigurationFilter, checkConfigurationId, checkFilter } from './configuration-filter.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_MetricsConfiguration.html : kept, and not acted upon. */
export interface MetricsConfiguration {
  id: string;
  filter: ConfigurationFilter;
}

/** Throws unless S3 would take the configuration. */
export function checkMetrics({ id, filter }: MetricsConfiguration): void {
  checkConfigurationId(id, 'metrics');
  checkFilter(filter, 'metrics');
}
