import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Node } from '../entities/node.js';
import { countedConnectionTypes } from './connection.js';
import { Tag, TagInput } from './stored-object-types.js';
import { Payload } from './user-error.js';

/** A role as GraphQL shows it. */
@ObjectType('IamRole', {
  implements: Node,
  description:
    'A role in the sense of IAM: an account that nobody signs in as, and that is assumed for a while through STS.',
})
export class IamRoleType {
  id!: number;
  tenantId!: number;
  tenantName!: string;
  tags!: Readonly<Record<string, string>>;

  @Field(() => String, { description: 'The name, unique in the tenant.' })
  name!: string;

  @Field(() => String, { description: 'Where in the tenant it belongs, as its ARN says it: "/" or "/division/".' })
  path!: string;

  @Field(() => String, { description: 'What the role is for, in the words of who made it.' })
  description!: string;

  @Field(() => GraphQLJSON, { description: 'Who may assume it: Version and Statement, with principals.' })
  trustPolicy!: object;

  @Field(() => Int, { description: 'How many seconds a session of it lasts at most: 3600 to 43200.' })
  maxSessionSeconds!: number;

  @Field(() => String, { description: 'The id that S3 shows as the owner of buckets that its sessions make.' })
  canonicalId!: string;

  @Field(() => String, { nullable: true, description: 'The policy that limits whatever it has; null for none.' })
  boundary!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When the role was created.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was last assumed, to a minute.' })
  lastUsedAt!: Date | null;
}

export const IamRoleConnection = countedConnectionTypes<IamRoleType>('IamRole', {
  type: () => IamRoleType,
  noun: 'roles',
});

const tenantField = { nullable: true, description: "The name of the tenant; the caller's own by default." } as const;

@InputType('DeleteIamRoleInput', { description: 'The role to delete.' })
export class DeleteIamRoleInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the role.' })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: "The user of the same tenant who takes the role's buckets. Without it, what owns buckets stays.",
  })
  transferTo?: string | null;
}

@InputType('UpdateIamRoleInput', { description: 'The role, and what to change of it. What is absent stays.' })
export class UpdateIamRoleInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the role.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the role is for.' })
  description?: string | null;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'Who may assume it. Changed by whoever may do no less than the role.',
  })
  trustPolicy?: object | string | null;

  @Field(() => Int, { nullable: true, description: 'How many seconds a session lasts at most: 3600 to 43200.' })
  maxSessionSeconds?: number | null;

  @Field(() => [TagInput], {
    nullable: true,
    description: 'All tags, in place of those that were: policies see them as aws:PrincipalTag.',
  })
  tags?: TagInput[] | null;
}

@InputType('CreateIamRoleInput', { description: 'The role to create.' })
export class CreateIamRoleInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name: 1 to 64 letters, digits and _ + = , . @ -' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Where in the tenant it belongs; "/" by default.' })
  path?: string | null;

  @Field(() => String, { nullable: true, description: 'What the role is for.' })
  description?: string | null;

  @Field(() => GraphQLJSON, { description: 'Who may assume it: a document with principals and without resources.' })
  trustPolicy!: object | string;

  @Field(() => Int, { nullable: true, description: 'How many seconds a session lasts at most; 3600 by default.' })
  maxSessionSeconds?: number | null;

  @Field(() => [TagInput], { nullable: true, description: 'What policies see as aws:PrincipalTag.' })
  tags?: TagInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'The policy that limits whatever the role has; none by default.',
  })
  boundary?: string | null;
}

@ObjectType('CreateIamRolePayload', { description: 'What came of creating a role.' })
export class CreateIamRolePayload extends Payload {
  @Field(() => IamRoleType, { nullable: true, description: 'The new role; null when `userErrors` says why not.' })
  role?: IamRoleType | null;
}

@ObjectType('UpdateIamRolePayload', { description: 'What came of changing a role.' })
export class UpdateIamRolePayload extends Payload {
  @Field(() => IamRoleType, { nullable: true, description: 'The role as it is now.' })
  role?: IamRoleType | null;
}

@ObjectType('DeleteIamRolePayload', { description: 'What came of deleting a role.' })
export class DeleteIamRolePayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The name of the role that was deleted.' })
  name?: string | null;
}

@InputType('SetPermissionsBoundaryInput', { description: 'A user or a role, and what is to limit it.' })
export class SetPermissionsBoundaryInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'The user; either this or `role`.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'The role; either this or `username`.' })
  role?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of a policy of the tenant, or of a built-in one; null removes the boundary.',
  })
  policy?: string | null;
}

@ObjectType('SetPermissionsBoundaryPayload', { description: 'What came of setting a permissions boundary.' })
export class SetPermissionsBoundaryPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The name of the policy that is the boundary now.' })
  boundary?: string | null;
}

/** Tags as a list. */
export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
