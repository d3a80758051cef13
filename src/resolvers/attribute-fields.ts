import { GraphQLJSON } from 'graphql-scalars';
import { Field, InputType } from 'type-graphql';
import { StorageClass } from '../entities/enums.js';
import type { PutObjectInput } from '../operations/objects/put-object.js';
import { askedOf } from './acl.js';
import { AclInput } from './acl-types.js';
import { EncryptionInput, requestOf } from './encryption-types.js';
import { type GivenHeaders, headersOf, withHeaders } from './header-fields.js';
import { conditionsOf, metadataOf, optional, tagsOf } from './input.js';
import { ObjectRetentionInput } from './object-lock-types.js';
import { TagInput } from './stored-object-types.js';

/** What an uploader may say of an object beside its bytes. */
interface GivenAttributes extends GivenHeaders {
  contentType?: string | null;
  metadata?: unknown;
  tags?: TagInput[] | null;
  storageClass?: StorageClass | null;
  encryption?: EncryptionInput | null;
  retention?: ObjectRetentionInput | null;
  legalHold?: boolean | null;
  acl?: AclInput | null;
  ifNoneMatch?: string | null;
  ifMatch?: string | null;
  sha256?: string | null;
}

/** An input with fields for all of it. */
export function withAttributes<Input extends object>(
  base: abstract new () => Input,
): abstract new () => Input & GivenAttributes {
  @InputType()
  abstract class AttributesInput extends withHeaders(base as abstract new () => object, { unsaid: '.' }) {
    @Field(() => String, { nullable: true, description: "The media type; the file's own by default." })
    contentType?: string | null;

    @Field(() => GraphQLJSON, {
      nullable: true,
      description: 'Names and values to keep with the object; all are strings.',
    })
    metadata?: unknown;

    @Field(() => [TagInput], { nullable: true, description: 'At most 10 tags.' })
    tags?: TagInput[] | null;

    @Field(() => StorageClass, { nullable: true, description: 'How to store the object; STANDARD by default.' })
    storageClass?: StorageClass | null;

    @Field(() => EncryptionInput, {
      nullable: true,
      description: "How to seal the bytes; as the bucket's setting says by default.",
    })
    encryption?: EncryptionInput | null;

    @Field(() => ObjectRetentionInput, {
      nullable: true,
      description: "Until when to keep the object, in a bucket with object lock; the bucket's default when absent.",
    })
    retention?: ObjectRetentionInput | null;

    @Field(() => Boolean, {
      nullable: true,
      description: 'True places the object under a legal hold, in a bucket with object lock.',
    })
    legalHold?: boolean | null;

    @Field(() => AclInput, {
      nullable: true,
      description: 'Who else may do what with the object, in a bucket whose object ownership lets lists count.',
    })
    acl?: AclInput | null;

    @Field(() => String, { nullable: true, description: 'Give `*` to write only when the key holds no object.' })
    ifNoneMatch?: string | null;

    @Field(() => String, { nullable: true, description: 'Write only when the current object has this entity tag.' })
    ifMatch?: string | null;

    @Field(() => String, {
      nullable: true,
      description: 'The SHA-256 of the content in hexadecimal: anything else is refused with DIGEST_MISMATCH.',
    })
    sha256?: string | null;
  }
  return AttributesInput as abstract new () => Input & GivenAttributes;
}

/** What an input says of an object, as writes take it; its digest is of the bytes. */
export function attributesOf(
  input: GivenAttributes,
): Pick<PutObjectInput, 'attributes' | 'conditions' | 'encryption' | 'lock' | 'acl'> {
  const { retention, legalHold } = input;
  return {
    attributes: {
      contentType: optional(input.contentType),
      headers: headersOf(input),
      metadata: metadataOf(input.metadata),
      tags: tagsOf(input.tags),
      storageClass: optional(input.storageClass),
    },
    conditions: conditionsOf(input),
    encryption: input.encryption ? requestOf(input.encryption) : undefined,
    lock: { ...retention, legalHold: optional(legalHold) },
    acl: input.acl ? askedOf(input.acl) : undefined,
  };
}
