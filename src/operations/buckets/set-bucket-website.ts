import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { configureBucket, getConfiguration, visibleConfiguration } from './bucket-configuration.js';
import { validWebsite, type WebsiteConfiguration } from './website.js';

const putAction = 's3:PutBucketWebsite';
const getAction = 's3:GetBucketWebsite';

/** Makes a bucket a website. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
export async function setBucketWebsite(
  context: RequestContext,
  { website, ...address }: BucketAddress & { website: WebsiteConfiguration },
): Promise<BucketInfo> {
  await openBucket(context, address, putAction);
  const value = validWebsite(website);
  return configureBucket(context, address, { action: putAction, name: 'website', value });
}

/** Ends the website; the objects stay. */
export async function deleteBucketWebsite(context: RequestContext, address: BucketAddress): Promise<BucketInfo> {
  return configureBucket(context, address, { action: 's3:DeleteBucketWebsite', name: 'website', value: undefined });
}

/** A bucket's website. Throws `NoSuchWebsiteConfiguration` when it is none. */
export async function getBucketWebsite(context: RequestContext, address: BucketAddress): Promise<WebsiteConfiguration> {
  const { website } = await getConfiguration(context, address, getAction);
  if (website === undefined) {
    throw noWebsite(address.bucket);
  }
  return website;
}

/** The website of a bucket that the caller was let see; null also when the caller may not see it. */
export async function visibleWebsite(
  context: RequestContext,
  address: BucketAddress,
): Promise<WebsiteConfiguration | null> {
  return (await visibleConfiguration(context, address, getAction))?.configuration.website ?? null;
}

export function noWebsite(bucket: string): GranaryError {
  return new GranaryError('NotFound', 'The specified bucket does not have a website configuration', {
    reason: 'NoSuchWebsiteConfiguration',
    data: { BucketName: bucket },
  });
}
