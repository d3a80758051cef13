import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { GranaryError } from '../errors.js';
import type { AskedAcl, AskedGrant, AskedGrantee } from '../operations/access/asked-acl.js';
import { setBucketAcl, visibleBucketAcl, visiblePublicStatus } from '../operations/buckets/set-bucket-acl.js';
import { setObjectAcl, visibleObjectAcl } from '../operations/objects/set-object-acl.js';
import type { BucketInfo } from '../operations/types.js';
import {
  type AclGrantInput,
  type AclInput,
  AclType,
  SetBucketAclInput,
  SetBucketAclPayload,
  SetObjectAclInput,
  SetObjectAclPayload,
  showAcl,
} from './acl-types.js';
import type { GraphqlContext } from './context.js';
import { keyOf, optional } from './input.js';
import { addressOf, type PlacedObject, placeAt, shownObject } from './placed-object.js';
import type { BucketResult, ObjectResult } from './results.js';
import { answer } from './user-error.js';

/** Who has been granted what of a bucket. */
@Resolver(() => Bucket)
export class BucketAclResolver {
  @FieldResolver(() => AclType, {
    nullable: true,
    description: 'The access control list, as S3 has it; null when the caller may not see it.',
  })
  async acl(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<AclType | null> {
    const acl = await visibleBucketAcl(context.request, addressOf(bucket));
    return acl === null ? null : showAcl(acl);
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'Whether everyone may do something in the bucket, by its policy or its list; null when the caller may not see it.',
  })
  isPublic(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<boolean | null> {
    return visiblePublicStatus(context.request, addressOf(bucket));
  }

  @Mutation(() => SetBucketAclPayload, {
    description: 'Sets the access control list of a bucket whose object ownership lets lists count.',
  })
  setBucketAcl(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketAclInput, { description: 'The bucket and its list.' })
    { bucket, tenant, acl }: SetBucketAclInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await setBucketAcl(context.request, { bucket, tenant: optional(tenant), acl: askedOf(acl) }),
    }));
  }
}

/** Who has been granted what of an object. */
@Resolver(() => ObjectVersion)
export class ObjectAclResolver {
  @FieldResolver(() => AclType, {
    nullable: true,
    description: 'The access control list, as S3 has it; null when the caller may not see it.',
  })
  async acl(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<AclType | null> {
    const acl = await visibleObjectAcl(context.request, shownObject(context, object));
    return acl === null ? null : showAcl(acl);
  }

  @Mutation(() => SetObjectAclPayload, {
    description: 'Sets the access control list of a version, in a bucket whose object ownership lets lists count.',
  })
  setObjectAcl(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetObjectAclInput, { description: 'The version and its list.' }) input: SetObjectAclInput,
  ): Promise<ObjectResult> {
    return answer(async () => {
      const address = { ...keyOf(input), versionId: optional(input.versionId) };
      const object = await setObjectAcl(context.request, { ...address, acl: askedOf(input.acl) });
      return { object: await placeAt(context, address, object) };
    });
  }
}

/** A list as it is asked for. */
export function askedOf({ canned, grants }: AclInput): AskedAcl {
  if (canned && !grants) {
    return { canned };
  }
  if (grants && !canned) {
    return { grants: grants.map(askedGrant) };
  }
  throw oneOf(['acl'], 'Give one of `canned` and `grants`.');
}

/** A grant as it is asked for. */
export function askedGrant(grant: AclGrantInput): AskedGrant {
  return { grantee: granteeOf(grant), permission: grant.permission };
}

function granteeOf({ user, email, group }: AclGrantInput): AskedGrantee {
  const given: AskedGrantee[] = [
    ...(user ? [{ canonicalId: user }] : []),
    ...(email ? [{ email }] : []),
    ...(group ? [{ group }] : []),
  ];
  const [grantee, ...more] = given;
  if (grantee === undefined || more.length > 0) {
    throw oneOf(['acl', 'grants'], 'Give one of `user`, `email` and `group`.');
  }
  return grantee;
}

function oneOf(field: string[], message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field });
}
