import type { Answer, Exchange } from '../exchange.js';
import { deleteConfiguration } from '../named-configuration.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketMetricsConfiguration.html */
export async function deleteBucketMetricsConfiguration(exchange: Exchange): Promise<Answer> {
  return deleteConfiguration(exchange, 'METRICS');
}
