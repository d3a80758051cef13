import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { deleteNamedConfiguration } from '../operations/reports/delete-named-configuration.js';
import type { InventoryConfiguration, InventoryEncryption } from '../operations/reports/inventory-configuration.js';
import type { ListedConfiguration } from '../operations/reports/list-named-configurations.js';
import { putNamedConfiguration } from '../operations/reports/put-named-configuration.js';
import type { BucketInfo } from '../operations/types.js';
import { type Connection, PageArgs } from './connection.js';
import type { GraphqlContext } from './context.js';
import { type EncryptionAlgorithm, type EncryptionInput, requestOf } from './encryption-types.js';
import { optional } from './input.js';
import {
  DeleteBucketInventoryInput,
  DeleteBucketInventoryPayload,
  InventoryConnection,
  type InventoryType,
  SetBucketInventoryInput,
  SetBucketInventoryPayload,
} from './inventory-types.js';
import { pageOfConfigurations } from './named-configurations.js';
import { destinationOf } from './report-types.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

/** The inventories of a bucket. */
@Resolver(() => Bucket)
export class BucketInventoryResolver {
  @FieldResolver(() => InventoryConnection, {
    nullable: true,
    description: 'The inventories, by id; null when the caller may not see them.',
  })
  inventories(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) args: PageArgs,
  ): Promise<Connection<InventoryType> | null> {
    return pageOfConfigurations(context, { bucket, kind: 'INVENTORY', args, show });
  }

  @Mutation(() => SetBucketInventoryPayload, {
    description: 'Has a list of what a bucket holds written regularly; the first one within minutes.',
  })
  setBucketInventory(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketInventoryInput, { description: 'The bucket and the inventory.' })
    input: SetBucketInventoryInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await putNamedConfiguration(context.request, {
        ...{ bucket: input.bucket, tenant: optional(input.tenant), kind: 'INVENTORY' },
        configuration: configurationOf(input),
      }),
    }));
  }

  @Mutation(() => DeleteBucketInventoryPayload, { description: 'Ends an inventory; what it wrote stays.' })
  deleteBucketInventory(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteBucketInventoryInput, { description: 'The bucket, and which inventory.' })
    { bucket, tenant, id }: DeleteBucketInventoryInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const input = { bucket, tenant: optional(tenant), kind: 'INVENTORY', id } as const;
      return { bucket: await deleteNamedConfiguration(context.request, input) };
    });
  }
}

function show({ configuration, reportedAt, manifestKey, problem }: ListedConfiguration<'INVENTORY'>): InventoryType {
  const { encryption } = configuration;
  return {
    ...configuration,
    encryption: encryption ? { ...encryption, algorithm: encryption.algorithm as EncryptionAlgorithm } : null,
    ...{ reportedAt, manifestKey, problem },
  };
}

function configurationOf(input: SetBucketInventoryInput): InventoryConfiguration {
  const { id, enabled, destination, encryption, prefix, versions, fields, frequency } = input;
  return {
    ...{ id, enabled: enabled ?? true, destination: destinationOf(destination), format: 'CSV' },
    ...(encryption ? { encryption: encryptionOf(encryption) } : {}),
    ...(prefix ? { prefix } : {}),
    ...{ versions: versions ?? 'Current', fields: fields ?? [], frequency: frequency ?? 'Daily' },
  };
}

function encryptionOf(input: EncryptionInput): InventoryEncryption {
  const request = requestOf(input);
  return request.algorithm === 'AES256' ? request : { ...request, keyId: request.keyId ?? 'aws/s3' };
}
