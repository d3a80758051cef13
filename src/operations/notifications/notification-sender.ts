import { GranaryError } from '../../errors.js';

/** What is sent. */
export interface NotificationMessage {
  /** The same at each attempt; 0 for a trial. */
  readonly id: number;
  readonly eventName: string;
  readonly bucketId: number;
  readonly key: string;
  readonly body: string;
}

/** A way to one target. Sending resolves when the target has taken the message over, and rejects otherwise. */
export interface NotificationSender {
  send(message: NotificationMessage): Promise<void>;
  close(): Promise<void>;
}

/** A failure in our own words, which a tenant may read. */
export class SendFailure extends Error {}

/** From the first step of connecting to the last word of the answer. */
export const sendLimitMs = 10_000;

/** Why a message did not arrive: our own words or a code, nothing of what the target said. */
export function describeSendFailure(error: unknown): string {
  if (error instanceof SendFailure || error instanceof GranaryError) {
    return error.message;
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code)
    ? `The target cannot be reached (${code}).`
    : 'The target cannot be reached, or did not take the message.';
}
