import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { rotateSigningKeys } from '../operations/sign-in/rotate-signing-keys.js';
import type { GraphqlContext } from './context.js';
import { answer, Payload } from './user-error.js';

@InputType('RotateSigningKeysInput', { description: 'How to go on to a new signing key.' })
export class RotateSigningKeysInput {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'True when a key may have become known: all access tokens of the keys before end at once. By default each stays good until its own end.',
  })
  endOldTokens?: boolean | null;
}

@ObjectType('RotateSigningKeysPayload', { description: 'What came of going on to a new signing key.' })
export class RotateSigningKeysPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The id of the new key (`kid`).' })
  keyId?: string | null;
}

@Resolver()
export class SigningKeyResolver {
  @Mutation(() => RotateSigningKeysPayload, {
    description: 'Signs access tokens with a new key from now on; for global administrators.',
  })
  rotateSigningKeys(
    @Ctx() { request }: GraphqlContext,
    @Arg('input', () => RotateSigningKeysInput, { nullable: true, description: 'How.' })
    input?: RotateSigningKeysInput | null,
  ): Promise<RotateSigningKeysPayload> {
    return answer(async () => ({
      keyId: await rotateSigningKeys(request, {
        old: input?.endOldTokens === true ? 'end at once' : 'end with their tokens',
      }),
    }));
  }
}
