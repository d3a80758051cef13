import { type Answer, type Exchange, emptyAnswer } from '../exchange.js';
import { putConfiguration } from '../named-configuration.js';
import { analyticsDocument } from '../protocol/analytics.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html */
export async function putBucketAnalyticsConfiguration(exchange: Exchange): Promise<Answer> {
  await putConfiguration(exchange, analyticsDocument);
  return emptyAnswer([], 204);
}
