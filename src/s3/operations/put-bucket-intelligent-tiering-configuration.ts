import { type Answer, type Exchange, emptyAnswer } from '../exchange.js';
import { putConfiguration } from '../named-configuration.js';
import { intelligentTieringDocument } from '../protocol/intelligent-tiering.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketIntelligentTieringConfiguration.html */
export async function putBucketIntelligentTieringConfiguration(exchange: Exchange): Promise<Answer> {
  await putConfiguration(exchange, intelligentTieringDocument);
  return emptyAnswer([], 200);
}
