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
  registerEnumType,
} from 'type-graphql';
import { EncryptionKey } from '../entities/encryption-key.js';
import { createEncryptionKey } from '../operations/encryption/create-encryption-key.js';
import { countEncryptionKeys, listEncryptionKeys } from '../operations/encryption/list-encryption-keys.js';
import { updateEncryptionKey } from '../operations/encryption/update-encryption-key.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, countedConnectionTypes, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { type EncryptionKeySource, toEncryptionKeySource } from './sources.js';
import { answer, Payload } from './user-error.js';

export const EncryptionKeyConnection = countedConnectionTypes<EncryptionKeySource>('EncryptionKey', {
  type: () => EncryptionKey,
  noun: 'encryption keys',
});

/** Whether a named key may be used. */
export enum EncryptionKeyState {
  ENABLED = 'ENABLED',
  DISABLED = 'DISABLED',
}

registerEnumType(EncryptionKeyState, {
  name: 'EncryptionKeyState',
  description: 'Whether an encryption key may be used.',
  valuesConfig: {
    ENABLED: { description: 'Objects can be written and read with it.' },
    DISABLED: { description: 'What is sealed with it can be neither written nor read.' },
  },
});

@InputType('CreateEncryptionKeyInput', { description: 'The encryption key to create.' })
export class CreateEncryptionKeyInput {
  @Field(() => String, { description: 'The name, unique within the tenant: letters, digits and / _ -' })
  name!: string;

  @Field(() => String, { nullable: true, description: "The name of the tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'What the key is for.' })
  description?: string | null;
}

@InputType('UpdateEncryptionKeyInput', { description: 'The encryption key, and whether it may be used.' })
export class UpdateEncryptionKeyInput {
  @Field(() => String, { description: 'The name of the key.' })
  name!: string;

  @Field(() => String, { nullable: true, description: "The name of the tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => EncryptionKeyState, { description: 'Whether the key may be used from now on.' })
  state!: EncryptionKeyState;
}

@ObjectType('CreateEncryptionKeyPayload', { description: 'What came of creating an encryption key.' })
export class CreateEncryptionKeyPayload extends Payload {
  @Field(() => EncryptionKey, { nullable: true, description: 'The new key; null when `userErrors` says why not.' })
  encryptionKey?: EncryptionKeySource | null;
}

@ObjectType('UpdateEncryptionKeyPayload', { description: 'What came of changing an encryption key.' })
export class UpdateEncryptionKeyPayload extends Payload {
  @Field(() => EncryptionKey, { nullable: true, description: 'The key; null when `userErrors` says why not.' })
  encryptionKey?: EncryptionKeySource | null;
}

@Resolver(() => EncryptionKey)
export class EncryptionKeyResolver {
  @Query(() => EncryptionKeyConnection, {
    description: 'The encryption keys of a tenant, by name; for administrators.',
  })
  async encryptionKeys(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<Counted<EncryptionKeySource>> {
    const list = 'encryptionKeys';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant) };
    const { encryptionKeys, truncated } = await listEncryptionKeys(context.request, { ...scope, ...request });
    const keys = encryptionKeys.map(toEncryptionKeySource);
    const connection = toConnection({ request, truncated, list }, keys, (key) => key.name);
    return { ...connection, count: () => countEncryptionKeys(context.request, scope) };
  }

  @Mutation(() => CreateEncryptionKeyPayload, {
    description: 'Creates an encryption key for objects that are to be sealed with it (SSE-KMS); for administrators.',
  })
  createEncryptionKey(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateEncryptionKeyInput, { description: 'The key.' }) input: CreateEncryptionKeyInput,
  ): Promise<CreateEncryptionKeyPayload> {
    return answer(async () => {
      const { name } = input;
      const made = { name, tenant: optional(input.tenant), description: optional(input.description) };
      return { encryptionKey: toEncryptionKeySource(await createEncryptionKey(context.request, made)) };
    });
  }

  @Mutation(() => UpdateEncryptionKeyPayload, {
    description: 'Disables or enables an encryption key. While disabled, what is sealed with it cannot be read.',
  })
  updateEncryptionKey(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateEncryptionKeyInput, { description: 'The key and its state.' })
    { name, tenant, state }: UpdateEncryptionKeyInput,
  ): Promise<UpdateEncryptionKeyPayload> {
    return answer(async () => {
      const change = { name, tenant: optional(tenant), state };
      return { encryptionKey: toEncryptionKeySource(await updateEncryptionKey(context.request, change)) };
    });
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() key: EncryptionKeySource): string {
    return toGlobalId('EncryptionKey', key.id);
  }

  @FieldResolver(() => String, { description: 'The id under which S3 names the key (KMS key id).' })
  keyId(@Root() key: EncryptionKeySource): string {
    return key.id;
  }
}
