import type { Answer, Exchange } from '../exchange.js';
import { listConfigurations } from '../named-configuration.js';
import { intelligentTieringDocument } from '../protocol/intelligent-tiering.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketIntelligentTieringConfigurations.html */
export async function listBucketIntelligentTieringConfigurations(exchange: Exchange): Promise<Answer> {
  return listConfigurations(exchange, intelligentTieringDocument);
}
