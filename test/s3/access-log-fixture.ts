import { GetObjectCommand, ListObjectsV2Command, PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';
import { deliverAccessLogs } from '../../src/operations/reports/deliver-access-logs.js';
import { eventually } from '../support/process.js';
import type { TestServer } from '../support/server.js';

const names = [
  ...['owner', 'bucket', 'time', 'ip', 'requester', 'requestId', 'operation', 'key', 'uri', 'status', 'error', 'sent'],
  ...['size', 'total', 'turnAround', 'referer', 'userAgent', 'versionId', 'hostId', 'signature', 'cipher', 'auth'],
  ...['host', 'tls', 'accessPoint', 'acl', 'region'],
] as const;

export type LogRecord = Record<(typeof names)[number], string>;

/** The fields of a line, as programs read them that know AWS's format. */
export function parseRecord(line: string): LogRecord {
  const fields = line.match(/\[[^\]]*\]|"[^"]*"|\S+/g) ?? [];
  if (fields.length !== names.length) {
    throw new Error(`A line of ${fields.length} fields: ${line}`);
  }
  return Object.fromEntries(names.map((name, index) => [name, fields[index]])) as LogRecord;
}

/** Lets the logs of a bucket into another one, as AWS's documentation does. */
export async function admitLogs(
  s3: S3Client,
  { from, to, prefix = '', account = 'default' }: { from: string; to: string; prefix?: string; account?: string },
) {
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: ['s3:PutObject'],
      Resource: `arn:aws:s3:::${to}/${prefix}*`,
      Condition: {
        ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${from}` },
        StringEquals: { 'aws:SourceAccount': account },
      },
    },
  ];
  await s3.send(
    new PutBucketPolicyCommand({ Bucket: to, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
}

/** Delivers everything at once. */
export async function deliverAll(server: TestServer): Promise<{ objects: number; records: number }> {
  // What a client has got its answer to may be noted a moment later, after a look into the database.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { pool } = server.granary.database;
  await eventually(() => pool.waitingCount === 0 && pool.idleCount === pool.totalCount);
  await server.granary.accessLog.flush();
  return deliverAccessLogs(server.granary, { ageSeconds: 0 });
}

export async function keysOf(s3: S3Client, Bucket: string, Prefix = ''): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

/** All that is logged below a prefix, in the order of the keys. */
export async function recordsIn(s3: S3Client, Bucket: string, Prefix = ''): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const Key of await keysOf(s3, Bucket, Prefix)) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const text = (await Body?.transformToString()) ?? '';
    records.push(...text.trimEnd().split('\n').map(parseRecord));
  }
  return records;
}
