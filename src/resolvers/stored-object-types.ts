import { createUnionType, Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import { connectionTypes, countedConnectionTypes } from './connection.js';
import type { Place, PlacedObject } from './placed-object.js';

/** One tag of an object, a bucket or a user. */
@ObjectType('Tag', { description: 'One tag of an object, a bucket or a user.' })
export class Tag {
  @Field(() => String, { description: 'The name, unique among the tags.' })
  key!: string;

  @Field(() => String, { description: 'The value; may be empty.' })
  value!: string;
}

/** One tag to give an object, a bucket or a user. */
@InputType('TagInput', { description: 'One tag to give an object, a bucket or a user.' })
export class TagInput {
  @Field(() => String, { description: 'The name, 1 to 128 characters, unique among the tags.' })
  key!: string;

  @Field(() => String, { description: 'The value, at most 256 characters; may be empty.' })
  value!: string;
}

/** A checksum that the uploader asked for. */
@ObjectType('ObjectChecksum', { description: 'A checksum that the uploader asked for.' })
export class ObjectChecksumType {
  @Field(() => ChecksumAlgorithmType, { description: 'How it was computed.' })
  algorithm!: ChecksumAlgorithmType;

  @Field(() => ChecksumKind, { description: 'Whether it covers the object or the checksums of its parts.' })
  type!: ChecksumKind;

  @Field(() => String, { description: 'The value in Base64; a composite one ends in `-` and the number of parts.' })
  value!: string;
}

/** The checksum algorithms of S3. */
export enum ChecksumAlgorithmType {
  CRC32 = 'CRC32',
  CRC32C = 'CRC32C',
  CRC64NVME = 'CRC64NVME',
  SHA1 = 'SHA1',
  SHA256 = 'SHA256',
  SHA512 = 'SHA512',
  MD5 = 'MD5',
  XXHASH64 = 'XXHASH64',
  XXHASH3 = 'XXHASH3',
  XXHASH128 = 'XXHASH128',
}

registerEnumType(ChecksumAlgorithmType, {
  name: 'ChecksumAlgorithm',
  description: 'The checksum algorithms of S3.',
  valuesConfig: {
    CRC32: { description: 'The cyclic redundancy check of ISO-HDLC, as in zip.' },
    CRC32C: { description: 'The cyclic redundancy check with the Castagnoli polynomial.' },
    CRC64NVME: { description: 'The 64-bit cyclic redundancy check of NVM Express.' },
    SHA1: { description: 'SHA-1.' },
    SHA256: { description: 'SHA-256.' },
    SHA512: { description: 'SHA-512.' },
    MD5: { description: 'MD5, of content that nobody means to forge.' },
    XXHASH64: { description: 'xxHash of 64 bits, of the family before XXH3.' },
    XXHASH3: { description: 'XXH3 of 64 bits.' },
    XXHASH128: { description: 'XXH3 of 128 bits.' },
  },
});

/** What a checksum covers. */
export enum ChecksumKind {
  FULL_OBJECT = 'FULL_OBJECT',
  COMPOSITE = 'COMPOSITE',
}

registerEnumType(ChecksumKind, {
  name: 'ChecksumType',
  description: 'What a checksum covers.',
  valuesConfig: {
    FULL_OBJECT: { description: 'The bytes of the whole object.' },
    COMPOSITE: { description: 'The checksums of the parts, one behind the other.' },
  },
});

/** A common beginning of keys, up to a slash. */
@ObjectType('Folder', { description: 'What keys with the same beginning up to a slash have in common.' })
export class Folder {
  /** The bucket that it was reached through. */
  readonly place!: Place;

  @Field(() => String, { description: 'The last part of the path, without slashes; empty for the top.' })
  name!: string;

  @Field(() => String, {
    description:
      'The whole beginning of the keys, with the slash at the end: pass it as `folder`. Empty for the top of the bucket.',
  })
  path!: string;
}

/** The type of what stands in a folder. */
export function folderEntryType(entry: object): 'Folder' | 'StoredObject' {
  return 'path' in entry ? 'Folder' : 'StoredObject';
}

/** What a folder holds. */
export const FolderEntry = createUnionType({
  name: 'FolderEntry',
  description: 'What stands in a folder: another folder, or an object.',
  types: () => [Folder, ObjectVersion] as const,
  resolveType: folderEntryType,
});

export const StoredObjectConnection = countedConnectionTypes<PlacedObject>('StoredObject', {
  type: () => ObjectVersion,
  noun: 'objects',
});

export const FolderEntryConnection = connectionTypes<PlacedObject | Folder>('FolderEntry', {
  type: () => FolderEntry as object,
  noun: 'entries',
});
