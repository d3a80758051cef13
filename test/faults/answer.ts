import { CutShort } from './read-digest.js';

/** How a request ended: `refused` promises that it had no effect, `unknown` (503, or no answer) promises nothing. */
export interface Answer {
  outcome: 'done' | 'refused' | 'unknown';
  /** The status and the protocol's own word, for example `507 InsufficientStorage`; `no answer` and why when there was none. */
  text: string;
  /** The header of that name, in seconds. */
  retryAfter?: string | undefined;
}

interface FailedRequest {
  name?: string;
  /** Of the socket. */
  code?: string;
  graphqlCode?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

/** Sends a request through either door and tells how it ended; never rejects. */
export async function answerOf(send: () => Promise<unknown>): Promise<Answer> {
  try {
    await send();
    return { outcome: 'done', text: '200' };
  } catch (error) {
    return error instanceof CutShort
      ? { outcome: 'unknown', text: '200 cut short' }
      : failureOf(error as FailedRequest);
  }
}

function failureOf({ name, code, graphqlCode, $metadata, $response }: FailedRequest): Answer {
  if (graphqlCode !== undefined) {
    return { outcome: graphqlCode === 'UNAVAILABLE' ? 'unknown' : 'refused', text: `GraphQL ${graphqlCode}` };
  }
  const status = $metadata?.httpStatusCode;
  if (status === undefined) {
    return { outcome: 'unknown', text: `no answer (${code ?? name})` };
  }
  const retryAfter = $response?.headers?.['retry-after'];
  return { outcome: status === 503 ? 'unknown' : 'refused', text: `${status} ${name}`, retryAfter };
}
