import type { Answer, Exchange } from '../exchange.js';
import { deleteConfiguration } from '../named-configuration.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html */
export async function deleteBucketInventoryConfiguration(exchange: Exchange): Promise<Answer> {
  return deleteConfiguration(exchange, 'INVENTORY');
}
