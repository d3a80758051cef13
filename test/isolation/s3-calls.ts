import { createHash } from 'node:crypto';
import type { RawRequest } from '../s3/raw-request.js';
import type { TenantWorld } from './tenant-world.js';

/** What an operation is about: a bucket, an object in it, and where it needs one an upload. */
export interface S3Place {
  bucket: string;
  key: string;
  uploadId: string;
  /** Another object, for what takes two. */
  from?: string;
}

/** How one route is called: what makes it whole beside method and sub-resource. */
export interface S3Call {
  /** The rest of the query, without the sub-resource. */
  query?: (place: S3Place) => string;
  /** The value of the sub-resource. */
  value?: (place: S3Place) => string;
  body?: (place: S3Place) => string;
  headers?: (place: S3Place) => Record<string, string>;
  /** Where it needs something else than an object in a bucket with versions. */
  place?: (world: TenantWorld) => Promise<S3Place>;
  /** How many events it writes; one when absent. A move has one for each of its two keys. */
  events?: number;
}

const xml = (text: string) => ({ body: () => text });

const retainUntil = new Date(Date.now() + 3_600_000).toISOString();

async function lockedPlace(world: TenantWorld): Promise<S3Place> {
  return { ...(await world.lockedObject()), uploadId: '' };
}

/** Where a hold was decided about: before that there is none to speak of. */
async function heldPlace(world: TenantWorld): Promise<S3Place> {
  const place = await lockedPlace(world);
  await world.make('setObjectLegalHold', { bucket: place.bucket, key: place.key, legalHold: false }, 'object { key }');
  return place;
}

async function aclPlace(world: TenantWorld): Promise<S3Place> {
  return { ...(await world.object(await world.bucketWithAcl())), uploadId: '' };
}

async function retainedPlace(world: TenantWorld): Promise<S3Place> {
  const place = await lockedPlace(world);
  const retention = { mode: 'GOVERNANCE', retainUntil };
  await world.make('setObjectRetention', { bucket: place.bucket, key: place.key, retention }, 'object { key }');
  return place;
}

async function replicatedPlace(world: TenantWorld): Promise<S3Place> {
  return { ...(await world.replicatedBucket()), key: '', uploadId: '' };
}

/** An object, and the name that it is to have. */
async function renamedPlace(world: TenantWorld): Promise<S3Place> {
  const { bucket, key } = await world.object(await world.bucket());
  return { bucket, key: world.name(), uploadId: '', from: key };
}

const tierings = [{ accessTier: 'ARCHIVE_ACCESS', days: 90 }];

/** A bucket that has a configuration with the id `a`. */
function configured(mutation: string, more: object | 'itself' = {}): S3Call['place'] {
  return async (world) => {
    const bucket = await world.bucket();
    await world.make(mutation, { bucket, id: 'a', ...(more === 'itself' ? { destination: { bucket } } : more) }, '');
    return { bucket, key: '', uploadId: '' };
  };
}

/** The routes to one configuration of those that have ids. */
function numerous(name: string, { place, body }: Pick<S3Call, 'place' | 'body'>): Record<string, S3Call> {
  const value = () => 'a';
  return {
    [`PUT ${name}&id`]: { value, ...(body && { body }) },
    [`GET ${name}&id`]: { value, ...(place && { place }) },
    [`DELETE ${name}&id`]: { value, ...(place && { place }) },
  };
}

const tagging = xml('<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>');

export const serviceCalls: Record<string, S3Call> = { 'GET ': {} };

