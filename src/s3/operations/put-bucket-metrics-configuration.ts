import { type Answer, type Exchange, emptyAnswer } from '../exchange.js';
import { putConfiguration } from '../named-configuration.js';
import { metricsDocument } from '../protocol/metrics.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html */
export async function putBucketMetricsConfiguration(exchange: Exchange): Promise<Answer> {
  await putConfiguration(exchange, metricsDocument);
  return emptyAnswer([], 204);
}
