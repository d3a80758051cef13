import type { Answer, Exchange } from '../exchange.js';
import { deleteConfiguration } from '../named-configuration.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketIntelligentTieringConfiguration.html */
export async function deleteBucketIntelligentTieringConfiguration(exchange: Exchange): Promise<Answer> {
  return deleteConfiguration(exchange, 'INTELLIGENT_TIERING');
}
