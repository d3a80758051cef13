import { GraphQLDateTime, GraphQLURL } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ShareAccess } from '../entities/share-access.js';
import { ShareLink } from '../entities/share-link.js';
import type { ShareAccessInfo } from '../operations/shares/load-share-accesses.js';
import type { BucketInfo } from '../operations/types.js';
import { countedConnectionTypes } from './connection.js';
import type { ShareLinkSource } from './sources.js';
import { TenantPayload } from './tenant-types.js';
import { Payload } from './user-error.js';

export const ShareLinkConnection = countedConnectionTypes<ShareLinkSource>('ShareLink', {
  type: () => ShareLink,
  noun: 'share links',
});

export const ShareAccessConnection = countedConnectionTypes<ShareAccessInfo>('ShareAccess', {
  type: () => ShareAccess,
  noun: 'visits to a share link',
});

/** What a link is good for. */
export const ShareLinkState = {
  ACTIVE: 'ACTIVE',
  EXPIRED: 'EXPIRED',
  USED_UP: 'USED_UP',
  REVOKED: 'REVOKED',
} as const;
export type ShareLinkState = (typeof ShareLinkState)[keyof typeof ShareLinkState];

registerEnumType(ShareLinkState, {
  name: 'ShareLinkState',
  description: 'Whether a share link can still be used, as far as its own limits go.',
  valuesConfig: {
    ACTIVE: { description: 'It can be used, as long as its maker may share what it leads to.' },
    EXPIRED: { description: 'Its time is over; a later end makes it work again.' },
    USED_UP: { description: 'It was used as often as it may be; a higher limit makes it work again.' },
    REVOKED: { description: 'It was taken back for good.' },
  },
});

@InputType('CreateShareLinkInput', { description: 'What to share, and within which limits.' })
export class CreateShareLinkInput {
  @Field(() => String, { description: 'The bucket.' })
  bucket!: string;

  @Field(() => String, { nullable: true, description: "The name of its tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'The object to share. Either this or `folder`.' })
  key?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The folder to share, such as `photos/2026`; empty for the whole bucket. Either this or `key`.',
  })
  folder?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of an object, the version to share for good; by default whatever is newest when somebody comes.',
  })
  versionId?: string | null;

  @Field(() => String, { nullable: true, description: 'What the link is for, for your own list.' })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'A password that every visitor has to give; none by default.' })
  password?: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the link ends; by default as late as server, tenant and bucket allow.',
  })
  expiresAt?: Date | null;

  @Field(() => Int, { nullable: true, description: 'How often it may be used to download; any number by default.' })
  maxDownloads?: number | null;
}

@InputType('UpdateShareLinkInput', { description: 'A share link, and what of it changes; what is left out stays.' })
export class UpdateShareLinkInput {
  @Field(() => ID, { description: 'The global id of the link.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What the link is for.' })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A new password, which those who gave the old one have to give too; null for none.',
  })
  password?: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the link ends; null for as late as is allowed.',
  })
  expiresAt?: Date | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How often it may be used to download, what was downloaded counted; null for any number.',
  })
  maxDownloads?: number | null;
}

@InputType('RevokeShareLinkInput', { description: 'The share link to take back.' })
export class RevokeShareLinkInput {
  @Field(() => ID, { description: 'The global id of the link.' })
  id!: string;
}

@ObjectType('CreateShareLinkPayload', { description: 'What came of making a share link.' })
export class CreateShareLinkPayload extends Payload {
  @Field(() => ShareLink, { nullable: true, description: 'The new link; null when `userErrors` says why not.' })
  shareLink?: ShareLinkSource | null;

  @Field(() => GraphQLURL, {
    nullable: true,
    description: 'The address to hand on. It is shown here once, and never again: only a digest of it is kept.',
  })
  url?: string | null;

  @Field(() => String, { nullable: true, description: 'The secret in the address, for addresses of your own.' })
  token?: string | null;
}

@ObjectType('UpdateShareLinkPayload', { description: 'What came of changing a share link.' })
export class UpdateShareLinkPayload extends Payload {
  @Field(() => ShareLink, { nullable: true, description: 'The link as it is now.' })
  shareLink?: ShareLinkSource | null;
}

@ObjectType('RevokeShareLinkPayload', { description: 'What came of taking a share link back.' })
export class RevokeShareLinkPayload extends Payload {
  @Field(() => ShareLink, { nullable: true, description: 'The link as it is now.' })
  shareLink?: ShareLinkSource | null;
}

@ObjectType('SharingRules', {
  description: 'What may be shared by link. Of the rules of a bucket, its tenant and the server the strictest holds.',
})
export class SharingRulesType {
  @Field(() => Boolean, { description: 'False when no link works, whoever made it.' })
  allowed!: boolean;

  @Field(() => Boolean, { description: 'True when links without a password do not work.' })
  passwordRequired!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'For how many seconds links are good at most; null for as many as the others allow.',
  })
  longestSeconds!: number | null;
}

@InputType('SharingRulesInput', { description: 'All rules for what may be shared by link.' })
export class SharingRulesInput {
  @Field(() => Boolean, { nullable: true, description: 'False for no links at all; true by default.' })
  allowed?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'True for none without a password; false by default.' })
  passwordRequired?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: 'For how many seconds links are good at most, 60 or more; as many as the others allow by default.',
  })
  longestSeconds?: number | null;
}

@InputType('SetBucketSharingInput', { description: 'The bucket, and what of it may be shared by link.' })
export class SetBucketSharingInput {
  @Field(() => String, { description: 'The bucket.' })
  bucket!: string;

  @Field(() => String, { nullable: true, description: "The name of its tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => SharingRulesInput, { description: 'All rules from now on; those that were there go.' })
  sharing!: SharingRulesInput;
}

@ObjectType('SetBucketSharingPayload', { description: 'What came of setting what of a bucket may be shared.' })
export class SetBucketSharingPayload extends Payload {
  @Field(() => Bucket, { nullable: true, description: 'The bucket as it is now.' })
  bucket?: BucketInfo | null;
}

@InputType('SetTenantSharingInput', { description: 'The tenant, and what of it may be shared by link.' })
export class SetTenantSharingInput {
  @Field(() => String, { nullable: true, description: "The name of the tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => SharingRulesInput, { description: 'All rules from now on; those that were there go.' })
  sharing!: SharingRulesInput;
}

@ObjectType('SetTenantSharingPayload', { description: 'What came of setting what of a tenant may be shared.' })
export class SetTenantSharingPayload extends TenantPayload {}
