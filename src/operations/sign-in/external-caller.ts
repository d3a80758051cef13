import type { UserCaller } from '../../auth/caller.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { admitExternalUser } from '../identities/admit-external-user.js';
import type { KnownToken } from './external-tokens.js';
import type { Origin } from './session.js';
import { issuerOf, verifyExternalToken } from './verify-external-token.js';

/** True when it is for an OpenID provider to say whose this token is. */
export async function isExternalToken({ oidc }: Granary, token: string): Promise<boolean> {
  const issuers = (await oidc.providers.enabled()).filter(({ acceptBearer }) => acceptBearer);
  const issuer = issuers.length === 0 ? undefined : issuerOf(token);
  return issuer !== undefined && issuers.some((provider) => provider.issuer === issuer);
}

/**
 * The user of a bearer token of an OpenID provider. At first sight the token is verified and its user brought up to date;
 * from then on both are in memory, and neither the database nor the provider is asked.
 * @throws GranaryError `Unauthenticated`; `Unavailable` when the issuer is away and its keys are not known.
 */
export async function externalCaller(granary: Granary, token: string, origin: Origin): Promise<UserCaller> {
  const known = (await stillGood(granary, token)) ?? (await judge(granary, token, origin));
  const user = await granary.credentials.findUser(known.userId);
  if (user === undefined) {
    throw new GranaryError('Unauthenticated', 'The access token is not valid.', { reason: 'InvalidToken' });
  }
  return user;
}

async function stillGood({ oidc }: Granary, token: string): Promise<KnownToken | undefined> {
  const known = oidc.tokens.find(token);
  const providers = known === undefined ? [] : await oidc.providers.enabled();
  const isSame = providers.some(
    ({ id, revision, acceptBearer }) => acceptBearer && id === known?.providerId && revision === known.revision,
  );
  return isSame ? known : undefined;
}

function judge(granary: Granary, token: string, origin: Origin): Promise<KnownToken> {
  return granary.oidc.tokens.judge(token, async (past) => {
    const { provider, claims, expiresAt } = await verifyExternalToken(granary, token);
    const by = past === 'new' ? 'TOKEN' : 'REPEATED';
    const userId = await admitExternalUser(granary, { provider, claims, origin, by });
    return { userId, providerId: provider.id, revision: provider.revision, expiresAt };
  });
}
