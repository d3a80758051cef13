import type { Answer, Exchange } from '../exchange.js';
import { listConfigurations } from '../named-configuration.js';
import { inventoryDocument } from '../protocol/inventory.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html */
export async function listBucketInventoryConfigurations(exchange: Exchange): Promise<Answer> {
  return listConfigurations(exchange, inventoryDocument);
}
