import { GraphQLJSON } from 'graphql-scalars';
import { Arg, Ctx, Field, InputType, Mutation, Resolver } from 'type-graphql';
import { deleteBucketPolicy } from '../operations/buckets/delete-bucket-policy.js';
import { putBucketPolicy } from '../operations/buckets/put-bucket-policy.js';
import { BucketInput, DeleteBucketPolicyPayload, PutBucketPolicyPayload } from './bucket-types.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

@InputType('PutBucketPolicyInput', { description: 'The bucket, and the policy that replaces the one it has.' })
export class PutBucketPolicyInput extends BucketInput {
  @Field(() => GraphQLJSON, {
    description:
      'The policy document in the language of AWS: Version and Statement, with Effect, Principal, Action, Resource.',
  })
  policy!: object | string;
}

@InputType('DeleteBucketPolicyInput', { description: 'The bucket whose policy is to be removed.' })
export class DeleteBucketPolicyInput extends BucketInput {}

@Resolver()
export class BucketPolicyResolver {
  @Mutation(() => PutBucketPolicyPayload, {
    description:
      'Gives a bucket a policy. A document that asks for what is not evaluated is refused, never ignored. Example: `putBucketPolicy(input: { bucket: "photos", policy: $document }) { bucket { policy } userErrors { message } }`',
  })
  putBucketPolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => PutBucketPolicyInput, { description: 'The bucket and its policy.' })
    input: PutBucketPolicyInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket: input.bucket, tenant: optional(input.tenant) };
      return { bucket: await putBucketPolicy(context.request, { ...address, policy: input.policy }) };
    });
  }

  @Mutation(() => DeleteBucketPolicyPayload, { description: 'Removes the policy of a bucket.' })
  deleteBucketPolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteBucketPolicyInput, { description: 'The bucket.' }) input: DeleteBucketPolicyInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket: input.bucket, tenant: optional(input.tenant) };
      return { bucket: await deleteBucketPolicy(context.request, address) };
    });
  }
}
