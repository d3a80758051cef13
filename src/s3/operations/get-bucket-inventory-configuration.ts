import type { Answer, Exchange } from '../exchange.js';
import { getConfiguration } from '../named-configuration.js';
import { inventoryDocument } from '../protocol/inventory.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html */
export async function getBucketInventoryConfiguration(exchange: Exchange): Promise<Answer> {
  return getConfiguration(exchange, inventoryDocument);
}
