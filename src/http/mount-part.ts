import type { FastifyInstance } from 'fastify';

type Part = (scope: FastifyInstance) => Promise<void>;

/**
 * Routes with hooks and parsers of their own. They have a name, for what Fastify says of them; without one it would
 * look for the file that they come from, through all that is loaded.
 */
export function mountPart(app: FastifyInstance, name: string, part: Part): PromiseLike<unknown> {
  return app.register(Object.assign(part, { [Symbol.for('fastify.display-name')]: name }));
}
