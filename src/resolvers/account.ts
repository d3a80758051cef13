import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { changePassword } from '../operations/sign-in/change-password.js';
import { confirmSecondFactor, renewRecoveryCodes } from '../operations/sign-in/confirm-second-factor.js';
import { disableSecondFactor } from '../operations/sign-in/disable-second-factor.js';
import { enrollSecondFactor } from '../operations/sign-in/enroll-second-factor.js';
import type { GraphqlContext } from './context.js';
import { answer, Payload } from './user-error.js';

@InputType('ChangePasswordInput', { description: "The caller's old password and the new one." })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password so far.' })
  oldPassword!: string;

  @Field(() => String, { description: 'The password from now on.' })
  newPassword!: string;
}

@InputType('SecondFactorCodeInput', { description: 'A code of the authenticator.' })
export class SecondFactorCodeInput {
  @Field(() => String, { description: 'Six digits. Each code is good once.' })
  code!: string;
}

@InputType('DisableSecondFactorInput', { description: 'What shows twice that it is the user who asks.' })
export class DisableSecondFactorInput {
  @Field(() => String, { description: "The caller's password." })
  password!: string;

  @Field(() => String, { description: 'A code of the authenticator, or a recovery code.' })
  code!: string;
}

@ObjectType('ChangePasswordPayload', { description: 'What came of changing the password.' })
export class ChangePasswordPayload extends Payload {}

@ObjectType('EnrollSecondFactorPayload', { description: 'What came of beginning with a second factor.' })
export class EnrollSecondFactorPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description: 'The secret as an otpauth URI, for a QR code. It is shown here once, and never again.',
  })
  uri?: string | null;
}

@ObjectType('RecoveryCodesPayload', {
  description: 'What came of confirming a second factor, or of new recovery codes.',
})
export class RecoveryCodesPayload extends Payload {
  @Field(() => [String], {
    nullable: true,
    description: 'Each stands in for the authenticator once. They are shown here once, and never again.',
  })
  recoveryCodes?: string[] | null;
}

@ObjectType('DisableSecondFactorPayload', { description: 'What came of taking the second factor out of use.' })
export class DisableSecondFactorPayload extends Payload {}

/** What users change about their own way of signing in. */
@Resolver()
export class AccountResolver {
  @Mutation(() => ChangePasswordPayload, {
    description: "Changes the caller's password. Its other sessions end; this one goes on.",
  })
  changePassword(
    @Ctx() { request }: GraphqlContext,
    @Arg('input', () => ChangePasswordInput, { description: 'The passwords.' }) input: ChangePasswordInput,
  ): Promise<ChangePasswordPayload> {
    const { oldPassword, newPassword } = input;
    return answer(async () => {
      await changePassword(request, { oldPassword, newPassword });
      return {};
    });
  }

  @Mutation(() => EnrollSecondFactorPayload, {
    description: 'Begins with a second factor; it counts once `confirmSecondFactor` has seen a code.',
  })
  enrollSecondFactor(@Ctx() { request }: GraphqlContext): Promise<EnrollSecondFactorPayload> {
    return answer(async () => ({ uri: await enrollSecondFactor(request) }));
  }

  @Mutation(() => RecoveryCodesPayload, {
    description: 'Takes the second factor into use: from now on `login` wants a code as well.',
  })
  confirmSecondFactor(
    @Ctx() { request }: GraphqlContext,
    @Arg('input', () => SecondFactorCodeInput, { description: 'A code.' }) { code }: SecondFactorCodeInput,
  ): Promise<RecoveryCodesPayload> {
    return answer(async () => ({ recoveryCodes: await confirmSecondFactor(request, { code }) }));
  }

  @Mutation(() => RecoveryCodesPayload, { description: 'Replaces all recovery codes of the caller.' })
  renewRecoveryCodes(
    @Ctx() { request }: GraphqlContext,
    @Arg('input', () => SecondFactorCodeInput, { description: 'A code.' }) { code }: SecondFactorCodeInput,
  ): Promise<RecoveryCodesPayload> {
    return answer(async () => ({ recoveryCodes: await renewRecoveryCodes(request, { code }) }));
  }

  @Mutation(() => DisableSecondFactorPayload, { description: "Takes the caller's second factor out of use." })
  disableSecondFactor(
    @Ctx() { request }: GraphqlContext,
    @Arg('input', () => DisableSecondFactorInput, { description: 'What shows who asks.' })
    input: DisableSecondFactorInput,
  ): Promise<DisableSecondFactorPayload> {
    const { password, code } = input;
    return answer(async () => {
      await disableSecondFactor(request, { password, code });
      return {};
    });
  }
}
