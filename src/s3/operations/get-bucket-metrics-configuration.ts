import type { Answer, Exchange } from '../exchange.js';
import { getConfiguration } from '../named-configuration.js';
import { metricsDocument } from '../protocol/metrics.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketMetricsConfiguration.html */
export async function getBucketMetricsConfiguration(exchange: Exchange): Promise<Answer> {
  return getConfiguration(exchange, metricsDocument);
}
