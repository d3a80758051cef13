import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { packageRoot } from '../config/package-root.js';
import type { Granary } from '../operations/context.js';
import { mountPart } from './mount-part.js';
import { ownPath } from './public-url.js';

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
    await scope.register(fastifyStatic, { root, prefix: '/graphiql/', index: false });
    // What the page loads stands below it, however the browser has written its address.
    const page = await readFile(join(root, 'index.html'), 'utf8');
    const html = page.replaceAll('="./', `="${ownPath(settings, '/graphiql/')}`);
    for (const path of ['/graphiql', '/graphiql/']) {
      scope.get(path, (_request, reply) => reply.type('text/html; charset=utf-8').send(html));
    }
  });
}
