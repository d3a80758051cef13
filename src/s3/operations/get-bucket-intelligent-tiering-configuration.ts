import type { Answer, Exchange } from '../exchange.js';
import { getConfiguration } from '../named-configuration.js';
import { intelligentTieringDocument } from '../protocol/intelligent-tiering.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketIntelligentTieringConfiguration.html */
export async function getBucketIntelligentTieringConfiguration(exchange: Exchange): Promise<Answer> {
  return getConfiguration(exchange, intelligentTieringDocument);
}
