import type { FastifyReply, FastifyRequest } from 'fastify';
import { GranaryError, isGranaryError } from '../../errors.js';
import { authorizeRead } from '../../operations/access/authorize-read.js';
import type { RequestContext } from '../../operations/context.js';
import { loadObjectsInBuckets } from '../../operations/load-by-id.js';
import { deleteObject } from '../../operations/objects/delete-object.js';
import { describeObject } from '../../operations/objects/get-object.js';
import { listObjects } from '../../operations/objects/list-objects.js';
import type { SearchOrder } from '../../operations/search/search-candidates.js';
import { openCursor, sealCursor } from '../../operations/search/search-cursor.js';
import { searchFreshness } from '../../operations/search/search-freshness.js';
import { searchObjects } from '../../operations/search/search-objects.js';
import type { ObjectInfo, StorageClass, VersionAddress } from '../../operations/types.js';
import { parseGlobalId, parseRowId } from '../../wire/global-id.js';
import { ownPath } from '../public-url.js';
import { sendObject } from '../send-object.js';
import { detailsOf, summaryOf } from './describe-object.js';
import { pairsOf } from './pairs.js';

/** A request by REST, and who sent it. */
export interface RestExchange {
  context: RequestContext;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface PageQuery {
  tenant?: string;
  cursor?: string;
  limit: number;
}

type ListQuery = PageQuery & { bucket: string; prefix?: string; delimiter?: string };

export async function list({ context, request, reply }: RestExchange): Promise<unknown> {
  const { bucket, tenant, prefix = '', delimiter, cursor, limit } = request.query as ListQuery;
  const name = `objects ${JSON.stringify([tenant, bucket, prefix, delimiter])}`;
  const { entries, truncated } = await listObjects(context, {
    ...{ bucket, tenant, prefix, delimiter, limit },
    ...(cursor === undefined ? {} : { after: openCursor(context, cursor, name).value }),
  });
  const last = entries.at(-1);
  const end = last === undefined ? '' : last.kind === 'object' ? last.object.key : last.prefix;
  const nextCursor = truncated ? sealCursor(context, { value: end, id: 0 }, name) : null;
  linkNext({ context, request, reply }, nextCursor);
  return reply.send({
    objects: entries.flatMap((entry) => (entry.kind === 'object' ? [summaryOf(entry.object, bucket)] : [])),
    folders: entries.flatMap((entry) => (entry.kind === 'prefix' ? [entry.prefix] : [])),
    nextCursor,
  });
}

interface SearchQuery extends PageQuery {
  text?: string;
  key?: string;
  prefix?: string;
  bucket?: string[];
  tag?: string[];
  metadata?: string[];
  contentType?: string;
  minSize?: number;
  maxSize?: number;
  createdAfter?: string;
  createdBefore?: string;
  owner?: string;
  storageClass?: StorageClass;
  sort?: string;
  direction?: string;
  typos: boolean;
}

export async function search({ context, request, reply }: RestExchange): Promise<unknown> {
  const query = request.query as SearchQuery;
  const { found, endCursor, isMore } = await searchObjects(context, {
    ...query,
    buckets: query.bucket,
    tags: pairsOf(query.tag, 'tag'),
    metadata: pairsOf(query.metadata, 'metadata'),
    createdAfter: dateOf(query.createdAfter),
    createdBefore: dateOf(query.createdBefore),
    order: query.sort?.toUpperCase() as SearchOrder | undefined,
    direction: query.direction?.toUpperCase() as 'ASC' | 'DESC' | undefined,
    typos: query.typos ? 'FIND' : 'IGNORE',
    after: query.cursor,
  });
  const nextCursor = isMore ? endCursor : null;
  linkNext({ context, request, reply }, nextCursor);
  return reply.send({
    objects: found.map(({ object, bucket }) => summaryOf(object, bucket.name)),
    nextCursor,
    indexedUntil: (await searchFreshness(context))?.toISOString() ?? null,
  });
}

export async function readById(exchange: RestExchange): Promise<unknown> {
  return read(exchange, await addressById(exchange));
}

export async function readByKey(exchange: RestExchange): Promise<unknown> {
  return read(exchange, addressByKey(exchange));
}

export async function removeById(exchange: RestExchange): Promise<unknown> {
  const { address, object } = await objectById(exchange);
  const { versionId, id: rowId } = object;
  try {
    // The id is of this version: no other one is meant, not even one that has become the null version since.
    await deleteObject(exchange.context, { ...address, versionId, conditions: { rowId } });
  } catch (error) {
    throw isGranaryError(error, 'PreconditionFailed') ? noSuchId() : error;
  }
  return exchange.reply.code(204).send();
}

export async function removeByKey(exchange: RestExchange): Promise<unknown> {
  const address = addressByKey(exchange);
  await describeObject(exchange.context, address);
  await deleteObject(exchange.context, address);
  return exchange.reply.code(204).send();
}

async function read(exchange: RestExchange, address: VersionAddress): Promise<unknown> {
  const { context, request, reply } = exchange;
  if ((request.query as { view?: string }).view !== 'details') {
    return sendObject(exchange, address);
  }
  return reply.send(await detailsOf(context, address, await describeObject(context, address)));
}

/** A version is asked for by its id only for who may: who may read the current one alone reads it as such. */
async function addressById(exchange: RestExchange): Promise<VersionAddress> {
  const { address, object } = await objectById(exchange);
  const { named } = await authorizeRead(exchange.context, { address, object, what: 'content' });
  return named ? { ...address, versionId: object.versionId } : address;
}

async function objectById({
  context,
  request,
}: RestExchange): Promise<{ address: VersionAddress; object: ObjectInfo }> {
  const node = parseGlobalId((request.params as { id: string }).id);
  const row = node?.type === 'StoredObject' ? parseRowId(node.id) : undefined;
  const [found] = row === undefined ? [] : await loadObjectsInBuckets(context, [row]);
  if (found === undefined || found === null || found.object.deleteMarker) {
    throw noSuchId();
  }
  const { object, bucket } = found;
  return { object, address: { bucket: bucket.name, tenant: bucket.tenantName, key: object.key } };
}

function noSuchId(): GranaryError {
  return new GranaryError('NotFound', 'There is no object with this id.', { reason: 'NoSuchKey' });
}

function addressByKey({ request }: RestExchange): VersionAddress {
  const { bucket, '*': key } = request.params as { bucket: string; '*': string };
  const { versionId, tenant } = request.query as { versionId?: string; tenant?: string };
  return { bucket, key, versionId, tenant };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

/** https://datatracker.ietf.org/doc/html/rfc8288 */
function linkNext({ context, request, reply }: RestExchange, cursor: string | null): void {
  if (cursor !== null) {
    const url = new URL(request.url, 'http://localhost');
    url.searchParams.set('cursor', cursor);
    const path = ownPath(context.granary.settings, `/${url.pathname.slice(1)}${url.search}`);
    reply.header('link', `<${path}>; rel="next"`);
  }
}
