import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { shareDigest } from '../auth/share-token.js';
import { isGranaryError } from '../errors.js';
import type { Granary } from '../operations/context.js';
import type { AppliedLimit } from '../operations/rate-limits/rate-limits.js';
import { contextOrigin } from './context-origin.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The limits that the request was held against, in the order in which it was. */
    appliedLimits: AppliedLimit[] | null;
  }
}

/** Whoever watches over the server asks these as often as it likes. */
const unlimited = new Set(['/health', '/ready', '/metrics']);

/** Holds every request against the limit of its address, and tells in headers of all limits that applied. */
export function mountRateLimits(app: FastifyInstance, granary: Granary): void {
  app.decorateRequest('appliedLimits', null);
  app.addHook('onRequest', async (request) => {
    if (!unlimited.has(request.routeOptions.url ?? '')) {
      const { sourceIp } = contextOrigin(granary.settings, request);
      await granary.rateLimits.admitAddress(sourceIp, (applied) => note(request, applied));
    }
  });
  app.addHook('onSend', async ({ appliedLimits }, reply) => {
    if (appliedLimits !== null) {
      reply.headers(headersOf(appliedLimits));
    }
  });
}

/**
 * Finds out who asks, and holds the request against the limits for that. Whoever shows wrong credentials is counted as
 * one who shows none, so that guessing them is slow.
 */
export async function admitCaller(
  granary: Granary,
  request: FastifyRequest,
  authenticate: () => Promise<Caller>,
): Promise<Caller> {
  const { sourceIp } = contextOrigin(granary.settings, request);
  const onLimit = (applied: AppliedLimit) => note(request, applied);
  try {
    const caller = await authenticate();
    await granary.rateLimits.admitCaller(caller, sourceIp, onLimit);
    return caller;
  } catch (error) {
    if (isGranaryError(error, 'Unauthenticated')) {
      await granary.rateLimits.admitAnonymous(sourceIp, onLimit);
    }
    throw error;
  }
}

/** As {@link admitCaller}, for what anybody may ask. */
export async function admitAnonymous(granary: Granary, request: FastifyRequest): Promise<void> {
  const { sourceIp } = contextOrigin(granary.settings, request);
  await granary.rateLimits.admitAnonymous(sourceIp, (applied) => note(request, applied));
}

/** As {@link admitAnonymous}, for who comes with what may be the token of a share link. */
export async function admitVisitor(granary: Granary, request: FastifyRequest, token: string): Promise<void> {
  const { sourceIp } = contextOrigin(granary.settings, request);
  await admitAnonymous(granary, request);
  await granary.rateLimits.admitShare(shareDigest(token), sourceIp, (applied) => note(request, applied));
}

function note(request: FastifyRequest, applied: AppliedLimit): void {
  request.appliedLimits = [...(request.appliedLimits ?? []), applied];
}

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function headersOf(limits: AppliedLimit[]): Record<string, string> {
  const refused = limits.find((limit) => !limit.admitted);
  return {
    'ratelimit-policy': limits
      .map(({ name, limit }) => `"${name}";q=${limit.requests};w=${limit.windowMs / 1000}`)
      .join(', '),
    ratelimit: limits
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
    ...(refused === undefined ? {} : { 'retry-after': String(refused.resetSeconds) }),
  };
}
