import type { Answer, Exchange } from '../exchange.js';
import { listConfigurations } from '../named-configuration.js';
import { metricsDocument } from '../protocol/metrics.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketMetricsConfigurations.html */
export async function listBucketMetricsConfigurations(exchange: Exchange): Promise<Answer> {
  return listConfigurations(exchange, metricsDocument);
}
