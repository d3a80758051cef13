import { fastifyCookie } from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isGranaryError } from '../errors.js';
import { anonymousCaller } from '../operations/access/anonymous-caller.js';
import type { Granary } from '../operations/context.js';
import { finishOidcLogin } from '../operations/oidc/finish-oidc-login.js';
import { loginSeconds } from '../operations/oidc/oidc-login-state.js';
import { openProviderSession, providerLogoutUrl, sealProviderSession } from '../operations/oidc/oidc-logout.js';
import { startOidcLogin } from '../operations/oidc/start-oidc-login.js';
import { logout } from '../operations/sign-in/logout.js';
import { homePath, returnPath } from '../operations/sign-in/return-path.js';
import { contextOrigin } from './context-origin.js';
import { mountPart } from './mount-part.js';
import { ownPath, publicUrlOf } from './public-url.js';
import { sessionCookies } from './session-cookies.js';
import { escapeHtml } from './share/escape-html.js';

type CookieOptions = NonNullable<Parameters<typeof fastifyCookie.serialize>[2]>;

type CookieName = 'granary-oidc-login' | 'granary-oidc-session';

interface ProviderParams {
  provider: string;
}

/** `/auth/oidc/…`: where a browser goes to sign in at an OpenID provider, comes back, and signs out. */
export function mountOidc(app: FastifyInstance, granary: Granary): void {
  void mountPart(app, 'oidc', async (scope) => {
    scope.addHook('onSend', async (_request, reply) => {
      reply.headers({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
    });
    scope.setErrorHandler((error, request, reply) => sendProblem(granary, error, { request, reply }));
    const route = { method: 'GET', exposeHeadRoute: false } as const;
    scope.route<{ Params: ProviderParams }>({
      ...route,
      url: '/auth/oidc/:provider/login',
      handler: (request, reply) => sendToProvider(granary, request, reply),
    });
    scope.route<{ Params: ProviderParams }>({
      ...route,
      url: '/auth/oidc/:provider/callback',
      handler: (request, reply) => receiveFromProvider(granary, request, reply),
    });
    scope.route({ ...route, url: '/auth/oidc/logout', handler: (request, reply) => signOut(granary, request, reply) });
  });
}

type ProviderRequest = FastifyRequest<{ Params: ProviderParams }>;

async function sendToProvider(granary: Granary, request: ProviderRequest, reply: FastifyReply): Promise<FastifyReply> {
  const publicUrl = publicUrlOf(granary.settings, request.raw);
  const { location, sealedState } = await startOidcLogin(granary, {
    address: request.params.provider,
    returnTo: returnToOf(granary, request),
    publicUrl,
  });
  // The browser comes back from another site, where a strict cookie would not be sent.
  putCookie(reply, publicUrl, ['granary-oidc-login', sealedState, { sameSite: 'lax', maxAge: loginSeconds }]);
  return reply.redirect(location, 303);
}

async function receiveFromProvider(
  granary: Granary,
  request: ProviderRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const publicUrl = publicUrlOf(granary.settings, request.raw);
  // A sign-in can be ended once, however it ends.
  putCookie(reply, publicUrl, ['granary-oidc-login', '', { maxAge: 0 }]);
  const { session, returnTo, idToken } = await finishOidcLogin(
    granary,
    {
      address: request.params.provider,
      sealedState: readCookie(request, publicUrl, 'granary-oidc-login'),
      callbackUrl: new URL(publicUrl + request.raw.url),
    },
    contextOrigin(granary.settings, request),
  );
  sessionCookies(granary, { request: request.raw, reply }).put(session);
  const kept = sealProviderSession(granary.secretBox, { address: request.params.provider, idToken });
  putCookie(reply, publicUrl, ['granary-oidc-session', kept, { expires: session.refreshExpiresAt }]);
  return reply.redirect(returnTo, 303);
}

async function signOut(granary: Granary, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const publicUrl = publicUrlOf(granary.settings, request.raw);
  const cookies = sessionCookies(granary, { request: request.raw, reply });
  cookies.requireOwnSite();
  const caller = await anonymousCaller(granary);
  await logout(
    { granary, caller, ...contextOrigin(granary.settings, request) },
    { refreshToken: cookies.refreshToken },
  );
  cookies.clear();
  const kept = readCookie(request, publicUrl, 'granary-oidc-session');
  putCookie(reply, publicUrl, ['granary-oidc-session', '', { maxAge: 0 }]);
  const session = kept === undefined ? undefined : openProviderSession(granary.secretBox, kept);
  const location = session && (await providerLogoutUrl(granary, session, publicUrl));
  return reply.redirect(location ?? returnPath(returnToOf(granary, request)), 303);
}

function returnToOf({ settings }: Granary, request: FastifyRequest): string {
  const { returnTo } = request.query as { returnTo?: unknown };
  return typeof returnTo === 'string' ? returnTo : ownPath(settings, homePath);
}

function putCookie(
  reply: FastifyReply,
  publicUrl: string,
  [name, value, options]: [name: CookieName, value: string, options: CookieOptions],
): void {
  const secure = publicUrl.startsWith('https:');
  const all = {
    path: ownPath({ publicUrl }, '/auth/oidc'),
    httpOnly: true,
    sameSite: 'strict',
    secure,
    ...options,
  } as const;
  reply.header('set-cookie', fastifyCookie.serialize(fullName(name, publicUrl), value, all));
}

function readCookie(request: FastifyRequest, publicUrl: string, name: CookieName): string | undefined {
  return fastifyCookie.parse(request.headers.cookie ?? '')[fullName(name, publicUrl)] || undefined;
}

/** Browsers take a cookie with the prefix over TLS only (RFC 6265bis, section 4.1.3.1). */
function fullName(name: CookieName, publicUrl: string): string {
  return publicUrl.startsWith('https:') ? `__Secure-${name}` : name;
}

const statuses: Partial<Record<string, number>> = {
  NotFound: 404,
  Unauthenticated: 401,
  Denied: 403,
  Unavailable: 503,
};

async function sendProblem(
  granary: Granary,
  error: unknown,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  const status = isGranaryError(error) ? (statuses[error.kind] ?? 500) : 500;
  if (status === 500) {
    granary.log.error({ requestId: request.id, error }, 'a sign-in by way of an OpenID provider failed');
  }
  const message = isGranaryError(error) && status !== 500 ? error.message : 'Internal error';
  await reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(page(message, ownPath(granary.settings, homePath)));
}

/** For people: it is they who stand before it, not a program. */
function page(message: string, home: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Granary</title>
<h1>You are not signed in</h1>
<p>${escapeHtml(message)}</p>
<p><a href="${escapeHtml(home)}">Go on</a></p>
`;
}
