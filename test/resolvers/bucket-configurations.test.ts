import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetBucketPolicyStatusCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import { packageRoot } from '../../src/config/package-root.js';
import { bucketRoutes } from '../../src/s3/routes.js';
import { startTestServer, type TestServer } from '../support/server.js';

/** By the sub-resource of S3: the field of a bucket that shows it, and the mutations that set it and take it away. */
const pairs: Readonly<Record<string, readonly [field: string, ...mutations: string[]]>> = {
  accelerate: ['acceleration', 'setBucketAcceleration'],
  acl: ['acl', 'setBucketAcl'],
  analytics: ['analyticsConfigurations', 'setBucketAnalytics', 'deleteBucketAnalytics'],
  cors: ['cors', 'setBucketCors'],
  encryption: ['encryption', 'setBucketEncryption'],
  'intelligent-tiering': [
    'intelligentTieringConfigurations',
    'setBucketIntelligentTiering',
    'deleteBucketIntelligentTiering',
  ],
  inventory: ['inventories', 'setBucketInventory', 'deleteBucketInventory'],
  lifecycle: ['lifecycle', 'setBucketLifecycle'],
  location: ['region'],
  logging: ['logging', 'setBucketLogging'],
  metrics: ['metricsConfigurations', 'setBucketMetrics', 'deleteBucketMetrics'],
  notification: ['notifications', 'setBucketNotifications'],
  'object-lock': ['objectLock', 'setBucketObjectLock'],
  ownershipControls: ['objectOwnership', 'setBucketOwnership'],
  policy: ['policy', 'putBucketPolicy', 'deleteBucketPolicy'],
  policyStatus: ['isPublic'],
  publicAccessBlock: ['publicAccessBlock', 'setPublicAccessBlock'],
  replication: ['replication', 'setBucketReplication'],
  requestPayment: ['requestPayer', 'setBucketRequestPayment'],
  tagging: ['tags', 'setBucketTags'],
  versioning: ['versioning', 'setBucketVersioning'],
  website: ['website', 'setBucketWebsite'],
};

/** What a bucket holds, and is no configuration. */
const contents = ['', 'uploads', 'versions', 'delete'];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server?.stop();
});

test('what S3 can configure of a bucket can be read and set by GraphQL', async () => {
  const schema = buildSchema(await readFile(join(packageRoot, 'schema.graphql'), 'utf8'));
  const fields = Object.keys((schema.getType('Bucket') as GraphQLObjectType).getFields());
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
  const subresources = Object.values(bucketRoutes).flatMap((operations) => Object.keys(operations));
  const configurations = new Set(
    subresources.map((name) => name.replace('&id', '')).filter((name) => !contents.includes(name)),
  );
  expect([...configurations].sort()).toEqual(Object.keys(pairs).sort());
  const missing = Object.values(pairs).flatMap(([field, ...own]) => [
    ...(fields.includes(field) ? [] : [field]),
    ...own.filter((mutation) => !mutations.includes(mutation)),
  ]);
  expect(missing).toEqual([]);
});

test('whether a bucket is public is the same by S3 and by GraphQL', async () => {
  const Bucket = 'perhaps-public';
  await server.s3.send(new CreateBucketCommand({ Bucket }));
  const asked = async () => {
    const { PolicyStatus } = await server.s3.send(new GetBucketPolicyStatusCommand({ Bucket }));
    const { data } = await server.graphql('query($name: String!) { bucket(name: $name) { isPublic } }', {
      name: Bucket,
    });
    return [PolicyStatus?.IsPublic, data.bucket.isPublic];
  };
  expect(await asked()).toEqual([false, false]);
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await server.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  expect(await asked()).toEqual([true, true]);
});

test('the list that lets access logs in can be set by GraphQL', async () => {
  const Bucket = 'takes-logs';
  await server.s3.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'ObjectWriter' }));
  const set = 'mutation($input: SetBucketAclInput!) { setBucketAcl(input: $input) { userErrors { message } } }';
  const input = { bucket: Bucket, acl: { canned: 'LOG_DELIVERY_WRITE' } };
  expect((await server.graphql(set, { input })).data.setBucketAcl.userErrors).toEqual([]);
  const { Grants = [] } = await server.s3.send(new GetBucketAclCommand({ Bucket }));
  expect(Grants.map(({ Permission }) => Permission)).toEqual(['WRITE', 'READ_ACP', 'FULL_CONTROL']);
});
