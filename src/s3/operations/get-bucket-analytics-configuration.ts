import type { Answer, Exchange } from '../exchange.js';
import { getConfiguration } from '../named-configuration.js';
import { analyticsDocument } from '../protocol/analytics.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAnalyticsConfiguration.html */
export async function getBucketAnalyticsConfiguration(exchange: Exchange): Promise<Answer> {
  return getConfiguration(exchange, analyticsDocument);
}
