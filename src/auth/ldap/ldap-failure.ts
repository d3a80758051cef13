import { ResultCodeError } from 'ldapts';

/** What kept the directory from answering, as far as it matters who is to mend it. */
export type LdapProblem = 'UNREACHABLE' | 'TLS' | 'TIMEOUT' | 'REFUSED' | 'PROTOCOL' | 'LIMIT' | 'BUSY';

/** A failure that is not the fault of who signs in. The message has no secret: it is for administrators. */
export class LdapFailure extends Error {
  readonly problem: LdapProblem;

  constructor(problem: LdapProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'LdapFailure';
    this.problem = problem;
  }
}

/** RFC 4511, appendix A.1. */
export const resultCodes = {
  referral: 10,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccess: 50,
} as const;

/** What the number says that Active Directory hides in the text of a refused bind. */
const activeDirectoryReasons: Readonly<Record<string, string>> = {
  '525': 'there is no such user',
  '52e': 'the password is wrong',
  '530': 'not permitted at this time',
  '531': 'not permitted from this machine',
  '532': 'the password has expired',
  '533': 'the account is disabled',
  '701': 'the account has expired',
  '773': 'the password must be changed first',
  '775': 'the account is locked',
};

/** The result code that the server answered; undefined when it did not answer. */
export function resultCodeOf(error: unknown): number | undefined {
  return error instanceof ResultCodeError ? error.code : undefined;
}

/** What the server said of a refusal, short, in one line. */
export function describeRefusal(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, code] = /\bdata ([0-9a-f]{3})\b/.exec(text) ?? [];
  const reason = code === undefined ? undefined : activeDirectoryReasons[code];
  return reason ?? text.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
}
