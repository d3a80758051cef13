import type { TLSSocket } from 'node:tls';
import { callerArn } from '../auth/caller-arn.js';
import type { BucketState } from '../operations/buckets/bucket-cache.js';
import type { Granary } from '../operations/context.js';
import { type AccessLogFields, accessLogLine } from '../operations/reports/access-log-line.js';
import type { AnswerNotes } from './answer-notes.js';
import { type S3Request, uploadLinkParameter } from './exchange.js';
import { logOperation, logOperationOfSource } from './log-operation.js';
import { parseCopySource } from './protocol/copy-source.js';
import { hostId } from './protocol/request-id.js';
import { showsSignature } from './protocol/signature-claim.js';
import type { Arrival } from './read-request.js';

/** Notes what a request says of itself, and when its body is in. */
export function noteArrival(
  request: S3Request,
  { isSite, remoteIp }: { isSite: boolean; remoteIp: string | null },
): void {
  const { notes, message, method } = request;
  notes.request = request;
  notes.isSite = isSite;
  notes.remoteIp = remoteIp;
  if (method === 'PUT' || method === 'POST') {
    message.once('end', () => {
      notes.receivedMs = performance.now();
    });
  }
}

/**
 * Writes a request into the log of its bucket, if that has one, once its answer has ended. It costs requests to other
 * buckets a look into the memory.
 */
export function watchAccess(granary: Granary, { notes, response }: Arrival): void {
  const { request } = notes;
  if (request === undefined || request.resource.bucket === '') {
    return;
  }
  const tenant = tenantOf(notes, request);
  const bucket = tenant === undefined ? undefined : granary.buckets.peek(tenant, request.resource.bucket);
  const source = request.headers.values['x-amz-copy-source'];
  if (source === undefined && bucket !== undefined && bucket.configuration.logging === undefined) {
    return;
  }
  const log = () => {
    logAccess(granary, notes, request).catch((error: unknown) => {
      granary.log.warn({ requestId: request.id, error: String(error) }, 'A request could not be logged');
    });
  };
  if (response.closed) {
    log();
  } else {
    response.once('close', log);
  }
}

async function logAccess(granary: Granary, notes: AnswerNotes, request: S3Request): Promise<void> {
  // Whoever got this has asked for what is not there, or may not know that it is: the latter is in memory.
  const { bucket: name } = request.resource;
  const bucket = await bucketOf(granary, notes, { tenant: tenantOf(notes, request), name });
  if (bucket?.configuration.logging !== undefined) {
    const whole = fieldsOf(bucket, notes, request);
    note(granary, bucket, notes, whole);
    const { bytesSent: _, objectSize: __, ...ofEach } = whole;
    for (const { key, versionId, status, errorCode } of notes.deleted ?? []) {
      note(granary, bucket, notes, {
        ...ofEach,
        operation: 'BATCH.DELETE.OBJECT',
        key,
        versionId,
        status,
        errorCode,
      });
    }
  }
  await logSource(granary, notes, request);
}

/** What a copy reads is a request to the source's bucket, too. */
async function logSource(granary: Granary, notes: AnswerNotes, request: S3Request): Promise<void> {
  const header = request.headers.values['x-amz-copy-source'];
  const operation = logOperationOfSource(request);
  if (header === undefined || operation === undefined || notes.errorCode !== undefined) {
    return;
  }
  const { tenant, bucket: name, key, versionId } = parseCopySource(header);
  // As the copy found it: in the tenant of who asks, wherever the copy went.
  const owner = tenant ?? notes.signer?.caller.tenantName ?? 'default';
  const bucket = await bucketOf(granary, notes, { tenant: owner, name });
  if (bucket?.configuration.logging !== undefined) {
    const { bytesSent: _, objectSize: __, ...fields } = fieldsOf(bucket, notes, request);
    note(granary, bucket, notes, { ...fields, operation, key, versionId });
  }
}

async function bucketOf(
  granary: Granary,
  notes: AnswerNotes,
  { tenant, name }: { tenant: string | undefined; name: string },
): Promise<BucketState | undefined> {
  if (tenant === undefined) {
    return undefined;
  }
  const known = granary.buckets.peek(tenant, name);
  // What was refused at the door must not cost a query: a flood of it would cost many.
  const mayAsk = notes.isAdmitted && notes.errorCode !== 'NoSuchBucket';
  return known ?? (mayAsk ? granary.buckets.find(tenant, name) : undefined);
}

