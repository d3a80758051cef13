import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { GranaryError } from '../errors.js';
import type { BlockedEncryption } from '../operations/buckets/bucket-configuration.js';
import type { BucketEncryptionRequest, ObjectEncryption } from '../operations/types.js';
import { BucketInput } from './bucket-types.js';
import { optional } from './input.js';

/** How bytes are sealed at rest. */
export enum EncryptionAlgorithm {
  AES256 = 'AES256',
  KMS = 'aws:kms',
  CUSTOMER = 'SSE-C',
}

registerEnumType(EncryptionAlgorithm, {
  name: 'EncryptionAlgorithm',
  description: 'With whose key bytes are sealed at rest; always by AES-256-GCM.',
  valuesConfig: {
    AES256: { description: "With the server's own key (SSE-S3)." },
    KMS: { description: 'With an encryption key of the tenant (SSE-KMS).' },
    CUSTOMER: {
      description: 'With a key that only the client has (SSE-C). Such objects are read and written through S3.',
    },
  },
});

@ObjectType('ObjectEncryption', { description: 'How bytes are sealed at rest.' })
export class ObjectEncryptionType {
  @Field(() => EncryptionAlgorithm, { description: 'With whose key.' })
  algorithm!: EncryptionAlgorithm;

  @Field(() => String, { nullable: true, description: 'The id of the encryption key, for KMS.' })
  keyId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Of a bucket: S3's `BucketKeyEnabled`, which is kept and shown and changes nothing. Null for an object.",
  })
  bucketKeyEnabled?: boolean | null;
}

@InputType('EncryptionInput', { description: 'How bytes are to be sealed at rest.' })
export class EncryptionInput {
  @Field(() => EncryptionAlgorithm, { description: 'With whose key: AES256 or KMS.' })
  algorithm!: EncryptionAlgorithm;

  @Field(() => String, {
    nullable: true,
    description: "For KMS: the id or the name of an encryption key; by default the tenant's own `aws/s3`.",
  })
  keyId?: string | null;
}

@InputType('SetBucketEncryptionInput', {
  description: 'The bucket, and how it seals what its writers ask nothing for.',
})
export class SetBucketEncryptionInput extends BucketInput {
  @Field(() => EncryptionInput, {
    nullable: true,
    description: "The encryption; null for the server's own. Kept as it is when absent.",
  })
  encryption?: EncryptionInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "S3's `BucketKeyEnabled`, for those who read it there: it is kept and shown beside an encryption, and changes nothing. As it is when absent.",
  })
  bucketKeyEnabled?: boolean | null;

  @Field(() => [EncryptionAlgorithm], {
    nullable: true,
    description:
      'What no object may be written with from now on: CUSTOMER or nothing. What is there can still be read. An empty list blocks nothing; kept as it is when absent.',
  })
  blockedEncryption?: EncryptionAlgorithm[] | null;
}

/** What must not be written, as operations take it. @throws GranaryError InvalidInput */
export function blockedBy(types: EncryptionAlgorithm[] | undefined): BlockedEncryption | undefined {
  if (types?.some((type) => type !== EncryptionAlgorithm.CUSTOMER)) {
    throw new GranaryError('InvalidInput', 'Only CUSTOMER can be blocked: the others are what buckets seal with.', {
      field: ['blockedEncryption'],
    });
  }
  return types && (types.length > 0 ? 'SSE-C' : 'NONE');
}

/** What an input asks for, as operations take it. @throws GranaryError InvalidInput */
export function requestOf({ algorithm, keyId }: EncryptionInput): BucketEncryptionRequest {
  switch (algorithm) {
    case EncryptionAlgorithm.AES256:
      return { algorithm };
    case EncryptionAlgorithm.KMS:
      return { algorithm, keyId: optional(keyId) };
    case EncryptionAlgorithm.CUSTOMER:
      throw new GranaryError('InvalidInput', 'Objects with keys of the client are written through S3.', {
        field: ['encryption', 'algorithm'],
      });
    default:
      return algorithm satisfies never;
  }
}

/** How something is sealed, as the schema shows it. */
export function describeEncryption(encryption: ObjectEncryption | null): ObjectEncryptionType | null {
  if (encryption === null) {
    return null;
  }
  const algorithm = encryption.algorithm as EncryptionAlgorithm;
  return { algorithm, keyId: encryption.algorithm === 'aws:kms' ? encryption.keyId : null };
}
