/** What a remote store answered instead of what was asked for. It has nothing of the request, whose headers are secret. */
export class RemoteFailure extends Error {
  /** HTTP's status; undefined when no answer came. */
  readonly status: number | undefined;
  /** The service's or the system's name of the failure, for example `SlowDown` or `ECONNRESET`. */
  readonly code: string;

  constructor(status: number | undefined, code: string) {
    super(status === undefined ? code : `${code} (HTTP ${status})`);
    this.name = 'RemoteFailure';
    this.status = status;
    this.code = code;
  }
}

/** Failures of the network, and of attempts that took too long. */
const NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'REQUEST_SEND_ERROR',
  'AbortError',
  'TimeoutError',
]);

/** Names with which services ask for patience, some of them under a status of 400 or even 200. */
const THROTTLED = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'rateLimitExceeded',
  'userRateLimitExceeded',
]);

const FULL = new Set(['InsufficientStorage', 'QuotaExceeded', 'XMinioStorageFull', 'EDQUOT', 'ENOSPC']);

/** 501, 505 and 507 say that asking again does not help. */
const PERMANENT = new Set([501, 505, 507]);

export function isRetryable({ status, code }: RemoteFailure): boolean {
  if (THROTTLED.has(code)) return true;
  if (status === undefined || status < 300) return NETWORK.has(code);
  return status === 408 || status === 429 || (status >= 500 && !PERMANENT.has(status));
}

export function isQuota({ status, code }: RemoteFailure): boolean {
  return status === 507 || FULL.has(code);
}

/** Reads what an SDK threw, by its shape: each has classes of its own. */
export function remoteFailure(error: unknown): RemoteFailure {
  if (error instanceof RemoteFailure) return error;
  const status =
    numberIn(fieldOf(fieldOf(error, '$metadata'), 'httpStatusCode')) ??
    numberIn(fieldOf(error, 'statusCode')) ??
    numberIn(fieldOf(error, 'status'));
  // `fetch` names what happened in the cause only.
  const code = textIn(fieldOf(error, 'code')) ?? textIn(fieldOf(fieldOf(error, 'cause'), 'code'));
  return new RemoteFailure(status, code ?? textIn(fieldOf(error, 'name')) ?? 'Unknown');
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
