import { GraphQLSafeInt } from 'graphql-scalars';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { ObjectFacts } from '../operations/objects/object-facts.js';

/** What people take objects for. */
export enum ObjectKindName {
  IMAGE = 'image',
  VIDEO = 'video',
  AUDIO = 'audio',
  DOCUMENT = 'document',
  ARCHIVE = 'archive',
  TEXT = 'text',
  OTHER = 'other',
}

registerEnumType(ObjectKindName, {
  name: 'ObjectKind',
  description: 'What people take objects for, by their content type.',
  valuesConfig: {
    IMAGE: { description: 'Pictures: `image/*`.' },
    VIDEO: { description: 'Films: `video/*`.' },
    AUDIO: { description: 'Sound: `audio/*`.' },
    DOCUMENT: { description: 'PDF, office documents and books.' },
    ARCHIVE: { description: 'Packed files: zip, tar, gzip and the like.' },
    TEXT: { description: 'Text and source code: `text/*`, JSON, XML, scripts.' },
    OTHER: { description: 'All else, and what says nothing of what it is.' },
  },
});

@ObjectType('KindFacts', { description: 'How many objects there are of a kind.' })
export class KindFactsType {
  @Field(() => ObjectKindName, { description: 'The kind.' })
  kind!: ObjectKindName;

  @Field(() => GraphQLSafeInt, { description: 'How many objects.' })
  objects!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many bytes they have.' })
  bytes!: number;
}

@ObjectType('BucketFacts', { description: 'How many objects a bucket has.' })
export class BucketFactsType {
  bucketId!: number;

  @Field(() => String, { description: 'The name of the bucket.' })
  name!: string;

  @Field(() => GraphQLSafeInt, { description: 'How many objects.' })
  objects!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many bytes they have.' })
  bytes!: number;

  @Field(() => [KindFactsType], { description: 'By kind, the one with the most bytes first.' })
  kinds!: KindFactsType[];
}

@ObjectType('ObjectFacts', {
  description:
    'What there is for whoever asks: the current objects of all buckets of its tenant that it may list as a whole. Counts ' +
    'are kept, not counted when asked for; what was changed a moment ago may be missing.',
})
export class ObjectFactsType {
  found!: ObjectFacts;

  @Field(() => GraphQLSafeInt, { description: 'How many objects.' })
  objects!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many bytes they have.' })
  bytes!: number;

  @Field(() => [KindFactsType], {
    description: 'By kind, the one with the most bytes first; kinds that there are none of are not there.',
  })
  kinds!: KindFactsType[];
}
