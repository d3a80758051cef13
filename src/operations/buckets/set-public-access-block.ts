import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import {
  configureBucket,
  getConfiguration,
  type PublicAccessBlock,
  visibleConfiguration,
} from './bucket-configuration.js';

const putAction = 's3:PutBucketPublicAccessBlock';
const getAction = 's3:GetBucketPublicAccessBlock';

/**
 * Says what a bucket's policy and access control lists cannot make public, whatever they say.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export async function setPublicAccessBlock(
  context: RequestContext,
  { block, ...address }: BucketAddress & { block: PublicAccessBlock },
): Promise<BucketInfo> {
  return configureBucket(context, address, { action: putAction, name: 'publicAccessBlock', value: block });
}

/** Blocks nothing any more. */
export async function deletePublicAccessBlock(context: RequestContext, address: BucketAddress): Promise<BucketInfo> {
  return configureBucket(context, address, { action: putAction, name: 'publicAccessBlock', value: undefined });
}

/** What a bucket blocks. Throws `NoSuchPublicAccessBlockConfiguration` when nothing was set. */
export async function getPublicAccessBlock(
  context: RequestContext,
  address: BucketAddress,
): Promise<PublicAccessBlock> {
  const { publicAccessBlock } = await getConfiguration(context, address, getAction);
  if (publicAccessBlock === undefined) {
    throw new GranaryError('NotFound', 'The public access block configuration was not found', {
      reason: 'NoSuchPublicAccessBlockConfiguration',
      data: { BucketName: address.bucket },
    });
  }
  return publicAccessBlock;
}

/** The same for a bucket that the caller was let see; null also when the caller may not see it. */
export async function visiblePublicAccessBlock(
  context: RequestContext,
  address: BucketAddress,
): Promise<PublicAccessBlock | null> {
  return (await visibleConfiguration(context, address, getAction))?.configuration.publicAccessBlock ?? null;
}
