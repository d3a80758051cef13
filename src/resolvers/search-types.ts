import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { StorageClass } from '../entities/enums.js';
import { ObjectVersion } from '../entities/object-version.js';
import { type Connection, connectionTypes } from './connection.js';
import type { PlacedObject } from './placed-object.js';
import { TagInput } from './stored-object-types.js';

/** By what found objects are sorted. */
export enum SearchOrderField {
  RELEVANCE = 'RELEVANCE',
  NAME = 'NAME',
  SIZE = 'SIZE',
  DATE = 'DATE',
}

registerEnumType(SearchOrderField, {
  name: 'SearchOrderField',
  description: 'By what found objects are sorted.',
  valuesConfig: {
    RELEVANCE: { description: 'How well they fit the text. Only with text.' },
    NAME: { description: 'The key, in the byte order of UTF-8.' },
    SIZE: { description: 'The number of bytes.' },
    DATE: { description: 'When the current version was written.' },
  },
});

/** Which end of a sorted list comes first. */
export enum SortDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}

registerEnumType(SortDirection, {
  name: 'SortDirection',
  description: 'Which end of a sorted list comes first.',
  valuesConfig: {
    ASC: { description: 'From the least to the greatest: from A, from small, from old, from bad.' },
    DESC: { description: 'From the greatest to the least: from Z, from large, from new, from good.' },
  },
});

@InputType('SearchOrder', { description: 'How found objects are sorted.' })
export class SearchOrderInput {
  @Field(() => SearchOrderField, { description: 'By what.' })
  field!: SearchOrderField;

  @Field(() => SortDirection, {
    nullable: true,
    description: 'Which end comes first: for names A, else the best, the largest or the newest by default.',
  })
  direction?: SortDirection | null;
}

@InputType('MetadataInput', { description: 'One name of the user metadata with its value.' })
export class MetadataInput {
  @Field(() => String, { description: 'The name, without `x-amz-meta-`. Case does not matter.' })
  name!: string;

  @Field(() => String, { description: 'The whole value.' })
  value!: string;
}

@InputType('SearchFilter', { description: 'What is looked for: an object has all of it.' })
export class SearchFilterInput {
  @Field(() => [String], {
    nullable: true,
    description: 'Only in these buckets, 1 to 100 names; in all that the caller may see by default.',
  })
  buckets?: string[] | null;

  @Field(() => String, { nullable: true, description: 'What the key begins with, exactly.' })
  prefix?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A pattern of the whole key: `*` stands for any characters, slashes too, and `?` for one. Case and accents do not ' +
      'matter. As `*.jpg`, or `reports/202?/*summary*`.',
  })
  key?: string | null;

  @Field(() => [TagInput], { nullable: true, description: 'Tags that the object has, with these values.' })
  tags?: TagInput[] | null;

  @Field(() => [MetadataInput], { nullable: true, description: 'User metadata that it has, with these values.' })
  metadata?: MetadataInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Its content type without parameters, as `application/pdf`, or all of a kind, as `image/*`.',
  })
  contentType?: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'It has so many bytes at least.' })
  minSize?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'It has so many bytes at most.' })
  maxSize?: number | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'It was written at this moment or later.' })
  createdAfter?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'It was written before this moment.' })
  createdBefore?: Date | null;

  @Field(() => String, { nullable: true, description: 'The name of the user who wrote it.' })
  owner?: string | null;

  @Field(() => StorageClass, { nullable: true, description: 'Its storage class.' })
  storageClass?: StorageClass | null;
}

const SearchResultPage = connectionTypes<PlacedObject>('SearchResult', {
  type: () => ObjectVersion,
  noun: 'found objects',
});

@ObjectType('SearchResultConnection', {
  description:
    'A page of found objects. Where rights hang on tags of objects, it may be shorter than asked for while there are more: ' +
    '`hasNextPage` says so.',
})
export class SearchResultConnection extends SearchResultPage {
  until!: () => Promise<Date | null>;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      'What was changed before is found, what was changed since may be missing: usually a second ago. Null while objects ' +
      'from before the server could search are still being read.',
  })
  indexedUntil(): Promise<Date | null> {
    return this.until();
  }
}

export type SearchResults = Connection<PlacedObject> & { until(): Promise<Date | null> };
