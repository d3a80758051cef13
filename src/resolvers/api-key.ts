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
import { ApiKey } from '../entities/api-key.js';
import { ApiScope } from '../entities/enums.js';
import { User } from '../entities/user.js';
import { createApiKey } from '../operations/credentials/create-api-key.js';
import { countApiKeys, listApiKeys } from '../operations/credentials/list-api-keys.js';
import { revokeApiKey } from '../operations/credentials/revoke-api-key.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, countedConnectionTypes, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { type ApiKeySource, toApiKeySource, type UserSource } from './sources.js';
import { answer, Payload } from './user-error.js';

export const ApiKeyConnection = countedConnectionTypes<ApiKeySource>('ApiKey', {
  type: () => ApiKey,
  noun: 'API keys',
});

@InputType('CreateApiKeyInput', { description: 'Whose API key to create, and what for.' })
export class CreateApiKeyInput {
  @Field(() => String, { nullable: true, description: "The name of the user's tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'The user; the caller by default.' })
  username?: string | null;

  @Field(() => String, { description: 'What the key is for.' })
  name!: string;

  @Field(() => [ApiScope], { description: 'What the key may be used for.' })
  scopes!: ApiScope[];

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'A policy document: with the key nothing is allowed that it does not allow too.',
  })
  sessionPolicy?: string | object | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key stops working; never by default.' })
  expiresAt?: Date | null;
}

@InputType('RevokeApiKeyInput', { description: 'The API key to revoke.' })
export class RevokeApiKeyInput {
  @Field(() => String, { description: 'The id of the key (`keyId`).' })
  keyId!: string;
}

@ObjectType('CreateApiKeyPayload', { description: 'What came of creating an API key.' })
export class CreateApiKeyPayload extends Payload {
  @Field(() => ApiKey, { nullable: true, description: 'The new key; null when `userErrors` says why not.' })
  apiKey?: ApiKeySource | null;

  @Field(() => String, {
    nullable: true,
    description: 'Send it as `Authorization: Bearer ...`. It is shown here once, and never again.',
  })
  secret?: string | null;
}

@ObjectType('RevokeApiKeyPayload', { description: 'What came of revoking an API key.' })
export class RevokeApiKeyPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The id of the key that was revoked.' })
  keyId?: string | null;
}

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, { description: 'The API keys of the caller, or of a user that it manages.' })
  async apiKeys(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('username', () => String, { nullable: true, description: 'The user; the caller by default.' })
    username?: string | null,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the user's tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<Counted<ApiKeySource>> {
    const list = 'apiKeys';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant), username: optional(username) };
    const { apiKeys, truncated } = await listApiKeys(context.request, { ...scope, ...request });
    const connection = toConnection({ request, truncated, list }, apiKeys.map(toApiKeySource), (key) => key.keyId);
    return { ...connection, count: () => countApiKeys(context.request, scope) };
  }

  @Mutation(() => CreateApiKeyPayload, {
    description: 'Creates an API key for the caller, or for a user that it manages.',
  })
  createApiKey(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateApiKeyInput, { description: 'Whose key, and what for.' }) input: CreateApiKeyInput,
  ): Promise<CreateApiKeyPayload> {
    return answer(async () => {
      const { apiKey, secret } = await createApiKey(context.request, {
        tenant: optional(input.tenant),
        username: optional(input.username),
        name: input.name,
        scopes: input.scopes,
        sessionPolicy: optional(input.sessionPolicy),
        expiresAt: optional(input.expiresAt),
      });
      return { apiKey: toApiKeySource(apiKey), secret };
    });
  }

  @Mutation(() => RevokeApiKeyPayload, { description: 'Revokes an API key; it stops working at once.' })
  revokeApiKey(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RevokeApiKeyInput, { description: 'The key.' }) { keyId }: RevokeApiKeyInput,
  ): Promise<RevokeApiKeyPayload> {
    return answer(async () => {
      await revokeApiKey(context.request, { keyId });
      return { keyId };
    });
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() key: ApiKeySource): string {
    return toGlobalId('ApiKey', key.keyId);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Whose rights the key has, or fewer.' })
  user(@Root() key: ApiKeySource, @Ctx() context: GraphqlContext): Promise<UserSource | null> {
    return context.loaders.users.load(key.userId);
  }
}
