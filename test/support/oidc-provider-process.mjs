// A real OpenID provider on a port of its own. Its configuration is the JSON in OIDC_CONFIG.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const { port, jwks, accounts, clients, resource, features, tokenSeconds } = JSON.parse(process.env.OIDC_CONFIG);
const server = createServer();
await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients,
  jwks,
  cookies: { keys: ['of-a-test'] },
  claims: {
    openid: ['sub'],
    profile: [...new Set(Object.values(accounts).flatMap((claims) => Object.keys(claims)))].filter(
      (name) => !name.startsWith('email'),
    ),
    email: ['email', 'email_verified'],
  },
  findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ ...accounts[id], sub: id }) }),
  extraTokenClaims: async (_ctx, token) => accounts[token.accountId],
  pkce: { required: () => true },
  ttl: { AccessToken: tokenSeconds, IdToken: 600, Session: 600, Grant: 600, Interaction: 600, AuthorizationCode: 60 },
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_ctx, client) => (client.clientId === 'spa' ? resource : undefined),
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, indicator) => ({
        scope: 'openid profile email',
        audience: indicator,
        accessTokenTTL: tokenSeconds,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
    ...features,
  },
});
const answer = provider.callback();
server.on('request', (request, response) => {
  process.stdout.write(`${request.method} ${new URL(request.url, issuer).pathname}\n`);
  answer(request, response);
});
process.stdout.write(`listening at ${issuer}\n`);
