import type { IncomingMessage } from 'node:http';
import { looksLikeApiKey } from '../auth/api-key.js';
import type { Caller, UserCaller } from '../auth/caller.js';
import { GranaryError } from '../errors.js';
import { anonymousCaller } from '../operations/access/anonymous-caller.js';
import type { Granary } from '../operations/context.js';
import { noteApiKeyUse } from '../operations/credentials/note-api-key-use.js';
import { externalCaller, isExternalToken } from '../operations/sign-in/external-caller.js';
import type { Origin } from '../operations/sign-in/session.js';
import { cookieCaller } from './session-cookies.js';

/**
 * Who sent the request: the user of its bearer token, which an OpenID provider may have issued, or of its cookie, or
 * nobody in particular. Throws `Unauthenticated`.
 */
export async function authenticate(granary: Granary, request: IncomingMessage, origin: Origin): Promise<Caller> {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    return (await cookieCaller(granary, request)) ?? anonymousCaller(granary);
  }
  const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization) ?? [];
  if (token === undefined) {
    throw new GranaryError('Unauthenticated', 'The Authorization header must be "Bearer" and an access token.');
  }
  const user = await bearerOf(granary, token, origin);
  granary.tenants.refuseSuspended(user.tenantId);
  return user;
}

async function bearerOf(granary: Granary, token: string, origin: Origin): Promise<UserCaller> {
  if (looksLikeApiKey(token)) {
    return apiKeyCaller(granary, token);
  }
  if (await isExternalToken(granary, token)) {
    return externalCaller(granary, token, origin);
  }
  const user = await granary.credentials.findClaimed(await granary.tokens.verifyAccessToken(token));
  if (user === undefined) {
    throw new GranaryError('Unauthenticated', 'The access token is not valid.');
  }
  return user;
}

async function apiKeyCaller(granary: Granary, secret: string): Promise<UserCaller> {
  const user = await granary.credentials.findApiKey(secret);
  if (user?.apiKeyId === undefined) {
    throw new GranaryError('Unauthenticated', 'The API key is not valid.');
  }
  noteApiKeyUse(granary, user.apiKeyId);
  return user;
}
