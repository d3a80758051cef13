import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Granary } from '../context.js';
import { guardedAgents } from '../outgoing-address.js';
import { type NotificationMessage, type NotificationSender, SendFailure, sendLimitMs } from './notification-sender.js';
import { notificationBounds, parseTargetAddress } from './notification-target-input.js';
import type { TargetState } from './notification-targets.js';

/**
 * Posts messages as JSON. The signature is HMAC-SHA256 with the target's secret over the time, a dot and the body, so
 * that neither can be changed, and an old request is known as old.
 */
export async function openWebhook(granary: Granary, target: TargetState): Promise<NotificationSender> {
  const { url, secure } = parseTargetAddress(granary, target.kind, target.address);
  const bounds = notificationBounds(granary.settings.notificationAllowPrivate);
  const { httpAgent, httpsAgent } = guardedAgents(bounds, { keepAlive: true, maxSockets: 64 });
  const ask = secure ? httpsRequest : httpRequest;
  return {
    send: (message) => {
      const answer = Promise.withResolvers<void>();
      const request = ask(url, {
        method: 'POST',
        agent: secure ? httpsAgent : httpAgent,
        headers: headersOf(message, target.secret),
        signal: AbortSignal.timeout(sendLimitMs),
      });
      request.once('error', answer.reject);
      request.once('response', (response) => judge(response, answer));
      request.end(message.body);
      return answer.promise;
    },
    close: async () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

function headersOf({ id, eventName, body }: NotificationMessage, secret: string | null): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'Granary',
    'granary-event': eventName,
    'granary-delivery': String(id),
    'granary-timestamp': timestamp,
    ...(secret === null
      ? {}
      : { 'granary-signature': `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}` }),
  };
}

/** The status is all that counts; what else there is to read is thrown away. Redirects are not followed. */
function judge(response: IncomingMessage, answer: PromiseWithResolvers<void>): void {
  const { statusCode = 0 } = response;
  response.on('error', answer.reject);
  if (statusCode >= 200 && statusCode < 300) {
    answer.resolve();
  } else {
    const isRedirect = statusCode >= 300 && statusCode < 400;
    const text = isRedirect ? 'with a redirect, which is not followed' : 'that it did not take the message';
    answer.reject(new SendFailure(`The target answered ${text} (status ${statusCode}).`));
  }
  if (Number(response.headers['content-length'] ?? Infinity) > 65_536) {
    response.destroy();
  } else {
    response.resume();
  }
}
