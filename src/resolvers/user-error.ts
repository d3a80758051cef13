import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { GranaryError } from '../errors.js';
import { errorCodes } from '../wire/error-codes.js';

/** What kind of failure a user error is, for programs. */
export const ErrorCode = {
  INVALID_INPUT: 'INVALID_INPUT',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  DENIED: 'DENIED',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  PRECONDITION_FAILED: 'PRECONDITION_FAILED',
  TOO_LARGE: 'TOO_LARGE',
  DIGEST_MISMATCH: 'DIGEST_MISMATCH',
  INCOMPLETE_BODY: 'INCOMPLETE_BODY',
  QUOTA_EXCEEDED: 'QUOTA_EXCEEDED',
  RATE_LIMITED: 'RATE_LIMITED',
  LOCKED: 'LOCKED',
  STORAGE_FULL: 'STORAGE_FULL',
  NOT_SUPPORTED: 'NOT_SUPPORTED',
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'What kind of failure a user error is, for programs.',
  valuesConfig: {
    INVALID_INPUT: { description: 'A value of the input is not allowed; `field` says which.' },
    UNAUTHENTICATED: {
      description: 'What was given to show who the caller is (a password, a code, a refresh token) is not valid.',
    },
    DENIED: { description: 'The caller has no permission for this.' },
    NOT_FOUND: { description: 'There is no such thing, or the caller may not know of it.' },
    CONFLICT: { description: 'What is there already stands in the way, for example a name that is taken.' },
    PRECONDITION_FAILED: { description: 'A condition that the caller set does not hold.' },
    TOO_LARGE: { description: 'The content has more bytes than are accepted.' },
    DIGEST_MISMATCH: { description: 'The content does not have the digest that was announced.' },
    INCOMPLETE_BODY: { description: 'The content ended before its announced end, or the client stopped sending.' },
    QUOTA_EXCEEDED: { description: 'A quota would be exceeded.' },
    RATE_LIMITED: { description: 'Too many requests or failed attempts; the message says when to try again.' },
    LOCKED: { description: 'A lock or a hold forbids the change.' },
    STORAGE_FULL: { description: 'The storage has no room left.' },
    NOT_SUPPORTED: { description: 'This server does not do that.' },
  },
});

/** An expected failure of a mutation. */
@ObjectType('UserError', { description: 'An expected failure of a mutation.' })
export class UserError {
  @Field(() => ErrorCode, { description: 'The kind of failure, for programs.' })
  code!: ErrorCode;

  @Field(() => [String], { nullable: true, description: 'The path of the input field at fault, from `input` on.' })
  field!: string[] | null;

  @Field(() => String, { description: 'What went wrong, for people.' })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Of what policies denied: the id under which `decision` explains why, for a while.',
  })
  decisionId?: string | null;
}

/** What every mutation's payload has. */
@ObjectType()
export abstract class Payload {
  @Field(() => [UserError], { description: 'What a caller can expect to go wrong; empty when all went well.' })
  userErrors!: UserError[];
}

/** Runs a mutation's work; an expected failure becomes the payload's user error, anything else is thrown on. */
export async function answer<Result extends object>(
  work: () => Promise<Result>,
): Promise<Result & { userErrors: UserError[] }> {
  try {
    return { userErrors: [], ...(await work()) };
  } catch (error) {
    // The payload's other fields are nullable: the failure is what there is to say.
    return { userErrors: [toUserError(error)] } as Result & { userErrors: UserError[] };
  }
}

/** As {@link answer}, for the mutations whose failure is that the caller is not who it says. */
export async function answerSignIn<Result extends object>(
  work: () => Promise<Result>,
): Promise<Result & { userErrors: UserError[] }> {
  return answer(async () => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof GranaryError && error.kind === 'Unauthenticated') {
        const userErrors: UserError[] = [{ code: ErrorCode.UNAUTHENTICATED, field: null, message: error.message }];
        return { userErrors } as Result & { userErrors: UserError[] };
      }
      throw error;
    }
  });
}

/** The user error of an expected failure; throws on what is none. `at` is the path of the input when it is not `input`. */
export function toUserError(error: unknown, at: string[] = ['input']): UserError {
  const code = error instanceof GranaryError ? expectedCode(error) : undefined;
  if (!(error instanceof GranaryError) || code === undefined) {
    throw error;
  }
  const { decisionId = null } = error.data;
  const shown = decisionId === null ? null : String(decisionId);
  return { code, field: fieldPath(error.field, at), message: error.message, decisionId: shown };
}

function expectedCode(error: GranaryError): ErrorCode | undefined {
  const code: string = errorCodes[error.kind];
  return error.kind !== 'Unauthenticated' && code in ErrorCode ? (code as ErrorCode) : undefined;
}

function fieldPath(field: string[] | undefined, at: string[]): string[] | null {
  if (field === undefined) {
    return at.length > 1 ? at : null;
  }
  return field[0] === 'input' ? field : [...at, ...field];
}
