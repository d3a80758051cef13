import { GraphQLSafeInt } from 'graphql-scalars';
import { Field, InputType, ObjectType } from 'type-graphql';

@ObjectType('TenantUsage', { description: 'What a tenant holds.' })
export class TenantUsage {
  @Field(() => GraphQLSafeInt, {
    description: "How many buckets there are; of the viewer's own tenant, those it sees.",
  })
  buckets!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many objects listings show.' })
  objects!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many versions there are, the current ones included.' })
  versions!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes of all versions together, as written.' })
  bytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes that are kept for them, sealed and perhaps compressed.' })
  storedBytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes of deleted versions that can still be restored.' })
  trashBytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes of the parts of multipart uploads that are open.' })
  partBytes!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'What is held against the quota of bytes: of all versions, the trash, and the parts of open uploads.',
  })
  countedBytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many users there are.' })
  users!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many access keys and API keys the users have together.' })
  accessKeys!: number;
}

@ObjectType('TenantQuota', { description: 'What a tenant may hold at most; null where there is no limit.' })
export class TenantQuotaType {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most bytes, of `countedBytes` in the usage.' })
  bytes!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most objects.' })
  objects!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most buckets.' })
  buckets!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most users.' })
  users!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'The most access keys and API keys, of all users together.',
  })
  accessKeys!: number | null;
}

@ObjectType('BucketQuota', { description: 'What a bucket may hold at most; null where there is no limit.' })
export class BucketQuotaType {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most bytes, of `countedBytes` in the usage.' })
  bytes!: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most objects.' })
  objects!: number | null;
}

@InputType('TenantQuotaInput', { description: 'What a tenant may hold at most; what is left out has no limit.' })
export class TenantQuotaInput {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'The most bytes of all versions, the trash, and the parts of open uploads together.',
  })
  bytes?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most objects that listings show.' })
  objects?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most buckets.' })
  buckets?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most users.' })
  users?: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'The most access keys and API keys, of all users together.',
  })
  accessKeys?: number | null;
}

@InputType('BucketQuotaInput', { description: 'What a bucket may hold at most; what is left out has no limit.' })
export class BucketQuotaInput {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'The most bytes of all versions, the trash, and the parts of open uploads together.',
  })
  bytes?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The most objects that listings show.' })
  objects?: number | null;
}
