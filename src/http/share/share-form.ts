import type { FastifyReply, FastifyRequest } from 'fastify';
import { formProof, isFormProof, newFormSecret } from '../../auth/share-token.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../../operations/context.js';
import { putShareCookie, readShareCookie } from './share-proof.js';

type ShareRequest = FastifyRequest<{ Params: { token: string } }>;

/** A password as it came: from a form of ours, or from a program. */
export type GivenPassword = { kind: 'json'; password: string } | { kind: 'form'; password: string; folder: string };

/** Longer than any password may be. */
const longestPassword = 4096;

/** What a form of the page has to carry: it goes with a cookie that no other page can read. */
export function startForm(
  granary: Granary,
  { request, reply }: { request: ShareRequest; reply: FastifyReply },
): string {
  const { token } = request.params;
  const secret = readShareCookie(granary, request, 'granary-share-form') ?? newFormSecret();
  putShareCookie(granary, { request, reply }, { name: 'granary-share-form', value: secret, sameSite: 'strict' });
  return formProof(granary.secretBox, { token, secret });
}

/**
 * The password of a request. A form must have been shown by this server to this very browser; JSON is something that a
 * browser sends for no foreign page without asking, and gets no cookie.
 */
export function readPassword(granary: Granary, request: ShareRequest): GivenPassword {
  const { body } = request;
  if (body instanceof URLSearchParams) {
    requireOwnForm(granary, request, body.get('form') ?? '');
    return { kind: 'form', password: checked(body.get('password')), folder: body.get('folder') ?? '' };
  }
  const { password } = (typeof body === 'object' && body !== null ? body : {}) as { password?: unknown };
  return { kind: 'json', password: checked(password) };
}

function checked(password: unknown): string {
  if (typeof password !== 'string' || password.length > longestPassword) {
    throw new GranaryError('InvalidInput', 'Send {"password": "…"}, or the form of the page.');
  }
  return password;
}

function requireOwnForm(granary: Granary, request: ShareRequest, proof: string): void {
  const secret = readShareCookie(granary, request, 'granary-share-form');
  const site = request.headers['sec-fetch-site'];
  const isOwn = secret !== undefined && isFormProof(granary.secretBox, { token: request.params.token, secret, proof });
  if (!isOwn || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
    throw new GranaryError('Denied', 'This form was not sent from our page. Try again.', { reason: 'ForeignForm' });
  }
}
