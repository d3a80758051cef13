import type { IncomingMessage } from 'node:http';
import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply } from 'fastify';
import type { UserCaller } from '../auth/caller.js';
import type { Settings } from '../config/settings.js';
import { GranaryError, isGranaryError } from '../errors.js';
import type { Granary } from '../operations/context.js';
import type { Session } from '../operations/sign-in/session.js';
import type { SessionCookies } from '../resolvers/context.js';
import { publicUrlOf } from './public-url.js';

type CookieName = 'granary-access' | 'granary-refresh';

/** The session cookies of a request and of its answer. */
export function sessionCookies(
  { settings }: Granary,
  { request, reply }: { request: IncomingMessage; reply: FastifyReply },
): SessionCookies {
  const put = (name: CookieName, value: string, expires: Date): void => {
    const secure = isSecure(settings, request);
    const options = { path: '/', httpOnly: true, sameSite: 'strict', secure, expires } as const;
    reply.header('set-cookie', fastifyCookie.serialize(fullName(name, secure), value, options));
  };
  return {
    refreshToken: readCookie(settings, request, 'granary-refresh'),
    requireOwnSite: () => {
      if (!isFromOwnSite(settings, request)) {
        throw new GranaryError('Denied', 'The page that asks is not one of this server.', { reason: 'ForeignOrigin' });
      }
    },
    put: (session: Session) => {
      put('granary-access', session.accessToken, session.expiresAt);
      put('granary-refresh', session.refreshToken, session.refreshExpiresAt);
    },
    clear: () => {
      put('granary-access', '', new Date(0));
      put('granary-refresh', '', new Date(0));
    },
  };
}

/**
 * The user of the request's access cookie. A cookie that is no good any more, or that a foreign page makes the browser
 * send, counts for nothing: the browser cannot be kept from sending it, and must be able to sign in anew.
 */
export async function cookieCaller(granary: Granary, request: IncomingMessage): Promise<UserCaller | undefined> {
  const token = readCookie(granary.settings, request, 'granary-access');
  if (token === undefined || !isFromOwnSite(granary.settings, request)) {
    return undefined;
  }
  try {
    const user = await granary.credentials.findClaimed(await granary.tokens.verifyAccessToken(token));
    return user === undefined || granary.tenants.of(user.tenantId).suspended ? undefined : user;
  } catch (error) {
    if (isGranaryError(error, 'Unauthenticated')) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Whether a browser sent the request for a page of this server: it tells the page's origin with whatever changes
 * something (https://fetch.spec.whatwg.org/#origin-header), and how the page relates to us with everything.
 */
function isFromOwnSite(settings: Settings, request: IncomingMessage): boolean {
  const { origin } = request.headers;
  if (origin !== undefined) {
    return origin === new URL(publicUrlOf(settings, request)).origin;
  }
  const site = request.headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

function readCookie(settings: Settings, request: IncomingMessage, name: CookieName): string | undefined {
  const value = fastifyCookie.parse(request.headers.cookie ?? '')[fullName(name, isSecure(settings, request))];
  return value === '' ? undefined : value;
}

/** Browsers let nobody but this very host set a cookie with the prefix (RFC 6265bis, section 4.1.3.2). */
function fullName(name: CookieName, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

function isSecure(settings: Settings, request: IncomingMessage): boolean {
  return publicUrlOf(settings, request).startsWith('https:');
}
