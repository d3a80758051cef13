import { setBucketLifecycle } from '../../operations/lifecycle/set-bucket-lifecycle.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDigestedDocument } from '../incoming-body.js';
import { parseLifecycle, readTransitionMinimum, transitionMinimumHeaders } from '../protocol/lifecycle.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
export async function putBucketLifecycle(exchange: Exchange): Promise<Answer> {
  readTransitionMinimum(exchange.request.headers);
  const rules = parseLifecycle(await readDigestedDocument(exchange));
  await setBucketLifecycle(exchange.context, { ...bucketAddress(exchange), rules });
  return emptyAnswer(transitionMinimumHeaders, 200);
}
