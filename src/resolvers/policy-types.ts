import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from '../entities/node.js';
import type { EffectivePolicy } from '../operations/policies/load-policies-of.js';
import { countedConnectionTypes } from './connection.js';
import { Payload } from './user-error.js';

/** A policy as GraphQL shows it. */
@ObjectType('Policy', {
  implements: Node,
  description: 'A policy to attach to users, groups, roles and access keys: of the tenant, or built in.',
})
export class PolicyType {
  id!: number | null;
  tenantId!: number | null;

  @Field(() => String, { description: 'The name, unique in the tenant.' })
  name!: string;

  @Field(() => String, { description: 'Where in the tenant it belongs, as its ARN says it: "/" or "/division/".' })
  path!: string;

  @Field(() => String, { description: 'What the policy is for, in the words of who made it.' })
  description!: string;

  @Field(() => GraphQLJSON, { description: 'Version and Statement, in the language of AWS.' })
  document!: object;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the policy was created; null when it is built in.',
  })
  createdAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it last changed; null when it is built in.' })
  updatedAt!: Date | null;
}

export const PolicyConnection = countedConnectionTypes<PolicyType>('Policy', {
  type: () => PolicyType,
  noun: 'policies',
});

@ObjectType('InlinePolicy', { description: 'A policy that belongs to one user, group or role, and goes with it.' })
export class InlinePolicyType {
  @Field(() => String, { description: "The name, unique among the user's, group's or role's own." })
  name!: string;

  @Field(() => GraphQLJSON, { description: 'Version and Statement, in the language of AWS.' })
  document!: object;
}

/** How a user comes by a policy. */
export const PolicySource = {
  ROLE: 'ROLE',
  USER: 'USER',
  USER_INLINE: 'USER_INLINE',
  GROUP: 'GROUP',
  GROUP_INLINE: 'GROUP_INLINE',
} as const satisfies Record<EffectivePolicy['source'], string>;

registerEnumType(PolicySource, {
  name: 'PolicySource',
  description: 'How a user comes by a policy.',
  valuesConfig: {
    ROLE: { description: 'Its role means it.' },
    USER: { description: 'It is attached to the user.' },
    USER_INLINE: { description: "It is the user's own." },
    GROUP: { description: 'It is attached to a group of the user.' },
    GROUP_INLINE: { description: "It is a group's own." },
  },
});

@ObjectType('EffectivePolicy', { description: 'One of the policies that together are what a user may.' })
export class EffectivePolicyType {
  @Field(() => String, { description: 'The name of the policy.' })
  name!: string;

  @Field(() => PolicySource, { description: 'How the user comes by it.' })
  source!: EffectivePolicy['source'];

  @Field(() => String, { nullable: true, description: 'The group that has it; null when the user has it itself.' })
  group!: string | null;

  @Field(() => GraphQLJSON, { description: 'Version and Statement, in the language of AWS.' })
  document!: object;
}

@ObjectType('PolicyAction', { description: 'Something of this server that a policy can allow or deny.' })
export class PolicyActionType {
  @Field(() => String, { description: 'The name to write into a policy.' })
  name!: string;

  @Field(() => String, { description: 'What it is, and on what.' })
  description!: string;
}

const tenantField = { nullable: true, description: "The name of the tenant; the caller's own by default." } as const;

@InputType('CreatePolicyInput', { description: 'The policy to create.' })
export class CreatePolicyInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name: 1 to 128 letters, digits and _ + = , . @ -' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the policy is for.' })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'Where in the tenant it belongs; "/" by default.' })
  path?: string | null;

  @Field(() => GraphQLJSON, { description: 'The document, without principals: Version and Statement.' })
  document!: object | string;
}

@InputType('UpdatePolicyInput', { description: 'The policy, and what to change of it.' })
export class UpdatePolicyInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the policy.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the policy is for from now on.' })
  description?: string | null;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'The document from now on: a version that counts at once. Of five versions the oldest goes for it.',
  })
  document?: object | string | null;
}

@InputType('DeletePolicyInput', { description: 'The policy to delete.' })
export class DeletePolicyInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of the policy.' })
  name!: string;
}

@InputType('PolicyAttachmentInput', { description: 'A policy, and one user, group, role or access key.' })
export class PolicyAttachmentInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { description: 'The name of a policy of the tenant, or of a built-in one.' })
  policy!: string;

  @Field(() => String, { nullable: true, description: 'The user.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'The group, by its name.' })
  group?: string | null;

  @Field(() => String, { nullable: true, description: 'The role that is assumed, by its name.' })
  role?: string | null;

  @Field(() => String, { nullable: true, description: 'The access key, which its policies narrow.' })
  accessKeyId?: string | null;
}

@InputType('DeleteInlinePolicyInput', {
  description: 'A user, a group or a role, and the policy of its own to remove.',
})
export class DeleteInlinePolicyInput {
  @Field(() => String, tenantField)
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'The user; either this, `group` or `role`.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'The group, by its name; either this, `username` or `role`.' })
  group?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The role that is assumed, by its name; either this, `username` or `group`.',
  })
  role?: string | null;

  @Field(() => String, { description: 'The name of the policy.' })
  name!: string;
}

@InputType('PutInlinePolicyInput', { description: 'A user, a group or a role, and the policy that becomes its own.' })
export class PutInlinePolicyInput extends DeleteInlinePolicyInput {
  @Field(() => GraphQLJSON, { description: 'The document, without principals: Version and Statement.' })
  document!: object | string;
}

@ObjectType('CreatePolicyPayload', { description: 'What came of creating a policy.' })
export class CreatePolicyPayload extends Payload {
  @Field(() => PolicyType, { nullable: true, description: 'The new policy; null when `userErrors` says why not.' })
  policy?: PolicyType | null;
}

@ObjectType('UpdatePolicyPayload', { description: 'What came of changing a policy.' })
export class UpdatePolicyPayload extends Payload {
  @Field(() => PolicyType, { nullable: true, description: 'The policy as it is now.' })
  policy?: PolicyType | null;
}

@ObjectType('DeletePolicyPayload', { description: 'What came of deleting a policy.' })
export class DeletePolicyPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The name of the policy that was deleted.' })
  name?: string | null;
}

@ObjectType('AttachPolicyPayload', { description: 'What came of attaching a policy.' })
export class AttachPolicyPayload extends Payload {
  @Field(() => PolicyType, { nullable: true, description: 'The policy that is attached.' })
  policy?: PolicyType | null;
}

@ObjectType('DetachPolicyPayload', { description: 'What came of detaching a policy.' })
export class DetachPolicyPayload extends Payload {
  @Field(() => PolicyType, { nullable: true, description: 'The policy that is attached no more.' })
  policy?: PolicyType | null;
}

@ObjectType('PutInlinePolicyPayload', {
  description: 'What came of giving a user, a group or a role a policy of its own.',
})
export class PutInlinePolicyPayload extends Payload {
  @Field(() => InlinePolicyType, { nullable: true, description: 'The policy as it is now.' })
  inlinePolicy?: InlinePolicyType | null;
}

@ObjectType('DeleteInlinePolicyPayload', {
  description: 'What came of removing a policy of a user, a group or a role.',
})
export class DeleteInlinePolicyPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The name of the policy that was removed.' })
  name?: string | null;
}
