import { randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import type { Granary, RequestContext } from '../context.js';
import type { BucketAddress } from '../types.js';
import { openReplicationClient, within } from './replication-client.js';
import { describeFailure } from './replication-failure.js';
import { findReplicationTargets, openTargetConnection, type TargetConnection } from './replication-targets.js';

/** What replication does at a target, in the order in which it is tried. */
export type ReplicationStep = 'FIND_BUCKET' | 'CHECK_VERSIONING' | 'WRITE' | 'TAG' | 'DELETE';

export interface StepResult {
  step: ReplicationStep;
  /** Null when the step succeeded. */
  problem: string | null;
}

/**
 * Tries at one target of a bucket what replication will do there, with an object that is removed again, and says how
 * each step went. After one that fails the rest are not tried, but for missing versioning, which is only said.
 */
export async function testReplication(
  context: RequestContext,
  input: BucketAddress & { targetId: string },
): Promise<StepResult[]> {
  const bucket = await openBucket(context, input, 's3:PutReplicationConfiguration');
  const targets = await findReplicationTargets(context.granary.database, [bucket.id]);
  const isOwn = targets.some(({ id }) => id === input.targetId);
  const target = isOwn ? await openTargetConnection(context.granary, input.targetId) : undefined;
  if (target === undefined) {
    throw new GranaryError('NotFound', 'The bucket has no such replication target.', { field: ['targetId'] });
  }
  const client = openReplicationClient(context.granary, target);
  try {
    return await tryEach(context.granary, client, target);
  } finally {
    client.destroy();
  }
}

async function tryEach({ log }: Granary, client: S3Client, target: TargetConnection): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const [step, run] of stepsAt(client, target.bucket)) {
    try {
      results.push({ step, problem: (await run()) ?? null });
    } catch (error) {
      const { text, detail } = describeFailure(error, [target.secretAccessKey]);
      log.debug({ target: target.id, step, error: detail }, 'A check of a replication target failed');
      results.push({ step, problem: text });
      return results;
    }
  }
  return results;
}

/** Each step says what is not as it should be, or throws. */
type Step = [ReplicationStep, () => Promise<string | undefined>];

function stepsAt(client: S3Client, bucket: string): Step[] {
  const object = { Bucket: bucket, Key: `.granary-replication-check-${randomUUID()}` };
  let version: { VersionId?: string } = {};
  return [
    ['FIND_BUCKET', () => client.send(new HeadBucketCommand({ Bucket: bucket }), within(0)).then(() => undefined)],
    [
      'CHECK_VERSIONING',
      async () => {
        const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }), within(0));
        return Status === 'Enabled'
          ? undefined
          : 'The bucket keeps no versions: only the newest of a key will be there.';
      },
    ],
    [
      'WRITE',
      async () => {
        const { VersionId } = await client.send(new PutObjectCommand({ ...object, Body: Buffer.alloc(0) }), within(0));
        version = VersionId === undefined ? {} : { VersionId };
        return undefined;
      },
    ],
    [
      'TAG',
      async () => {
        const Tagging = { TagSet: [{ Key: 'check', Value: 'replication' }] };
        await client.send(new PutObjectTaggingCommand({ ...object, ...version, Tagging }), within(0));
        return undefined;
      },
    ],
    ['DELETE', () => client.send(new DeleteObjectCommand({ ...object, ...version }), within(0)).then(() => undefined)],
  ];
}
