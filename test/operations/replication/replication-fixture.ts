import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { RequestContext } from '../../../src/operations/context.js';
import {
  type ReplicationRuleInput,
  setBucketReplication,
} from '../../../src/operations/replication/set-bucket-replication.js';
import type { TestServer } from '../../support/server.js';

/** A server's administrator, as operations know one. */
export async function administrator({ granary }: TestServer): Promise<RequestContext> {
  const [admin] = await granary.database.query<{ id: number }>({
    name: 'test_find_admin',
    text: `SELECT id FROM user_account WHERE username = 'admin'`,
  });
  const caller = admin && (await granary.credentials.findUser(admin.id));
  if (caller === undefined) {
    throw new Error('There is no administrator.');
  }
  return {
    granary,
    caller,
    requestId: 'test',
    sourceIp: null,
  };
}

/** A bucket that keeps versions. */
export async function createVersionedBucket(s3: S3Client, bucket: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
}

export interface TargetPlace {
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** The bucket of a server as a target. */
export function placeOf(server: TestServer, bucket: string): TargetPlace {
  const { s3Url: endpoint, accessKeyId, secretAccessKey } = server;
  return { endpoint, bucket, accessKeyId, secretAccessKey };
}

/** Replicates a bucket to a target by one rule for everything, unless the rule says otherwise. */
export async function replicate(
  context: RequestContext,
  bucket: string,
  { target, rule = {} }: { target: TargetPlace; rule?: Partial<ReplicationRuleInput> },
): Promise<void> {
  await setBucketReplication(context, {
    bucket,
    targets: [{ ...target, region: 'us-east-1', pathStyle: true }],
    rules: [
      {
        ...{ id: 'all', enabled: true, priority: 1, prefix: '', tags: {}, target: target.bucket, deleteMarkers: true },
        ...rule,
      },
    ],
  });
}

let made = 0;

/** A bucket on each side, the first replicated to the second. */
export async function connectBuckets(sides: {
  source: TestServer;
  target: TestServer;
  context: RequestContext;
  rule: Partial<ReplicationRuleInput>;
}): Promise<{ from: string; to: string }> {
  made += 1;
  const [from, to] = [`from-${made}`, `to-${made}`];
  await createVersionedBucket(sides.source.s3, from);
  await createVersionedBucket(sides.target.s3, to);
  await replicate(sides.context, from, { target: placeOf(sides.target, to), rule: sides.rule });
  return { from, to };
}

/** What a bucket has under a key. */
export async function contentAt(server: TestServer, bucket: string, key: string): Promise<Buffer> {
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** As a read shows it. */
export async function statusOf(server: TestServer, bucket: string, key: string): Promise<string | undefined> {
  return (await server.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ReplicationStatus;
}

/** Oldest first: entity tags, and `marker` for delete markers. */
export async function historyAt(server: TestServer, bucket: string, key: string): Promise<string[]> {
  const list = await server.s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }));
  const all = [
    ...(list.Versions ?? []).map(({ Key, VersionId, ETag }) => ({ Key, VersionId, what: ETag ?? '' })),
    ...(list.DeleteMarkers ?? []).map(({ Key, VersionId }) => ({ Key, VersionId, what: 'marker' })),
  ].filter(({ Key }) => Key === key);
  return all.sort((a, b) => (`${a.VersionId}` < `${b.VersionId}` ? -1 : 1)).map(({ what }) => what);
}

/** The entity tag of content in one piece. */
export function md5(content: Buffer | string): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}