function note(granary: Granary, bucket: BucketState, { at }: AnswerNotes, fields: AccessLogFields): void {
  granary.accessLog.note(bucket.id, at, accessLogLine(fields));
}

/**
 * A name without a tenant is that of who asks, and of nobody the default tenant's. Of who showed credentials and could
 * not be made out by them, it is unknown: another tenant's log must not tell of it.
 */
function tenantOf({ signer, isFormSigned }: AnswerNotes, request: S3Request): string | undefined {
  const { tenant } = request.resource;
  if (tenant !== undefined) {
    return tenant;
  }
  const isUnknown = isFormSigned ? signer?.signedBy !== 'form' : signer === undefined && showsCredentials(request);
  return isUnknown ? undefined : (signer?.caller.tenantName ?? 'default');
}

function showsCredentials(request: S3Request): boolean {
  // Websites know visitors only.
  return !request.notes.isSite && (showsSignature(request) || request.query.has(uploadLinkParameter));
}

function fieldsOf(bucket: BucketState, notes: AnswerNotes, request: S3Request): AccessLogFields {
  const { message, headers, resource, query } = request;
  const key = resource.key === '' ? notes.key : resource.key;
  return {
    ...{ bucketOwner: bucket.ownerCanonicalId, bucket: bucket.name, at: notes.at, remoteIp: notes.remoteIp },
    ...{ requestId: request.id, operation: logOperation(request), key, hostId },
    requestLine: `${message.method} ${message.url} HTTP/${message.httpVersion}`,
    ...signatureOf(notes),
    ...answerOf(notes, request),
    ...{ referer: headers.values.referer, userAgent: headers.values['user-agent'], host: headers.values.host },
    versionId: notes.isSite ? undefined : query.get('versionId'),
    aclRequired: notes.aclRequired,
    ...tlsOf(request),
  };
}

function signatureOf({ signer }: AnswerNotes): Partial<AccessLogFields> {
  if (signer?.caller.kind !== 'user') {
    return {};
  }
  const { caller, signedBy, signatureVersion } = signer;
  return {
    requester: caller.assumed === undefined ? caller.canonicalId : callerArn(caller),
    signatureVersion: signatureVersion && `SigV${signatureVersion}`,
    authenticationType: signedBy === 'header' ? 'AuthHeader' : signedBy === 'query' ? 'QueryString' : undefined,
  };
}

function answerOf(notes: AnswerNotes, request: S3Request): Partial<AccessLogFields> {
  const { answer, startedMs, receivedMs, errorCode } = notes;
  const totalMs = performance.now() - startedMs;
  if (answer === undefined) {
    return { totalMs, errorCode };
  }
  const { response, message } = request;
  const written = message.socket.bytesWritten - answer.writtenBefore;
  return {
    status: answer.status,
    errorCode,
    // Of an answer that was cut short, about so much.
    bytesSent: response.writableFinished ? answer.length : Math.max(0, Math.min(answer.length, written)),
    objectSize: sizeOf(notes, request),
    totalMs,
    turnAroundMs: answer.atMs - (receivedMs ?? startedMs),
  };
}

/** The size of the object that is read or written, as far as the request and its answer tell. */
function sizeOf(
  { answer, errorCode }: AnswerNotes,
  { method, resource, headers, query }: S3Request,
): number | undefined {
  if (resource.key === '' || answer === undefined || errorCode !== undefined || answer.status >= 300) {
    return undefined;
  }
  if (method === 'PUT' && headers.values['x-amz-copy-source'] === undefined) {
    return numberOf(headers.values['x-amz-decoded-content-length'] ?? headers.values['content-length']);
  }
  if ((method === 'GET' || method === 'HEAD') && !['acl', 'tagging', 'uploadId'].some((name) => query.has(name))) {
    const whole = headerOf(answer.headers, 'Content-Range')?.split('/')[1];
    return numberOf(whole ?? headerOf(answer.headers, 'Content-Length')) ?? answer.length;
  }
  return undefined;
}

function headerOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((each, index) => index % 2 === 0 && each === name);
  return at < 0 ? undefined : headers[at + 1];
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function tlsOf({ message: { socket } }: S3Request): Partial<AccessLogFields> {
  if (!('getCipher' in socket)) {
    return {};
  }
  const secure = socket as TLSSocket;
  return { cipherSuite: secure.getCipher()?.standardName, tlsVersion: secure.getProtocol() ?? undefined };
}
