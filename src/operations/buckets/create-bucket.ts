import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { type AskedAcl, aclsAndOwnership, isOwnersAlone, resolveAcl } from '../access/asked-acl.js';
import { asking } from '../access/asking.js';
import { requireUser } from '../access/authorize.js';
import { authorizeBucketAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validTags } from '../objects/object-attributes.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { requireRoom } from '../tenants/tenant-room.js';
import type { BucketAddress, BucketInfo, BucketLock, BucketVersioning } from '../types.js';
import { selectBuckets, toBucketState } from './bucket-cache.js';
import type { BucketConfiguration, ObjectOwnership } from './bucket-configuration.js';
import { validateBucketName } from './bucket-name.js';
import { existingBucket } from './existing-bucket.js';
import { validateDefaultRetention } from './set-bucket-object-lock.js';
import { maxBucketTags } from './set-bucket-tags.js';

export interface CreateBucketInput extends BucketAddress {
  /** S3's LocationConstraint, given back as it was given; empty for us-east-1. */
  region?: string;
  versioning?: BucketVersioning;
  /** Turns object lock on, for good, and versioning with it. */
  objectLock?: BucketLock;
  /** The setting's when absent. */
  ownership?: ObjectOwnership | undefined;
  /** Who else may do what; nobody when absent. */
  acl?: AskedAcl | undefined;
  tags?: Record<string, string>;
  /** Lets a caller ask again for a bucket that it has, if it asks for nothing else than that. */
  existing?: 'SAME' | undefined;
}

type BucketRow = Parameters<typeof toBucketState>[0];

const findTwin = statement('find_bucket_in_tenant', `${selectBuckets} AND b.tenant_id = $1 AND b.name = $2`);

const insertBucket = statement(
  'insert_bucket',
  `INSERT INTO bucket (tenant_id, name, owner_id, region, versioning, object_lock, configuration)
   VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);

/** Makes a bucket that belongs to the caller, in the caller's tenant or (administrators only) in the named one. */
export async function createBucket(context: RequestContext, input: CreateBucketInput): Promise<BucketInfo> {
  const caller = requireUser(context);
  validateBucketName(input.bucket);
  validateRegion(input.region ?? '');
  const versioning = versioningOf(input);
  const configuration = await firstConfiguration(context, input);
  const tenant = await resolveTenant(context, input.tenant);
  authorizeBucketAction(asking(context, { region: input.region }), 's3:CreateBucket', { tenant, name: input.bucket });
  return context.granary.database.transaction(async (tx) => {
    const [twin] = await tx.query<BucketRow>(findTwin, [tenant.id, input.bucket]);
    if (twin !== undefined) {
      return existingBucket(toBucketState(twin), { input, configuration, userId: caller.userId });
    }
    await requireRoom(tx, tenant.id, 'buckets');
    await tx.query(insertBucket, [
      tenant.id,
      input.bucket,
      caller.userId,
      input.region ?? '',
      versioning,
      input.objectLock === undefined ? null : JSON.stringify(input.objectLock),
      JSON.stringify(configuration),
    ]);
    const [row] = await tx.query<BucketRow>(findTwin, [tenant.id, input.bucket]);
    if (row === undefined) {
      throw new GranaryError('Internal', 'The bucket is not there after its insertion');
    }
    await recordEvent(tx, context, {
      action: 's3:CreateBucket',
      tenantId: tenant.id,
      bucketId: row.id,
      details: { name: input.bucket },
    });
    return toBucketState(row);
  });
}

async function firstConfiguration(
  context: RequestContext,
  { ownership, tags, acl: asked }: CreateBucketInput,
): Promise<BucketConfiguration> {
  const byDefault = context.granary.settings.s3ObjectOwnership;
  // What S3's oldest buckets are like is no setting of theirs: they have no ownership controls.
  const objectOwnership = ownership ?? (byDefault === 'ObjectWriter' ? undefined : byDefault);
  const { canonicalId, displayName } = requireUser(context);
  const owner = { canonicalId, displayName };
  const acl = asked === undefined ? undefined : await resolveAcl(context, asked, { owner, bucketOwner: owner });
  if (objectOwnership === 'BucketOwnerEnforced' && acl !== undefined && !isOwnersAlone(acl)) {
    throw aclsAndOwnership();
  }
  return {
    ...(objectOwnership === undefined ? {} : { objectOwnership }),
    ...(acl === undefined || isOwnersAlone(acl) ? {} : { acl }),
    ...(tags === undefined ? {} : { tags: validTags(tags, maxBucketTags) }),
  };
}

function versioningOf({ versioning, objectLock }: CreateBucketInput): BucketVersioning {
  if (objectLock === undefined) {
    return versioning ?? 'UNVERSIONED';
  }
  if (versioning !== undefined && versioning !== 'ENABLED') {
    throw new GranaryError('InvalidInput', 'A bucket with object lock has versioning.', {
      reason: 'InvalidArgument',
      field: ['versioning'],
    });
  }
  validateDefaultRetention(objectLock.default, ['objectLock']);
  return 'ENABLED';
}

function validateRegion(region: string): void {
  if (!/^[A-Za-z0-9-]{0,64}$/.test(region)) {
    throw new GranaryError('InvalidInput', 'The specified location-constraint is not valid', {
      reason: 'InvalidLocationConstraint',
      field: ['region'],
    });
  }
}
