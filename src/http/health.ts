import type { FastifyInstance } from 'fastify';
import { statement } from '../database/database.js';
import type { Granary } from '../operations/context.js';

const ping = statement('ping', 'SELECT 1');

/** `/health`: the process answers. `/ready`: it can do its work. */
export function mountHealth(app: FastifyInstance, granary: Granary): void {
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_request, reply) => {
    const database = await isAnswering(granary);
    return reply.code(database ? 200 : 503).send({ status: database ? 'ready' : 'unavailable', checks: { database } });
  });
}

async function isAnswering(granary: Granary): Promise<boolean> {
  try {
    await granary.database.query(ping);
    return true;
  } catch (error) {
    granary.log.warn({ error }, 'the database does not answer');
    return false;
  }
}
