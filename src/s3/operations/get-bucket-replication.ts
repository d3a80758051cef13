import { getBucketReplication as get } from '../../operations/replication/get-bucket-replication.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatReplication } from '../protocol/replication.js';
import { s3Error } from '../protocol/s3-error.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html */
export async function getBucketReplication(exchange: Exchange): Promise<Answer> {
  const replication = await get(exchange.context, bucketAddress(exchange));
  if (replication.rules.length === 0) {
    throw s3Error('ReplicationConfigurationNotFoundError', undefined, { BucketName: exchange.request.resource.bucket });
  }
  return xmlAnswer(formatReplication(replication));
}
