import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { Acceleration, ObjectOwnership, RequestPayer } from '../operations/buckets/bucket-configuration.js';
import { BucketInput, BucketPayload } from './bucket-types.js';
import { TagInput } from './stored-object-types.js';

/** S3's names in the spelling of GraphQL. */
export const ObjectOwnershipEnum: {
  readonly [Name in 'BUCKET_OWNER_ENFORCED' | 'BUCKET_OWNER_PREFERRED' | 'OBJECT_WRITER']: ObjectOwnership;
} = {
  BUCKET_OWNER_ENFORCED: 'BucketOwnerEnforced',
  BUCKET_OWNER_PREFERRED: 'BucketOwnerPreferred',
  OBJECT_WRITER: 'ObjectWriter',
};

registerEnumType(ObjectOwnershipEnum, {
  name: 'ObjectOwnership',
  description: 'Who owns what others write into a bucket.',
  valuesConfig: {
    BUCKET_OWNER_ENFORCED: { description: 'The owner of the bucket; access control lists do not count.' },
    BUCKET_OWNER_PREFERRED: {
      description: 'The owner of the bucket, when the writer gives it full control; access control lists count.',
    },
    OBJECT_WRITER: { description: 'Who writes it; access control lists count.' },
  },
});

export const RequestPayerEnum: { readonly [Name in 'BUCKET_OWNER' | 'REQUESTER']: RequestPayer } = {
  BUCKET_OWNER: 'BucketOwner',
  REQUESTER: 'Requester',
};

registerEnumType(RequestPayerEnum, {
  name: 'RequestPayer',
  description: 'Who pays for requests, as S3 has it. Nobody is billed here.',
  valuesConfig: {
    BUCKET_OWNER: { description: 'The owner of the bucket.' },
    REQUESTER: { description: 'Who makes the request.' },
  },
});

export const AccelerationEnum: { readonly [Name in 'ENABLED' | 'SUSPENDED']: Acceleration } = {
  ENABLED: 'Enabled',
  SUSPENDED: 'Suspended',
};

registerEnumType(AccelerationEnum, {
  name: 'TransferAcceleration',
  description: 'The transfer acceleration of a bucket, as S3 has it. There are no edge locations here.',
  valuesConfig: {
    ENABLED: { description: 'It was turned on.' },
    SUSPENDED: { description: 'It was turned on, and is suspended.' },
  },
});

const blockTexts = {
  blockPublicAcls: 'Whether access control lists that would make something public are refused.',
  ignorePublicAcls: 'Whether what access control lists grant to everyone is ignored.',
  blockPublicPolicy: 'Whether a policy that would make the bucket public is refused.',
  restrictPublicBuckets: "Whether a public policy lets in only users of the bucket's own tenant.",
};

@ObjectType('PublicAccessBlock', { description: 'What cannot be made public, whatever policy and lists say.' })
export class PublicAccessBlockType {
  @Field(() => Boolean, { description: blockTexts.blockPublicAcls })
  blockPublicAcls!: boolean;

  @Field(() => Boolean, { description: blockTexts.ignorePublicAcls })
  ignorePublicAcls!: boolean;

  @Field(() => Boolean, { description: blockTexts.blockPublicPolicy })
  blockPublicPolicy!: boolean;

  @Field(() => Boolean, { description: blockTexts.restrictPublicBuckets })
  restrictPublicBuckets!: boolean;
}

@InputType('PublicAccessBlockInput', { description: 'What cannot be made public; what is left out can.' })
class PublicAccessBlockInput {
  @Field(() => Boolean, { nullable: true, description: blockTexts.blockPublicAcls })
  blockPublicAcls?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: blockTexts.ignorePublicAcls })
  ignorePublicAcls?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: blockTexts.blockPublicPolicy })
  blockPublicPolicy?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: blockTexts.restrictPublicBuckets })
  restrictPublicBuckets?: boolean | null;
}

@InputType('SetBucketTagsInput', { description: 'The bucket, and the tags that replace those it has.' })
export class SetBucketTagsInput extends BucketInput {
  @Field(() => [TagInput], { description: 'The tags, at most 50.' })
  tags!: TagInput[];
}

@ObjectType('SetBucketTagsPayload', { description: 'What came of setting the tags of a bucket.' })
export class SetBucketTagsPayload extends BucketPayload {}

@InputType('SetBucketRequestPaymentInput', { description: 'The bucket, and who pays for its requests.' })
export class SetBucketRequestPaymentInput extends BucketInput {
  @Field(() => RequestPayerEnum, { description: 'Who pays from now on.' })
  payer!: RequestPayer;
}

@ObjectType('SetBucketRequestPaymentPayload', { description: 'What came of saying who pays for requests.' })
export class SetBucketRequestPaymentPayload extends BucketPayload {}

@InputType('SetBucketAccelerationInput', { description: 'The bucket, and its transfer acceleration.' })
export class SetBucketAccelerationInput extends BucketInput {
  @Field(() => AccelerationEnum, { description: 'The transfer acceleration from now on.' })
  acceleration!: Acceleration;
}

@ObjectType('SetBucketAccelerationPayload', { description: 'What came of setting the transfer acceleration.' })
export class SetBucketAccelerationPayload extends BucketPayload {}

@InputType('SetBucketOwnershipInput', { description: 'The bucket, and who owns what others write into it.' })
export class SetBucketOwnershipInput extends BucketInput {
  @Field(() => ObjectOwnershipEnum, {
    nullable: true,
    description: 'The ownership from now on; null takes the setting away, which is as OBJECT_WRITER.',
  })
  ownership?: ObjectOwnership | null;
}

@ObjectType('SetBucketOwnershipPayload', { description: 'What came of setting the ownership of objects.' })
export class SetBucketOwnershipPayload extends BucketPayload {}

@InputType('SetPublicAccessBlockInput', { description: 'The bucket, and what cannot be made public in it.' })
export class SetPublicAccessBlockInput extends BucketInput {
  @Field(() => PublicAccessBlockInput, {
    nullable: true,
    description: 'What is blocked from now on; null takes the setting away.',
  })
  block?: PublicAccessBlockInput | null;
}

@ObjectType('SetPublicAccessBlockPayload', { description: 'What came of setting what cannot be made public.' })
export class SetPublicAccessBlockPayload extends BucketPayload {}
