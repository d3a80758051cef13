import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { getBucketReplication } from '../operations/replication/get-bucket-replication.js';
import {
  mayViewReplication,
  type ReplicationTaskInfo,
  retryReplication,
} from '../operations/replication/object-replication.js';
import type { ReplicationRule } from '../operations/replication/replication-rules.js';
import { resyncReplication } from '../operations/replication/resync-replication.js';
import {
  type SetBucketReplicationInput as Change,
  setBucketReplication,
} from '../operations/replication/set-bucket-replication.js';
import { testReplication } from '../operations/replication/test-replication.js';
import type { BucketInfo, ReplicationStatus } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { optional, tagsOf } from './input.js';
import { orHidden } from './nullable.js';
import { addressOf, type PlacedObject } from './placed-object.js';
import { TestReplicationPayload } from './replication-test-types.js';
import {
  BucketReplicationType,
  ObjectReplicationType,
  type ReplicationRuleInputType,
  type ReplicationRuleType,
  ReplicationStatusType,
  type ReplicationTargetInput,
  ResyncReplicationInput,
  ResyncReplicationPayload,
  RetryReplicationInput,
  RetryReplicationPayload,
  SetBucketReplicationInput,
  SetBucketReplicationPayload,
  TestReplicationInput,
} from './replication-types.js';
import { answer } from './user-error.js';

/** What a bucket replicates, for whoever may see its configuration. */
@Resolver(() => Bucket)
export class BucketReplicationResolver {
  @FieldResolver(() => BucketReplicationType, {
    nullable: true,
    description: 'The replication of the bucket; null when the caller may not see it.',
  })
  async replication(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<BucketReplicationType | null> {
    const found = await orHidden(
      getBucketReplication(context.request, addressOf(bucket), (id) => context.loaders.followedTargets.load(id)),
    );
    return found === null ? null : { targets: found.targets, rules: found.rules.map(showRule) };
  }

  @Mutation(() => SetBucketReplicationPayload, {
    description: 'Sets what a bucket replicates and where to. Versioning must be enabled.',
  })
  setBucketReplication(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketReplicationInput, { description: 'The bucket, targets and rules.' })
    input: SetBucketReplicationInput,
  ): Promise<SetBucketReplicationPayload> {
    return answer(async () => ({
      bucket: await setBucketReplication(context.request, {
        bucket: input.bucket,
        tenant: optional(input.tenant),
        rules: input.rules.map(readRule),
        targets: input.targets?.map(readTarget),
      }),
    }));
  }

  @Mutation(() => TestReplicationPayload, {
    description: 'Writes, tags and deletes an object at a target, and says which step fails.',
  })
  testReplication(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => TestReplicationInput, { description: 'The bucket and the target.' })
    input: TestReplicationInput,
  ): Promise<TestReplicationPayload> {
    return answer(async () => ({
      steps: await testReplication(context.request, { ...input, tenant: optional(input.tenant) }),
    }));
  }

  @Mutation(() => ResyncReplicationPayload, {
    description: 'Has existing versions queued that the rules fit, as background work.',
  })
  resyncReplication(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => ResyncReplicationInput, { description: 'The bucket, and which versions.' })
    input: ResyncReplicationInput,
  ): Promise<ResyncReplicationPayload> {
    return answer(async () => ({
      targets: await resyncReplication(context.request, {
        bucket: input.bucket,
        tenant: optional(input.tenant),
        mode: optional(input.mode) ?? 'MISSING',
        since: optional(input.since),
      }),
    }));
  }

  @Mutation(() => RetryReplicationPayload, { description: 'Tries a version again at the targets that it failed at.' })
  retryReplication(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RetryReplicationInput, { description: 'The version.' }) input: RetryReplicationInput,
  ): Promise<RetryReplicationPayload> {
    return answer(async () => ({
      targets: await retryReplication(context.request, {
        bucket: input.bucket,
        tenant: optional(input.tenant),
        key: input.key,
        versionId: optional(input.versionId),
      }),
    }));
  }
}

/** Where one version is on its way. */
@Resolver(() => ObjectVersion)
export class ObjectReplicationResolver {
  @FieldResolver(() => ReplicationStatusType, {
    nullable: true,
    description: 'Where the version is on its way to other buckets; null when no rule replicates it.',
  })
  replicationStatus(@Root() object: PlacedObject): ReplicationStatus | null {
    return object.replicationStatus;
  }

  @FieldResolver(() => [ObjectReplicationType], {
    nullable: true,
    description: 'How far it has come at each of its targets; null when the caller may not see them.',
  })
  async replications(
    @Root() object: PlacedObject,
    @Ctx() context: GraphqlContext,
  ): Promise<ReplicationTaskInfo[] | null> {
    const { bucket, tenant } = object.place;
    const permitted = await orHidden(mayViewReplication(context.request, { bucket, tenant }));
    return permitted === null ? null : context.loaders.replications.load(object.id);
  }
}

function showRule(rule: ReplicationRule): ReplicationRuleType {
  const tags = Object.entries(rule.tags).map(([key, value]) => ({ key, value }));
  return { ...rule, tags, storageClass: rule.storageClass ?? null };
}

function readRule(rule: ReplicationRuleInputType): Change['rules'][number] {
  const storageClass = optional(rule.storageClass);
  return {
    id: rule.id,
    enabled: rule.enabled ?? true,
    priority: rule.priority,
    prefix: rule.prefix ?? '',
    tags: tagsOf(rule.tags) ?? {},
    target: rule.target,
    deleteMarkers: rule.deleteMarkers ?? false,
    ...(storageClass === undefined ? {} : { storageClass }),
  };
}

function readTarget(target: ReplicationTargetInput): NonNullable<Change['targets']>[number] {
  return {
    endpoint: target.endpoint,
    region: target.region ?? 'us-east-1',
    bucket: target.bucket,
    pathStyle: target.pathStyle ?? true,
    accessKeyId: target.accessKeyId,
    secretAccessKey: optional(target.secretAccessKey),
  };
}
