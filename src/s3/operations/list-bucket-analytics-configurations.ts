import type { Answer, Exchange } from '../exchange.js';
import { listConfigurations } from '../named-configuration.js';
import { analyticsDocument } from '../protocol/analytics.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketAnalyticsConfigurations.html */
export async function listBucketAnalyticsConfigurations(exchange: Exchange): Promise<Answer> {
  return listConfigurations(exchange, analyticsDocument);
}
