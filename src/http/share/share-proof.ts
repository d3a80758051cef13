import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Granary } from '../../operations/context.js';
import { ownPath, publicUrlOf } from '../public-url.js';

type CookieName = 'granary-share' | 'granary-share-form';

interface ShareExchange {
  request: FastifyRequest<{ Params: { token: string } }>;
  reply: FastifyReply;
}

/** What a visitor got for the password: from a header, as programs send it, or from the cookie. */
export function proofOf(granary: Granary, request: ShareExchange['request']): string | undefined {
  const header = request.headers['granary-share-access'];
  return typeof header === 'string' ? header : readShareCookie(granary, request, 'granary-share');
}

/** Keeps it in a cookie that scripts cannot read, for the addresses of this link alone. */
export function keepProof(
  granary: Granary,
  exchange: ShareExchange,
  { proof, expiresAt }: { proof: string; expiresAt: Date },
): void {
  // Lax, so that who follows the link from a mail a second time need not give the password again.
  putShareCookie(granary, exchange, { name: 'granary-share', value: proof, sameSite: 'lax', expires: expiresAt });
}

export function putShareCookie(
  { settings }: Granary,
  { request, reply }: ShareExchange,
  { name, value, ...options }: { name: CookieName; value: string; sameSite: 'lax' | 'strict'; expires?: Date },
): void {
  const publicUrl = publicUrlOf(settings, request.raw);
  const path = ownPath(settings, `/s/${encodeURIComponent(request.params.token)}`);
  const all = { path, httpOnly: true, secure: publicUrl.startsWith('https:'), ...options };
  reply.header('set-cookie', fastifyCookie.serialize(fullName(name, publicUrl), value, all));
}

export function readShareCookie({ settings }: Granary, request: FastifyRequest, name: CookieName): string | undefined {
  const publicUrl = publicUrlOf(settings, request.raw);
  return fastifyCookie.parse(request.headers.cookie ?? '')[fullName(name, publicUrl)] || undefined;
}

/** Browsers take a cookie with the prefix over TLS only (RFC 6265bis, section 4.1.3.1). */
function fullName(name: CookieName, publicUrl: string): string {
  return publicUrl.startsWith('https:') ? `__Secure-${name}` : name;
}
