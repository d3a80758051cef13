import { type Answer, type Exchange, emptyAnswer } from '../exchange.js';
import { putConfiguration } from '../named-configuration.js';
import { inventoryDocument } from '../protocol/inventory.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html */
export async function putBucketInventoryConfiguration(exchange: Exchange): Promise<Answer> {
  await putConfiguration(exchange, inventoryDocument);
  return emptyAnswer([], 200);
}
