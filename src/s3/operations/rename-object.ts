import { moveObject } from '../../operations/objects/move-object.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer, objectAddress } from '../exchange.js';
import { renameSourceConditions, writeConditions } from '../protocol/conditions.js';
import { s3Error } from '../protocol/s3-error.js';
import { percentDecode } from '../protocol/uri-encoding.js';

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html : gives an object another key in its bucket, at
 * once. AWS has it in directory buckets only, here all buckets do.
 */
export async function renameObject(exchange: Exchange): Promise<Answer> {
  const { headers } = exchange.request;
  const conditions = writeConditions(headers);
  const sourceConditions = renameSourceConditions(headers);
  await moveObject(exchange.context, {
    source: { ...bucketAddress(exchange), key: sourceKey(exchange) },
    target: objectAddress(exchange),
    ...(conditions === undefined ? {} : { conditions }),
    ...(sourceConditions === undefined ? {} : { sourceConditions }),
  });
  return emptyAnswer([], 200);
}

/** The key, also when the bucket stands before it. */
function sourceKey({ request }: Exchange): string {
  const header = request.headers.values['x-amz-rename-source'];
  const decoded = percentDecode(header ?? '');
  const inBucket = `/${request.resource.bucket}/`;
  const key = decoded.startsWith(inBucket) ? decoded.slice(inBucket.length) : decoded.replace(/^\//, '');
  if (key === '') {
    throw s3Error('InvalidArgument', 'The rename source must be the key of an object in the bucket.', {
      ArgumentName: 'x-amz-rename-source',
      ArgumentValue: header ?? '',
    });
  }
  return key;
}
