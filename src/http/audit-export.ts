import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GranaryError, isGranaryError } from '../errors.js';
import { exportEvents } from '../operations/audit/export-events.js';
import { openAuditLog } from '../operations/audit/list-events.js';
import type { Granary } from '../operations/context.js';
import { authenticate } from './authenticate.js';
import { contextOrigin } from './context-origin.js';
import { admitCaller } from './rate-limits.js';

type ExportRequest = FastifyRequest<{ Querystring: Record<string, unknown> }>;

/** `/audit/export`: a tenant's events as JSON, one a line, for who may read its audit log. */
export function mountAuditExport(app: FastifyInstance, granary: Granary): void {
  app.get('/audit/export', async (request: ExportRequest, reply) => {
    try {
      return await sendExport(granary, request, reply);
    } catch (error) {
      return refuse(granary, request, reply, error);
    }
  });
}

async function sendExport(granary: Granary, request: ExportRequest, reply: FastifyReply): Promise<unknown> {
  const origin = contextOrigin(granary.settings, request);
  const caller = await admitCaller(granary, request, () => authenticate(granary, request.raw, origin));
  const { tenant, from, to } = request.query;
  const { id, name } = await openAuditLog({ granary, caller, ...origin }, textOf(tenant, 'tenant'));
  const span = { tenantId: id, from: timeOf(from, 'from'), to: timeOf(to, 'to') };
  reply.headers({
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-disposition': `attachment; filename="audit-${name}.jsonl"`,
    'cache-control': 'private, no-store',
  });
  return reply.send(Readable.from(exportEvents(granary.database, span)));
}

function textOf(value: unknown, parameter: string): string | undefined {
  if (value !== undefined && typeof value !== 'string') {
    throw new GranaryError('InvalidInput', `"${parameter}" can be given once.`);
  }
  return value;
}

function timeOf(value: unknown, parameter: string): Date | undefined {
  const text = textOf(value, parameter);
  const time = text === undefined ? undefined : new Date(text);
  if (time !== undefined && Number.isNaN(time.getTime())) {
    throw new GranaryError('InvalidInput', `"${parameter}" must be a time as in ISO 8601.`);
  }
  return time;
}

const statuses = {
  InvalidInput: 400,
  Unauthenticated: 401,
  Denied: 403,
  NotFound: 404,
  RateLimited: 429,
  Unavailable: 503,
} as const;

function refuse(granary: Granary, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const known = isGranaryError(error) && error.kind in statuses ? error : undefined;
  if (known === undefined) {
    granary.log.error({ requestId: request.id, error }, 'an export failed');
  }
  return reply
    .code(known === undefined ? 500 : statuses[known.kind as keyof typeof statuses])
    .send({ error: known?.message ?? 'Internal error', requestId: request.id });
}
