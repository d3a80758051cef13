import type { Answer, Exchange } from '../exchange.js';
import { deleteConfiguration } from '../named-configuration.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketAnalyticsConfiguration.html */
export async function deleteBucketAnalyticsConfiguration(exchange: Exchange): Promise<Answer> {
  return deleteConfiguration(exchange, 'ANALYTICS');
}
