import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { Acl, AclGroup, Grant, Permission } from '../auth/acl/acl.js';
import type { CannedAcl } from '../auth/acl/canned-acl.js';
import { BucketInput, BucketPayload } from './bucket-types.js';
import { ObjectInput } from './object-input.js';
import { ObjectPayload } from './object-payloads.js';

const PermissionEnum: { readonly [Name in Permission]: Name } = {
  FULL_CONTROL: 'FULL_CONTROL',
  READ: 'READ',
  WRITE: 'WRITE',
  READ_ACP: 'READ_ACP',
  WRITE_ACP: 'WRITE_ACP',
};

registerEnumType(PermissionEnum, {
  name: 'AclPermission',
  description: 'What an access control list can grant.',
  valuesConfig: {
    FULL_CONTROL: { description: 'All of the others.' },
    READ: { description: 'Of a bucket: to list it. Of an object: to read it.' },
    WRITE: { description: 'Of a bucket: to write and delete objects.' },
    READ_ACP: { description: 'To read the list.' },
    WRITE_ACP: { description: 'To replace the list.' },
  },
});

const GroupEnum: {
  readonly ALL_USERS: AclGroup;
  readonly AUTHENTICATED_USERS: AclGroup;
  readonly LOG_DELIVERY: AclGroup;
} = {
  ALL_USERS: 'AllUsers',
  AUTHENTICATED_USERS: 'AuthenticatedUsers',
  LOG_DELIVERY: 'LogDelivery',
};

registerEnumType(GroupEnum, {
  name: 'AclGroup',
  description: 'Whom an access control list can name together.',
  valuesConfig: {
    ALL_USERS: { description: 'Everyone, signed in or not.' },
    AUTHENTICATED_USERS: { description: 'Everyone who is signed in, of any tenant.' },
    LOG_DELIVERY: { description: 'The delivery of access logs.' },
  },
});

const CannedEnum: { readonly [Name: string]: CannedAcl } = {
  PRIVATE: 'private',
  PUBLIC_READ: 'public-read',
  PUBLIC_READ_WRITE: 'public-read-write',
  AUTHENTICATED_READ: 'authenticated-read',
  BUCKET_OWNER_READ: 'bucket-owner-read',
  BUCKET_OWNER_FULL_CONTROL: 'bucket-owner-full-control',
  LOG_DELIVERY_WRITE: 'log-delivery-write',
};

registerEnumType(CannedEnum, {
  name: 'CannedAcl',
  description: 'A ready-made access control list; the owner has full control in each of them.',
  valuesConfig: {
    PRIVATE: { description: 'For the owner alone.' },
    PUBLIC_READ: { description: 'Everyone may read.' },
    PUBLIC_READ_WRITE: { description: 'Everyone may read and, of a bucket, write.' },
    AUTHENTICATED_READ: { description: 'Everyone who is signed in may read.' },
    BUCKET_OWNER_READ: { description: "The bucket's owner may read the object." },
    LOG_DELIVERY_WRITE: { description: 'Access logs may be delivered into the bucket.' },
    BUCKET_OWNER_FULL_CONTROL: { description: "The bucket's owner has full control of the object." },
  },
});

@ObjectType('AclUser', { description: 'A user as access control lists name it.' })
class AclUserType {
  @Field(() => String, { description: 'The canonical id.' })
  canonicalId!: string;

  @Field(() => String, { description: 'The name that is shown.' })
  displayName!: string;
}

@ObjectType('AclGrant', { description: 'What one user, or one group, is granted.' })
export class AclGrantType {
  @Field(() => AclUserType, { nullable: true, description: 'The user; null for a group.' })
  user?: AclUserType | null;

  @Field(() => GroupEnum, { nullable: true, description: 'The group; null for a user.' })
  group?: AclGroup | null;

  @Field(() => PermissionEnum, { description: 'What is granted.' })
  permission!: Permission;
}

@ObjectType('AccessControlList', { description: 'Who owns a bucket or an object, and who has been granted what.' })
export class AclType {
  @Field(() => AclUserType, { description: 'The owner.' })
  owner!: AclUserType;

  @Field(() => [AclGrantType], { description: 'All grants.' })
  grants!: AclGrantType[];
}

@InputType('AclGrantInput', { description: 'A grant to one grantee: give one of user, email and group.' })
export class AclGrantInput {
  @Field(() => String, { nullable: true, description: 'The canonical id of a user.' })
  user?: string | null;

  @Field(() => String, { nullable: true, description: 'The e-mail address of a user.' })
  email?: string | null;

  @Field(() => GroupEnum, { nullable: true, description: 'A group.' })
  group?: AclGroup | null;

  @Field(() => PermissionEnum, { description: 'What is granted.' })
  permission!: Permission;
}

@InputType('AccessControlListInput', { description: 'A ready-made list, or grants one by one: give one of them.' })
export class AclInput {
  @Field(() => CannedEnum, { nullable: true, description: 'A ready-made list.' })
  canned?: CannedAcl | null;

  @Field(() => [AclGrantInput], { nullable: true, description: 'The grants, at most 100; the owner is not added.' })
  grants?: AclGrantInput[] | null;
}

@InputType('SetBucketAclInput', { description: 'The bucket, and the access control list that it is to have.' })
export class SetBucketAclInput extends BucketInput {
  @Field(() => AclInput, { description: 'The list.' })
  acl!: AclInput;
}

@ObjectType('SetBucketAclPayload', { description: 'What came of setting the access control list of a bucket.' })
export class SetBucketAclPayload extends BucketPayload {}

@InputType('SetObjectAclInput', { description: 'A version, and the access control list that it is to have.' })
export class SetObjectAclInput extends ObjectInput {
  @Field(() => String, { nullable: true, description: 'The version; the current one by default.' })
  versionId?: string | null;

  @Field(() => AclInput, { description: 'The list.' })
  acl!: AclInput;
}

@ObjectType('SetObjectAclPayload', { description: 'What came of setting the access control list of a version.' })
export class SetObjectAclPayload extends ObjectPayload {}

/** A list as GraphQL shows it. */
export function showAcl({ owner, grants }: Acl): AclType {
  return {
    owner,
    grants: grants.map(showGrant),
  };
}

/** A grant as GraphQL shows it. */
export function showGrant({ grantee, permission }: Grant): AclGrantType {
  return grantee.kind === 'user'
    ? { user: grantee, group: null, permission }
    : { user: null, group: grantee.group, permission };
}
