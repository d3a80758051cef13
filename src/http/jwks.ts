import type { FastifyInstance } from 'fastify';
import type { Granary } from '../operations/context.js';

/** How long others may keep the keys; a token with a key that they do not know makes them ask again. */
const cacheSeconds = 300;

/** `/.well-known/jwks.json`: the public keys with which anybody can verify access tokens. */
export function mountJwks(app: FastifyInstance, granary: Granary): void {
  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply
      .header('cache-control', `public, max-age=${cacheSeconds}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify(await granary.tokens.publicKeys())),
  );
}
