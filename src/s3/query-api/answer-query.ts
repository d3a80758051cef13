import { hash } from 'node:crypto';
import type { RequestOrigin } from '../../auth/request-origin.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { anonymousCaller } from '../../operations/access/anonymous-caller.js';
import type { Granary } from '../../operations/context.js';
import type { MeasuredRequest } from '../../operations/measure-request.js';
import { verifyVersion4 } from '../authenticate.js';
import type { Answer, Authentication, S3Request } from '../exchange.js';
import { iamOperations } from '../iam/iam-operations.js';
import type { Service } from '../protocol/credential-scope.js';
import { parseQuery } from '../protocol/query.js';
import { element, namespacedDocument } from '../protocol/xml-writer.js';
import { requestFacts } from '../request-facts.js';
import { stsOperations, unsignedOperations } from '../sts/sts-operations.js';
import { Parameters } from './parameters.js';
import { readQueryClaim } from './query-claim.js';
import { queryError, toQueryFailure } from './query-error.js';
import type { QueryOperation, QueryResult } from './query-operation.js';
import { readForm } from './read-form.js';

const services = {
  sts: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/', operations: stsOperations },
  iam: { version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/', operations: iamOperations },
} as const;

type QueryService = keyof typeof services;

interface Asked {
  request: S3Request;
  origin: RequestOrigin;
  measured: MeasuredRequest;
}

/** Answers a request to STS or IAM, with their own errors where it fails. */
export async function answerQuery(granary: Granary, asked: Asked): Promise<Answer> {
  const { request } = asked;
  const named: { service: QueryService } = { service: 'sts' };
  try {
    const body = await readForm(request);
    const parameters = new Parameters(request.query, parseQuery(body.toString('latin1')));
    const action = parameters.get('Action');
    const version = parameters.get('Version');
    named.service = serviceOf(action, version);
    const operation = operationOf(named.service, { action, version });
    asked.measured.operation = `${named.service}:${action}`;
    const authentication = await admitted(granary, asked, { body, service: named.service, action });
    const context = {
      granary,
      caller: authentication.caller,
      requestId: request.id,
      sourceIp: asked.origin.address,
      userAgent: request.message.headers['user-agent'],
      facts: requestFacts(request, authentication, asked.origin),
    };
    return answerOf(request, named.service, { action, result: await operation({ context, parameters }) });
  } catch (error) {
    return failureOf(granary, request, { error, service: named.service });
  }
}

function serviceOf(action: string | undefined, version: string | undefined): QueryService {
  const byAction = (['sts', 'iam'] as const).find((name) => Object.hasOwn(services[name].operations, action ?? ''));
  return byAction ?? (version === services.iam.version ? 'iam' : 'sts');
}

function operationOf(
  service: QueryService,
  { action, version }: { action: string | undefined; version: string | undefined },
): QueryOperation {
  if (action === undefined) {
    throw queryError('MissingAction', 'The request does not contain the parameter Action.');
  }
  const { operations, version: ours } = services[service];
  const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (operation === undefined || (version !== undefined && version !== ours)) {
    throw queryError('InvalidAction', `Could not find operation ${action} for version ${version ?? ours}`);
  }
  return operation;
}

interface Signed {
  body: Buffer;
  service: Service;
  action: string | undefined;
}

/** Who asks, unless it asks too often. Whoever shows wrong credentials is counted as one who shows none. */
async function admitted(granary: Granary, { request, origin }: Asked, signed: Signed): Promise<Authentication> {
  const { rateLimits } = granary;
  try {
    const authentication = await authenticate(granary, request, signed);
    await rateLimits.admitCaller(authentication.caller, origin.address);
    return authentication;
  } catch (error) {
    if (!isGranaryError(error, 'RateLimited', 'Unavailable', 'Internal')) {
      await rateLimits.admitAnonymous(origin.address);
    }
    throw error;
  }
}

async function authenticate(granary: Granary, request: S3Request, signed: Signed): Promise<Authentication> {
  const claim = readQueryClaim(request, {
    region: granary.settings.s3Region,
    service: signed.service,
    now: Date.now(),
    payloadHash: hash('sha256', signed.body, 'hex'),
  });
  if (claim !== undefined) {
    return verifyVersion4(granary, request, claim);
  }
  if (!unsignedOperations.has(signed.action ?? '')) {
    const words = request.query.has('X-Amz-Algorithm') ? 'Missing' : 'Request is missing';
    throw queryError('MissingAuthenticationToken', `${words} Authentication Token`);
  }
  return { signedBy: 'nobody', caller: await anonymousCaller(granary), payload: { kind: 'unsigned' } };
}

function answerOf(
  { id }: S3Request,
  service: QueryService,
  { action, result }: { action: string | undefined; result: QueryResult },
): Answer {
  const body = namespacedDocument(`${action}Response`, services[service].namespace, [
    result === undefined ? undefined : element(`${action}Result`, result),
    element('ResponseMetadata', [element('RequestId', id)]),
  ]);
  return { status: 200, headers: ['Content-Type', 'text/xml', 'x-amzn-RequestId', id], body };
}

function failureOf(
  { log }: Granary,
  { id }: S3Request,
  { error, service }: { error: unknown; service: QueryService },
): Answer {
  const { code, status, message } = toQueryFailure(error);
  if (code === 'ServiceFailure') {
    log.error({ requestId: id, error }, 'A request failed inside the server');
  }
  // Where no service can be told, AWS names the space of its faults.
  const space =
    code === 'InvalidAction' ? 'http://webservices.amazon.com/AWSFault/2005-15-09' : services[service].namespace;
  const body = namespacedDocument('ErrorResponse', space, [
    element('Error', [
      element('Type', status < 500 ? 'Sender' : 'Receiver'),
      element('Code', code),
      element('Message', message || undefined),
    ]),
    element('RequestId', id),
  ]);
  const data = error instanceof GranaryError ? error.data : {};
  const headers = ['Content-Type', 'text/xml', 'x-amzn-RequestId', id];
  if (data.decisionId !== undefined) {
    headers.push('x-granary-decision-id', String(data.decisionId));
  }
  if (data.retryAfter !== undefined) {
    headers.push('Retry-After', String(data.retryAfter));
  }
  return { status, headers, body };
}
