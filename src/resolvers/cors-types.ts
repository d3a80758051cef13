import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { CorsMethod } from '../operations/buckets/cors-rules.js';
import { BucketInput, BucketPayload } from './bucket-types.js';

const CorsMethodEnum: { readonly [Method in CorsMethod]: Method } = {
  GET: 'GET',
  PUT: 'PUT',
  HEAD: 'HEAD',
  POST: 'POST',
  DELETE: 'DELETE',
};

registerEnumType(CorsMethodEnum, {
  name: 'CorsMethod',
  description: 'A method of S3 that a CORS rule can allow.',
  valuesConfig: {
    GET: { description: 'Reads and lists.' },
    PUT: { description: 'Writes.' },
    HEAD: { description: 'Asks about an object.' },
    POST: { description: 'Forms and multipart uploads.' },
    DELETE: { description: 'Deletes.' },
  },
});

const originsText = 'Origins, such as `https://example.com`; one `*` in each stands for any characters.';
const headersText = 'Headers that a page may send; one `*` in each stands for any characters.';
const exposeText = 'Headers of answers that a page may read.';
const ageText =
  'For how many seconds a browser may remember the answer to its question; null when the rule does not say.';

@ObjectType('CorsRule', { description: 'What pages of some origins may do with a bucket in a browser.' })
export class CorsRuleType {
  @Field(() => String, { nullable: true, description: 'A name for people; null when it has none.' })
  id?: string | null;

  @Field(() => [String], { description: originsText })
  allowedOrigins!: string[];

  @Field(() => [CorsMethodEnum], { description: 'Methods that a page may use.' })
  allowedMethods!: CorsMethod[];

  @Field(() => [String], { description: headersText })
  allowedHeaders!: string[];

  @Field(() => [String], { description: exposeText })
  exposeHeaders!: string[];

  @Field(() => Int, { nullable: true, description: ageText })
  maxAgeSeconds?: number | null;
}

@InputType('CorsRuleInput', { description: 'What pages of some origins may do with a bucket in a browser.' })
class CorsRuleInput {
  @Field(() => String, { nullable: true, description: 'A name for people, at most 255 characters.' })
  id?: string | null;

  @Field(() => [String], { description: originsText })
  allowedOrigins!: string[];

  @Field(() => [CorsMethodEnum], { description: 'Methods that a page may use.' })
  allowedMethods!: CorsMethod[];

  @Field(() => [String], { nullable: true, description: headersText })
  allowedHeaders?: string[] | null;

  @Field(() => [String], { nullable: true, description: exposeText })
  exposeHeaders?: string[] | null;

  @Field(() => Int, { nullable: true, description: ageText })
  maxAgeSeconds?: number | null;
}

@InputType('SetBucketCorsInput', { description: 'The bucket, and the rules that replace those it has.' })
export class SetBucketCorsInput extends BucketInput {
  @Field(() => [CorsRuleInput], { description: 'The rules, at most 100; none allows nothing.' })
  rules!: CorsRuleInput[];
}

@ObjectType('SetBucketCorsPayload', { description: 'What came of setting the CORS rules of a bucket.' })
export class SetBucketCorsPayload extends BucketPayload {}
