import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import type { OidcProviderState } from '../oidc/oidc-providers.js';
import { longestToken } from './external-tokens.js';

/** Claims of a token that was found good. */
export type ExternalClaims = JWTPayload & { sub: string; exp: number };

export interface VerifiedToken {
  readonly provider: OidcProviderState;
  readonly claims: ExternalClaims;
  /** In milliseconds since 1970, the permitted skew included. */
  readonly expiresAt: number;
}

/** What tokens may call themselves; others are for other purposes. https://www.rfc-editor.org/rfc/rfc8725#section-3.11 */
const tokenTypes = new Set(['jwt', 'at+jwt', 'application/at+jwt', 'application/jwt']);

/** As Keycloak says it in the claims. */
const claimTypes = new Set(['bearer', 'id', 'jwt', 'at+jwt']);

/** The issuer that a token names, unproven; undefined for what is no token. */
export function issuerOf(token: string): string | undefined {
  return claimsOf(token)?.iss;
}

/**
 * The claims of a bearer token, when one of the providers that take them vouches for it. Keys and addresses in the token
 * are not looked at.
 * @throws GranaryError `Unauthenticated` for any other token; `Unavailable` when its issuer is away and its keys are not
 * known.
 */
export async function verifyExternalToken(granary: Granary, token: string): Promise<VerifiedToken> {
  const claims = claimsOf(token);
  const audiences = [claims?.aud ?? []].flat();
  const providers = await granary.oidc.providers.enabled();
  const provider = providers.find(
    ({ acceptBearer, issuer, audiences: own }) =>
      acceptBearer && issuer === claims?.iss && own.some((audience) => audiences.includes(audience)),
  );
  if (provider === undefined) {
    throw invalidToken();
  }
  return verifyTokenOf(granary, provider, { token, audiences: provider.audiences });
}

/** As {@link verifyExternalToken}, for a token that must be of this provider and for one of these audiences. */
export async function verifyTokenOf(
  granary: Granary,
  provider: OidcProviderState,
  { token, audiences }: { token: string; audiences: readonly string[] },
): Promise<VerifiedToken> {
  const { issuer, clockSkewSeconds } = provider;
  try {
    const { payload, protectedHeader } = await jwtVerify(
      token,
      (header, parts) => granary.oidc.issuers.keyOf(issuer, header, parts),
      {
        issuer,
        audience: [...audiences],
        algorithms: algorithmsOf(provider),
        clockTolerance: clockSkewSeconds,
        requiredClaims: ['iss', 'aud', 'sub', 'exp'],
      },
    );
    if (!isCredential(protectedHeader.typ, payload) || !isWhole(payload) || isOfTheFuture(payload, clockSkewSeconds)) {
      throw invalidToken();
    }
    return { provider, claims: payload, expiresAt: (payload.exp + clockSkewSeconds) * 1000 };
  } catch (error) {
    if (error instanceof GranaryError) {
      throw error;
    }
    throw invalidToken(error);
  }
}

/** Ed25519 has two names: https://www.rfc-editor.org/rfc/rfc9864 */
function algorithmsOf({ algorithms }: OidcProviderState): string[] {
  return algorithms.includes('EdDSA') ? [...algorithms, 'Ed25519'] : [...algorithms];
}

/** False for what issuers sign for other ends with the same keys: logout tokens, security events, refresh tokens. */
function isCredential(type: string | undefined, payload: JWTPayload): boolean {
  const claimed = payload.typ;
  return (
    (type === undefined || tokenTypes.has(type.toLowerCase())) &&
    (typeof claimed !== 'string' || claimTypes.has(claimed.toLowerCase())) &&
    payload.events === undefined
  );
}

function isWhole(payload: JWTPayload): payload is ExternalClaims {
  const { sub, exp } = payload;
  return typeof sub === 'string' && sub.length > 0 && sub.length <= 255 && typeof exp === 'number';
}

/** The library asks this of `nbf` only. */
function isOfTheFuture({ iat }: JWTPayload, skew: number): boolean {
  return iat !== undefined && iat > Date.now() / 1000 + skew;
}

function claimsOf(token: string): JWTPayload | undefined {
  if (token.length > longestToken) {
    return undefined;
  }
  try {
    decodeProtectedHeader(token);
    return decodeJwt(token);
  } catch {
    return undefined; // Whatever it is, it is no token of an issuer.
  }
}

function invalidToken(cause?: unknown): GranaryError {
  return new GranaryError('Unauthenticated', 'The access token is not valid or has expired.', {
    reason: 'InvalidToken',
    cause,
  });
}
