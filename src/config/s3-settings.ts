import { hostNames, oneOf, type SettingTable, text } from './setting.js';

/** How S3 is spoken. */
export interface S3Settings {
  readonly s3Region: string;
  /** Host names below which a bucket's name may stand: `bucket.s3.example.com`. In lower case. */
  readonly s3Domains: readonly string[];
  /** Host names below which buckets are served as websites; below `*.name` those of the tenant in its place. In lower case. */
  readonly s3WebsiteDomains: readonly string[];
  /** Who owns the objects of new buckets, and whether access control lists count in them. */
  readonly s3ObjectOwnership: 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';
  /** Whether old clients may sign by Signature Version 2. */
  readonly s3SigV2: 'on' | 'off';
}

export const s3Table: SettingTable<S3Settings> = {
  s3Region: {
    variable: 'GRANARY_S3_REGION',
    schema: text(/^[a-z0-9-]{1,64}$/, 'is not 1 to 64 lower-case letters, digits or -').default('us-east-1'),
    example: 'us-east-1',
  },
  s3Domains: { variable: 'GRANARY_S3_DOMAINS', schema: hostNames(), example: 's3.example.com,s3.internal' },
  s3WebsiteDomains: {
    variable: 'GRANARY_S3_WEBSITE_DOMAINS',
    schema: hostNames('(\\*\\.)?'),
    example: 'web.example.com,*.sites.example.com',
  },
  s3ObjectOwnership: {
    variable: 'GRANARY_S3_OBJECT_OWNERSHIP',
    schema: oneOf(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'], 'BucketOwnerEnforced'),
    example: 'ObjectWriter',
  },
  s3SigV2: { variable: 'GRANARY_S3_SIGV2', schema: oneOf(['on', 'off'], 'on'), example: 'off' },
};
