import { codeOfStatus } from './answer.js';
import type { GranaryClient } from './client.js';
import { sha256, toBase64 } from './digest.js';
import { GranaryError, isGranaryError } from './errors.js';
import type { Gate } from './gate.js';
import type { PartUrls } from './part-urls.js';
import { send } from './send.js';
import type { Part } from './source.js';
import { pauseBefore, wait } from './wait.js';

const mostDenials = 2;

export interface PartSending {
  readonly client: GranaryClient;
  readonly urls: PartUrls;
  readonly gate: Gate;
  readonly signal: AbortSignal;
  readonly retries: number;
  readonly isVerified: boolean;
  /** Told how many bytes of this part are on their way; fewer than before when it begins anew. */
  onSent(part: number, bytes: number): void;
}

/** Sends one part until it is there; an upload that is paused begins it anew afterwards. */
export async function sendPart(sending: PartSending, part: Part): Promise<void> {
  const digest = sending.isVerified ? await sha256(part.content) : undefined;
  const headers: Record<string, string> = digest === undefined ? {} : { 'x-amz-checksum-sha256': toBase64(digest) };
  for (let attempt = 1; ; ) {
    await passGate(sending);
    const { closing } = sending.gate;
    const url = await sending.urls.of(part.number);
    try {
      await put(sending, part, { url, headers });
      return;
    } catch (error) {
      sending.onSent(part.number, 0);
      sending.signal.throwIfAborted();
      if (closing.aborted) {
        continue;
      }
      if (!isPassing(error) || attempt > (error.code === 'DENIED' ? mostDenials : sending.retries)) {
        throw error;
      }
      await beforeNext(sending, error, attempt);
      attempt += 1;
    }
  }
}

/** What an address that has expired is answered with: then a new one is good at once. */
async function beforeNext({ urls, signal }: PartSending, error: GranaryError, attempt: number): Promise<void> {
  if (error.code === 'DENIED') {
    urls.forget();
  } else {
    await wait(pauseBefore(attempt, error.retryAfter), signal);
  }
}

async function passGate({ gate, signal }: PartSending): Promise<void> {
  await gate.pass();
  signal.throwIfAborted();
}

async function put(
  sending: PartSending,
  { number, content }: Part,
  { url, headers }: { url: string; headers: Record<string, string> },
): Promise<void> {
  const answer = await send({
    fetch: sending.client.fetch,
    method: 'PUT',
    ...{ url, headers },
    body: content,
    credentials: 'omit',
    length: 'announced',
    signal: AbortSignal.any([sending.signal, sending.gate.closing]),
    onSent: (bytes) => sending.onSent(number, Math.min(bytes, content.size)),
  });
  if (answer.status !== 200) {
    const [, reason = ''] = /<Code>(\w+)<\/Code>/.exec(answer.text) ?? [];
    const [, message = ''] = /<Message>([^<]*)<\/Message>/.exec(answer.text) ?? [];
    const facts = { status: answer.status, retryAfter: Number(answer.header('retry-after')) || undefined };
    throw new GranaryError(codeOf(reason, answer.status), message || `Part ${number} was refused.`, facts);
  }
}

function codeOf(reason: string, status: number): string {
  switch (reason) {
    case 'BadDigest':
      return 'DIGEST_MISMATCH';
    case 'IncompleteBody':
    case 'RequestTimeout':
      return 'INCOMPLETE_BODY';
    case 'SlowDown':
      return 'RATE_LIMITED';
    case 'QuotaExceeded':
      return 'QUOTA_EXCEEDED';
    default:
      return codeOfStatus(status);
  }
}

/** What may go well the next time. */
function isPassing(error: unknown): error is GranaryError {
  return isGranaryError(
    error,
    'NETWORK',
    'UNAVAILABLE',
    'RATE_LIMITED',
    'DIGEST_MISMATCH',
    'INCOMPLETE_BODY',
    'DENIED',
  );
}
