import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { AccessKey } from '../entities/access-key.js';
import { User } from '../entities/user.js';
import { createAccessKey } from '../operations/credentials/create-access-key.js';
import { deleteAccessKey } from '../operations/credentials/delete-access-key.js';
import { countAccessKeys, listAccessKeys } from '../operations/credentials/list-access-keys.js';
import { updateAccessKey } from '../operations/credentials/update-access-key.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, countedConnectionTypes, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { type AccessKeySource, toAccessKeySource, type UserSource } from './sources.js';
import { answer, Payload } from './user-error.js';

export const AccessKeyConnection = countedConnectionTypes<AccessKeySource>('AccessKey', {
  type: () => AccessKey,
  noun: 'access keys',
});

@InputType('CreateAccessKeyInput', { description: 'Whose access key to create, and what for.' })
export class CreateAccessKeyInput {
  @Field(() => String, { nullable: true, description: "The name of the user's tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'The user; the caller by default.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'What the key is for.' })
  description?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key stops working; never by default.' })
  expiresAt?: Date | null;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'What the key is narrowed to: with it, nothing is allowed that this policy does not allow too.',
  })
  sessionPolicy?: object | string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The id of a key from elsewhere. Only global administrators may give one.',
  })
  accessKeyId?: string | null;

  @Field(() => String, { nullable: true, description: 'The secret that goes with `accessKeyId`.' })
  secretAccessKey?: string | null;
}

@InputType('UpdateAccessKeyInput', { description: 'The access key, and what to change of it. What is absent stays.' })
export class UpdateAccessKeyInput {
  @Field(() => String, { description: "The key's public half." })
  accessKeyId!: string;

  @Field(() => String, { nullable: true, description: 'What the key is for.' })
  description?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key stops working; null for never.' })
  expiresAt?: Date | null;

  @Field(() => GraphQLJSON, { nullable: true, description: 'What the key is narrowed to; null for no narrowing.' })
  sessionPolicy?: object | string | null;

  @Field(() => Boolean, { nullable: true, description: 'True takes the key out of use, false back into it.' })
  disabled?: boolean | null;
}

@InputType('DeleteAccessKeyInput', { description: 'The access key to delete.' })
export class DeleteAccessKeyInput {
  @Field(() => String, { description: "The key's public half." })
  accessKeyId!: string;
}

@ObjectType('CreateAccessKeyPayload', { description: 'What came of creating an access key.' })
export class CreateAccessKeyPayload extends Payload {
  @Field(() => AccessKey, { nullable: true, description: 'The new key; null when `userErrors` says why not.' })
  accessKey?: AccessKeySource | null;

  @Field(() => String, { nullable: true, description: 'The secret half. It is shown here once, and never again.' })
  secretAccessKey?: string | null;
}

@ObjectType('UpdateAccessKeyPayload', { description: 'What came of changing an access key.' })
export class UpdateAccessKeyPayload extends Payload {
  @Field(() => AccessKey, { nullable: true, description: 'The key as it is now.' })
  accessKey?: AccessKeySource | null;
}

@ObjectType('DeleteAccessKeyPayload', { description: 'What came of deleting an access key.' })
export class DeleteAccessKeyPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The public half of the key that was deleted.' })
  accessKeyId?: string | null;
}

@Resolver(() => AccessKey)
export class AccessKeyResolver {
  @Query(() => AccessKeyConnection, { description: 'The access keys of the caller, or of a user that it manages.' })
  async accessKeys(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('username', () => String, { nullable: true, description: 'The user; the caller by default.' })
    username?: string | null,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the user's tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<Counted<AccessKeySource>> {
    const list = 'accessKeys';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant), username: optional(username) };
    const { accessKeys, truncated } = await listAccessKeys(context.request, { ...scope, ...request });
    const keys = accessKeys.map(toAccessKeySource);
    const connection = toConnection({ request, truncated, list }, keys, (key) => key.accessKeyId);
    return { ...connection, count: () => countAccessKeys(context.request, scope) };
  }

  @Mutation(() => CreateAccessKeyPayload, {
    description:
      'Creates an access key for the caller, or for a user that it manages. Example: `createAccessKey(input: { description: "backup" }) { accessKey { accessKeyId } secretAccessKey userErrors { message } }`',
  })
  createAccessKey(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateAccessKeyInput, { description: 'Whose key, and what for.' }) input: CreateAccessKeyInput,
  ): Promise<CreateAccessKeyPayload> {
    return answer(async () => {
      const created = await createAccessKey(context.request, {
        tenant: optional(input.tenant),
        username: optional(input.username),
        description: optional(input.description),
        expiresAt: optional(input.expiresAt),
        sessionPolicy: optional(input.sessionPolicy),
        accessKeyId: optional(input.accessKeyId),
        secretAccessKey: optional(input.secretAccessKey),
      });
      return { accessKey: toAccessKeySource(created.accessKey), secretAccessKey: created.secretAccessKey };
    });
  }

  @Mutation(() => UpdateAccessKeyPayload, {
    description:
      'Changes what an access key is for, when it ends, what it is narrowed to, or whether it is in use; at once, everywhere.',
  })
  updateAccessKey(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateAccessKeyInput, { description: 'The key.' }) input: UpdateAccessKeyInput,
  ): Promise<UpdateAccessKeyPayload> {
    const { accessKeyId, description, expiresAt, sessionPolicy, disabled } = input;
    const changes = { description: optional(description), expiresAt, sessionPolicy, disabled: optional(disabled) };
    return answer(async () => ({
      accessKey: toAccessKeySource(await updateAccessKey(context.request, { accessKeyId, ...changes })),
    }));
  }

  @Mutation(() => DeleteAccessKeyPayload, { description: 'Deletes an access key; it stops working at once.' })
  deleteAccessKey(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteAccessKeyInput, { description: 'The key.' }) { accessKeyId }: DeleteAccessKeyInput,
  ): Promise<DeleteAccessKeyPayload> {
    return answer(async () => {
      await deleteAccessKey(context.request, { accessKeyId });
      return { accessKeyId };
    });
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() key: AccessKeySource): string {
    return toGlobalId('AccessKey', key.accessKeyId);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Whose rights the key has.' })
  user(@Root() key: AccessKeySource, @Ctx() context: GraphqlContext): Promise<UserSource | null> {
    return context.loaders.users.load(key.userId);
  }
}
