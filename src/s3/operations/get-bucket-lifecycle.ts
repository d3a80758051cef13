import { getBucketLifecycle as get } from '../../operations/lifecycle/set-bucket-lifecycle.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatLifecycle, transitionMinimumHeaders } from '../protocol/lifecycle.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html */
export async function getBucketLifecycle(exchange: Exchange): Promise<Answer> {
  const rules = await get(exchange.context, bucketAddress(exchange));
  return xmlAnswer(formatLifecycle(rules), transitionMinimumHeaders);
}
