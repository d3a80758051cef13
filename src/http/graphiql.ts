import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { packageRoot } from '../config/package-root.js';
import type { Granary } from '../operations/context.js';
import { mountPart } from './mount-part.js';

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  // Monaco and GraphiQL write style elements and attributes at run time.
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/graphiql`: the page that the build bundled, which asks nothing of any other host. */
export async function mountGraphiql(app: FastifyInstance, { settings }: Granary): Promise<void> {
  if (settings.graphiql === 'off') {
    return;
  }
  const root = join(packageRoot, 'dist', 'graphiql');
  if (!existsSync(join(root, 'index.html'))) {
    app.get('/graphiql', (_request, reply) =>
      reply.code(404).send({ error: 'GraphiQL was not built. Run: npm run build' }),
    );
    return;
  }
  await mountPart(app, 'graphiql', async (scope) => {
    scope.addHook('onSend', async (_request, reply) => {
      reply.headers({
        'content-security-policy': contentSecurityPolicy,
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
    });
    await scope.register(fastifyStatic, { root, prefix: '/graphiql/', decorateReply: true, index: 'index.html' });
    scope.get('/graphiql', (_request, reply) => reply.sendFile('index.html'));
  });
}
