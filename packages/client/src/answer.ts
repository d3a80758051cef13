import { type ErrorFacts, GranaryError, type GranaryErrorCode, type GraphqlError } from './errors.js';

/** What came back of a request. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly header: (name: string) => string | null;
}

interface GraphqlAnswer {
  data?: unknown;
  errors?: GraphqlError[];
}

/** The `data` of a GraphQL answer. Throws a {@link GranaryError} when there are errors, or when it is none. */
export function readAnswer(answer: RawAnswer): unknown {
  const { data, errors } = parse(answer);
  if (errors !== undefined && errors.length > 0) {
    throw toError(errors, { status: answer.status, data, retryAfter: retryAfterOf(answer, errors) });
  }
  if (data === undefined) {
    throw notGraphql(answer);
  }
  return data;
}

/** The error that stands for all of them: its code is that of the first. */
export function toError(errors: readonly GraphqlError[], facts: ErrorFacts = {}): GranaryError {
  const [first] = errors;
  const code = first?.extensions?.code;
  return new GranaryError(
    typeof code === 'string' ? code : 'BAD_RESPONSE',
    errors.map(({ message }) => message).join('\n'),
    { ...facts, errors },
  );
}

function parse(answer: RawAnswer): GraphqlAnswer {
  try {
    const parsed: unknown = JSON.parse(answer.text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (cause) {
    throw notGraphql(answer, cause);
  }
}

/** What answers in place of the server, such as a proxy, tells by its status only. */
function notGraphql(answer: RawAnswer, cause?: unknown): GranaryError {
  const { status } = answer;
  const facts = { status, cause, retryAfter: retryAfterOf(answer) };
  return new GranaryError(codeOfStatus(status), `The server answered with status ${status}.`, facts);
}

/** The code that says best what an HTTP status means. */
export function codeOfStatus(status: number): GranaryErrorCode {
  switch (status) {
    case 400:
      return 'BAD_REQUEST';
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'DENIED';
    case 404:
      return 'NOT_FOUND';
    case 412:
      return 'PRECONDITION_FAILED';
    case 413:
      return 'TOO_LARGE';
    case 429:
      return 'RATE_LIMITED';
    case 507:
      return 'STORAGE_FULL';
    default:
      return status === 408 || status >= 500 ? 'UNAVAILABLE' : 'BAD_RESPONSE';
  }
}

function retryAfterOf({ header }: RawAnswer, errors: readonly GraphqlError[] = []): number | undefined {
  const told = errors.find(({ extensions }) => typeof extensions?.retryAfter === 'number')?.extensions?.retryAfter;
  const seconds = Number(told ?? header('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