/** By method and sub-resource, as src/s3/routes.ts has them. */
export const bucketCalls: Record<string, S3Call> = {
  'PUT acl': { headers: () => ({ 'x-amz-acl': 'private' }), place: aclPlace },
  'PUT accelerate': xml('<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>'),
  'PUT cors': xml(
    '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>',
  ),
  'PUT ownershipControls': xml(
    '<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>',
  ),
  'PUT publicAccessBlock': xml(
    '<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>',
  ),
  'PUT requestPayment': xml('<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>'),
  'PUT tagging': tagging,
  'PUT encryption': xml(
    '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>',
  ),
  'PUT lifecycle': xml(
    '<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/><Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>',
  ),
  ...numerous('analytics', {
    place: configured('setBucketAnalytics'),
    ...xml('<AnalyticsConfiguration><Id>a</Id><StorageClassAnalysis/></AnalyticsConfiguration>'),
  }),
  ...numerous('intelligent-tiering', {
    place: configured('setBucketIntelligentTiering', { tierings }),
    ...xml(
      '<IntelligentTieringConfiguration><Id>a</Id><Status>Enabled</Status><Tiering><AccessTier>ARCHIVE_ACCESS</AccessTier><Days>90</Days></Tiering></IntelligentTieringConfiguration>',
    ),
  }),
  ...numerous('inventory', {
    place: configured('setBucketInventory', 'itself'),
    body: ({ bucket }) =>
      `<InventoryConfiguration><Destination><S3BucketDestination><Bucket>arn:aws:s3:::${bucket}</Bucket><Format>CSV</Format></S3BucketDestination></Destination><Id>a</Id><IncludedObjectVersions>All</IncludedObjectVersions><IsEnabled>true</IsEnabled><Schedule><Frequency>Daily</Frequency></Schedule></InventoryConfiguration>`,
  }),
  ...numerous('metrics', {
    place: configured('setBucketMetrics'),
    ...xml('<MetricsConfiguration><Id>a</Id></MetricsConfiguration>'),
  }),
  'PUT logging': xml('<BucketLoggingStatus/>'),
  'PUT notification': xml('<NotificationConfiguration></NotificationConfiguration>'),
  'PUT object-lock': {
    ...xml('<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>'),
    place: lockedPlace,
  },
  'GET object-lock': { place: lockedPlace },
  'PUT policy': {
    body: ({ bucket }) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: `arn:aws:s3:::${bucket}/none` },
        ],
      }),
  },
  'PUT replication': {
    ...xml(
      '<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/r</Role><Rule><ID>one</ID><Priority>1</Priority><Status>Enabled</Status><Filter><Prefix>a/</Prefix></Filter><DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication><Destination><Bucket>arn:aws:s3:::elsewhere</Bucket></Destination></Rule></ReplicationConfiguration>',
    ),
    place: replicatedPlace,
  },
  'DELETE replication': { place: replicatedPlace },
  'GET replication': { place: replicatedPlace },
  'PUT website': xml(
    '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>',
  ),
  'PUT versioning': xml('<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'),
  'POST delete': { body: ({ key }) => `<Delete><Object><Key>${key}</Key></Object></Delete>` },
};

export const objectCalls: Record<string, S3Call> = {
  'PUT acl': { headers: () => ({ 'x-amz-acl': 'private' }), place: aclPlace },
  'GET legal-hold': { place: heldPlace },
  'GET retention': { place: retainedPlace },
  'GET attributes': { headers: () => ({ 'x-amz-object-attributes': 'ETag' }) },
  'PUT renameObject': {
    headers: ({ key, from }) => ({ 'x-amz-rename-source': from ?? key }),
    place: renamedPlace,
    events: 2,
  },
  'GET uploadId': { value: ({ uploadId }) => uploadId },
  'PUT ': { body: () => 'overwritten' },
  'PUT legal-hold': { ...xml('<LegalHold><Status>OFF</Status></LegalHold>'), place: lockedPlace },
  'PUT retention': {
    ...xml(`<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${retainUntil}</RetainUntilDate></Retention>`),
    place: lockedPlace,
  },
  'PUT tagging': tagging,
  'PUT uploadId': { value: ({ uploadId }) => uploadId, query: () => 'partNumber=2', body: () => 'another part' },
  'POST uploadId': {
    value: ({ uploadId }) => uploadId,
    body: () =>
      `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"${createHash('md5').update('a part').digest('hex')}"</ETag></Part></CompleteMultipartUpload>`,
  },
  'DELETE uploadId': { value: ({ uploadId }) => uploadId },
};

/** Something of a tenant for a route to be about. */
export async function placeFor(world: TenantWorld, call: S3Call): Promise<S3Place> {
  if (call.place !== undefined) {
    return call.place(world);
  }
  const object = await world.object();
  return { ...object, uploadId: call.value === undefined ? '' : await world.uploadId(object) };
}

/** The request of a route. `owner` is what stands before the bucket's name: the tenant, for who names another's. */
export function requestOf(
  route: { method: string; name: string; kind: 'service' | 'bucket' | 'object' },
  call: S3Call,
  at: { place: S3Place; owner: string },
): RawRequest {
  const { place, owner } = at;
  const path = { service: '/', bucket: `/${owner}${place.bucket}`, object: `/${owner}${place.bucket}/${place.key}` };
  const own = route.name === '' ? [] : [`${route.name}=${call.value?.(place) ?? ''}`];
  const query = [...own, ...(call.query === undefined ? [] : [call.query(place)])].join('&');
  const body = call.body?.(place) ?? '';
  const digest = createHash('md5').update(body).digest('base64');
  return {
    method: route.method,
    path: `${path[route.kind]}${query === '' ? '' : `?${query}`}`,
    body,
    headers: { ...(body === '' ? {} : { 'content-md5': digest }), ...call.headers?.(place) },
  };
}
