import type { IncomingMessage } from 'node:http';
import { originFacts, originOf } from '../auth/request-origin.js';
import type { Settings } from '../config/settings.js';
import type { RequestContext } from '../operations/context.js';

/** What every operation is told of where a request comes from. */
export type ContextOrigin = Pick<RequestContext, 'requestId' | 'sourceIp' | 'userAgent' | 'facts'>;

/** The origin of a request to the HTTP port; not Fastify's `request.ip`, which knows nothing of trusted proxies. */
export function contextOrigin(settings: Settings, { id, raw }: { id: string; raw: IncomingMessage }): ContextOrigin {
  const origin = originOf(raw, settings.trustedProxies);
  return {
    requestId: id,
    sourceIp: origin.address,
    userAgent: raw.headers['user-agent'],
    facts: originFacts(origin, raw),
  };
}
