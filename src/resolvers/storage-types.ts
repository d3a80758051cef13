import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, Float, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { BlobDamage } from '../entities/enums.js';
import type { DamagedBlob } from '../operations/blobs/list-damaged.js';
import { connectionTypes } from './connection.js';
import { Payload } from './user-error.js';

/** What is known of an object's bytes. */
export const Integrity = { OK: 'OK', ...BlobDamage } as const;
export type Integrity = (typeof Integrity)[keyof typeof Integrity];

registerEnumType(Integrity, {
  name: 'Integrity',
  description: "What is known of an object's bytes. Reads of damaged ones fail, unless there is a second copy.",
  valuesConfig: {
    OK: { description: 'Nothing wrong was found.' },
    CORRUPT: { description: 'The stored bytes, or some of them, are not what was stored.' },
    MISSING: { description: 'The stored bytes, or some of them, are not there.' },
  },
});

@ObjectType('StoreFigures', { description: 'What one store holds.' })
export class StoreFiguresType {
  @Field(() => String, { description: 'The name; `row` is small content, which is in the database.' })
  name!: string;

  @Field(() => GraphQLSafeInt, { description: 'How many blobs: equal content is one of them.' })
  blobs!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes of their content.' })
  contentBytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes that they take, sealed and perhaps compressed.' })
  storedBytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many second copies of blobs are in place.' })
  copies!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes that second copies take.' })
  copyBytes!: number;
}

@ObjectType('ScrubRound', { description: 'One reading of every blob by the scrubber.' })
export class ScrubRoundType {
  @Field(() => GraphQLDateTime, { description: 'When it began.' })
  startedAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When its progress was last written down.' })
  updatedAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it came to its end; null while it is under way.' })
  finishedAt!: Date | null;

  @Field(() => Float, { description: 'How far it is, by the number of blobs: 0 to 1.' })
  progress!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many blobs were read.' })
  blobs!: number;

  @Field(() => GraphQLSafeInt, { description: 'The stored bytes that were read, those of copies included.' })
  bytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many were found corrupt.' })
  corrupt!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many were found missing.' })
  missing!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many of them were repaired from a second copy.' })
  repaired!: number;
}

@ObjectType('BlobUse', { description: 'A version whose bytes, or some of them, are in a blob.' })
export class BlobUseType {
  @Field(() => String, { description: "The tenant's name." })
  tenant!: string;

  @Field(() => String, { description: "The bucket's name." })
  bucket!: string;

  @Field(() => String, { description: "The object's key." })
  key!: string;

  @Field(() => String, { description: 'The version; `null` for one written without versioning.' })
  versionId!: string;
}

@ObjectType('DamagedBlob', { description: 'Stored bytes that are not what was stored.' })
export class DamagedBlobType {
  @Field(() => String, { description: 'The id for `repairBlob`; no global id.' })
  id!: string;

  @Field(() => BlobDamage, { description: 'What is wrong.' })
  damage!: BlobDamage;

  @Field(() => GraphQLDateTime, { description: 'When it was found.' })
  damagedAt!: Date;

  @Field(() => String, { description: 'The store; `row` for small content.' })
  store!: string;

  @Field(() => GraphQLSafeInt, { description: 'The number of bytes of its content.' })
  size!: number;

  @Field(() => GraphQLSafeInt, { description: 'The number of bytes that it takes, sealed and perhaps compressed.' })
  storedSize!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many second copies there are to repair it from.' })
  copies!: number;
}

export const DamagedBlobConnection = connectionTypes<DamagedBlob>('DamagedBlob', {
  type: () => DamagedBlobType,
  noun: 'damaged blobs',
});

@ObjectType('Storage', { description: 'What the stores hold, as of at most half a minute ago.' })
export class StorageType {
  @Field(() => [StoreFiguresType], { description: 'Each store.' })
  stores!: StoreFiguresType[];

  @Field(() => GraphQLSafeInt, {
    description: 'The bytes of all versions as written, before equal content was stored once.',
  })
  writtenBytes!: number;

  @Field(() => Float, {
    description: 'Bytes of all versions for each byte of content that is kept; 1 when nothing is stored.',
  })
  dedupRatio!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many blobs are damaged.' })
  damagedBlobs!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many second copies are still to be written.' })
  copiesWanted!: number;

  @Field(() => GraphQLDateTime, { description: 'When this was counted.' })
  countedAt!: Date;
}

@ObjectType('StartScrubPayload', { description: 'What came of asking for a round of the scrubber.' })
export class StartScrubPayload extends Payload {
  @Field(() => ScrubRoundType, {
    nullable: true,
    description: 'The round that is open now; null when `userErrors` says why not.',
  })
  round?: ScrubRoundType | null;
}

@InputType('RepairBlobInput', { description: 'The damaged blob to repair.' })
export class RepairBlobInput {
  @Field(() => String, { description: 'The id, as the list of damaged blobs has it.' })
  id!: string;
}

@ObjectType('RepairBlobPayload', { description: 'What came of repairing a blob.' })
export class RepairBlobPayload extends Payload {
  @Field(() => DamagedBlobType, {
    nullable: true,
    description: 'The blob when it is still damaged; null when it is not.',
  })
  damaged?: DamagedBlob | null;
}
