import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { originOf } from '../auth/request-origin.js';
import { headerLimits } from '../config/header-limits.js';
import { isGranaryError } from '../errors.js';
import { anonymousCaller } from '../operations/access/anonymous-caller.js';
import type { Granary } from '../operations/context.js';
import { type MeasuredRequest, measureRequest } from '../operations/measure-request.js';
import { noteArrival, watchAccess } from './access-log.js';
import { authenticate } from './authenticate.js';
import { corsHeaders, preflight } from './cors.js';
import type { Answer, Authentication, S3Request } from './exchange.js';
import { requireExpectedOwners } from './expected-owner.js';
import { isBodyPending } from './finish-request.js';
import { withQueryHeaders } from './protocol/presigned-headers.js';
import { parseQuery } from './protocol/query.js';
import { refuseUnsupportedHeaders } from './protocol/refused-headers.js';
import { newRequestId } from './protocol/request-id.js';
import { bucketOfHost } from './protocol/resource.js';
import { answerQuery } from './query-api/answer-query.js';
import { isQueryRequest } from './query-api/read-form.js';
import { type Arrival, readRequest } from './read-request.js';
import { requestFacts } from './request-facts.js';
import { route } from './router.js';
import { sendAnswer } from './send-answer.js';
import { sendFailure } from './send-failure.js';
import { serveWebsite, withErrorPage } from './website.js';

type Handler = (message: IncomingMessage, response: ServerResponse) => void;

/** Answers S3 requests. */
function createS3Handler(granary: Granary): Handler {
  return (message, response) => {
    void handle(granary, { ...arrivalOf(message, response), expectsContinue: false });
  };
}

/** The S3 listener, not listening yet. It lets bodies take as long as they keep moving. */
export function createS3Server(granary: Granary): Server {
  const limits = headerLimits(granary.settings.idleTimeoutMs);
  const server = createServer({ ...limits, requestTimeout: 0, keepAliveTimeout: 65_000, noDelay: true });
  // Bodies have a watch of their own; this ends connections on which nothing at all happens, either way.
  server.timeout = 5 * granary.settings.idleTimeoutMs;
  server.on('request', createS3Handler(granary));
  // With a listener of its own, a client that expects 100 Continue is refused before it sends the body.
  server.on('checkContinue', (message, response) => {
    void handle(granary, { ...arrivalOf(message, response), expectsContinue: true });
  });
  // Another expectation is not heeded, as in S3; node by itself would refuse it.
  server.on('checkExpectation', createS3Handler(granary));
  server.on('clientError', refuseGarbage);
  return server;
}

function arrivalOf(message: IncomingMessage, response: ServerResponse): Omit<Arrival, 'expectsContinue'> {
  const notes = { at: new Date(), startedMs: performance.now() };
  return { id: newRequestId(), message, response, moreHeaders: [], notes };
}

async function handle(granary: Granary, arrival: Arrival): Promise<void> {
  const measured = measureRequest(granary.metrics, 's3', arrival);
  try {
    const answer = await answerOf(granary, arrival, measured).finally(() => watchAccess(granary, arrival));
    if (arrival.message.method !== 'GET' && arrival.message.method !== 'HEAD') {
      granary.events.announce();
    }
    await sendAnswer(arrival, answer, granary.log);
  } catch (error) {
    if (isBodyPending(arrival)) {
      // A small body is often here already: node reads on when this turn is over, and the connection can be kept.
      await nextTurn();
    }
    await sendFailure(arrival, error, granary.log).catch((failure: unknown) => {
      granary.log.error({ requestId: arrival.id, error: failure }, 'An error could not be answered');
      arrival.response.destroy();
    });
  }
}

async function answerOf(granary: Granary, arrival: Arrival, measured: MeasuredRequest): Promise<Answer> {
  const { s3Domains, s3WebsiteDomains, trustedProxies } = granary.settings;
  const isSite = bucketOfHost(arrival.message.headers.host, s3WebsiteDomains) !== undefined;
  const sent = readRequest(arrival, isSite ? s3WebsiteDomains : s3Domains);
  const origin = originOf(arrival.message, trustedProxies);
  noteArrival(sent, { isSite, remoteIp: origin.address });
  await granary.rateLimits.admitAddress(origin.address);
  if (sent.method === 'OPTIONS') {
    measured.operation = preflight.name;
    await granary.rateLimits.admitAnonymous(origin.address);
    return isSite ? withErrorPage(sent, () => preflight(granary, sent)) : preflight(granary, sent);
  }
  if (sent.headers.values.origin !== undefined) {
    arrival.moreHeaders.push(...(await corsHeaders(granary, sent)));
  }
  if (!isSite && isQueryRequest(sent)) {
    return answerQuery(granary, { request: sent, origin, measured });
  }
  // A website knows visitors only, and its addresses have no parameters that mean anything.
  const identify = isSite ? asVisitor : authenticate;
  const authentication = await admitted(granary, origin.address, () => identify(granary, sent));
  arrival.notes.signer = authentication;
  const request = isSite ? { ...sent, query: parseQuery('') } : asSigned(sent, authentication);
  const operation = isSite ? serveWebsite : route(request);
  measured.operation = operation.name;
  refuseUnsupportedHeaders(request.headers);
  const context = {
    granary,
    caller: authentication.caller,
    requestId: arrival.id,
    sourceIp: origin.address,
    userAgent: arrival.message.headers['user-agent'],
    facts: requestFacts(request, authentication, origin),
    notes: arrival.notes,
  };
  const exchange = { context, request, authentication };
  arrival.notes.isAdmitted = true;
  await requireExpectedOwners(exchange);
  return operation(exchange);
}

/** Who asks, unless it asks too often. Whoever shows wrong credentials is counted as one who shows none. */
async function admitted(
  granary: Granary,
  address: string | null,
  identify: () => Promise<Authentication>,
): Promise<Authentication> {
  const { rateLimits } = granary;
  try {
    const authentication = await identify();
    await rateLimits.admitCaller(authentication.caller, address);
    return authentication;
  } catch (error) {
    if (!isGranaryError(error, 'RateLimited', 'Unavailable', 'Internal')) {
      await rateLimits.admitAnonymous(address);
    }
    throw error;
  }
}

async function asVisitor(granary: Granary): Promise<Authentication> {
  return { signedBy: 'nobody', caller: await anonymousCaller(granary), payload: { kind: 'unsigned' } };
}

/** With the headers that a signed URL has in its query. */
function asSigned(sent: S3Request, { signedBy }: Authentication): S3Request {
  return signedBy === 'query' ? { ...sent, headers: withQueryHeaders(sent.headers, sent.query) } : sent;
}

const statuses: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

/** What is not HTTP gets the shortest answer that is. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statuses.get(error.code ?? '') ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
