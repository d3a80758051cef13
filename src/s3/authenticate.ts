import type { UserCaller } from '../auth/caller.js';
import type { AccessKeyCredential } from '../auth/credential-cache.js';
import { narrowCaller } from '../auth/narrow-caller.js';
import { readUploadLink } from '../auth/upload-link.js';
import { anonymousCaller } from '../operations/access/anonymous-caller.js';
import type { Granary } from '../operations/context.js';
import { noteAccessKeyUse } from '../operations/credentials/note-access-key-use.js';
import { type Authentication, type S3Request, uploadLinkParameter } from './exchange.js';
import { scopeText } from './protocol/credential-scope.js';
import { parseBasicDate } from './protocol/dates.js';
import { parsePayload, readPayload, requireSigned } from './protocol/payload.js';
import { s3Error } from './protocol/s3-error.js';
import { readClaim, sessionTokenOf } from './protocol/signature-claim.js';
import { signingKey } from './protocol/signing-key.js';
import { type Version2Claim, verifyVersion2 } from './protocol/sigv2.js';
import { type SignatureClaim, verifySignature } from './protocol/sigv4.js';

/** Verifies the request's signature. Who sends none is anonymous; who sends a wrong one is refused. */
export async function authenticate(granary: Granary, request: S3Request): Promise<Authentication> {
  const link = request.query.get(uploadLinkParameter);
  if (link !== undefined) {
    return byUploadLink(granary, request, link);
  }
  const { s3Region: region, s3SigV2: version2 } = granary.settings;
  const claim = readClaim(request, { region, version2, now: Date.now() });
  if (claim === undefined) {
    const payload = parsePayload(request.headers.values['x-amz-content-sha256'], 'nobody');
    return { signedBy: 'nobody', caller: await anonymousCaller(granary), payload };
  }
  return claim.version === 2 ? byVersion2(granary, request, claim) : verifyVersion4(granary, request, claim);
}

/**
 * The access key of this id, or the temporary credentials of this id and token; throws InvalidAccessKeyId, InvalidToken
 * or ExpiredToken when there is no such thing.
 */
export async function findAccessKey(
  granary: Granary,
  accessKeyId: string,
  token: string | undefined,
): Promise<AccessKeyCredential> {
  if (token !== undefined) {
    return findTemporary(granary, accessKeyId, token);
  }
  const found = await granary.credentials.findAccessKey(accessKeyId);
  if (found === undefined) {
    throw s3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId });
  }
  return found;
}

async function findTemporary(granary: Granary, accessKeyId: string, token: string): Promise<AccessKeyCredential> {
  const found = await granary.credentials.findTemporary(accessKeyId, token);
  if (typeof found === 'string') {
    throw s3Error(found === 'expired' ? 'ExpiredToken' : 'InvalidToken');
  }
  return found;
}

/**
 * What every way of signing ends in, once the signature is good. Throws for who belongs to a suspended tenant, and for
 * who has assumed the role of another and belongs to one.
 */
export function admitKeyHolder(granary: Granary, caller: UserCaller): void {
  noteAccessKeyUse(granary, caller);
  for (const tenantId of new Set([caller.tenantId, caller.source?.tenantId ?? caller.tenantId])) {
    granary.tenants.refuseSuspended(tenantId);
  }
}

/** Who signed a request in this way; throws unless it is whole and its signer may come. */
export async function verifyVersion4(
  granary: Granary,
  request: S3Request,
  claim: SignatureClaim,
): Promise<Authentication> {
  const payload = readPayload(claim.payloadHash);
  const found = await findAccessKey(granary, claim.scope.accessKeyId, sessionTokenOf(request));
  const key = signingKey(claim.scope, found.secret);
  verifySignature(request, claim, key);
  admitKeyHolder(granary, found.caller);
  requireSigned(payload, claim.kind);
  const signedAt = parseBasicDate(claim.timestamp);
  const authentication = {
    signedBy: claim.kind,
    signatureVersion: 4,
    signedAt,
    caller: found.caller,
    payload,
  } as const;
  if (payload.kind !== 'chunked' || !payload.signed) {
    return authentication;
  }
  const chunkSigning = { key, timestamp: claim.timestamp, scope: scopeText(claim.scope), seed: claim.signature };
  return { ...authentication, chunkSigning };
}

async function byVersion2(granary: Granary, request: S3Request, claim: Version2Claim): Promise<Authentication> {
  const { caller, secret } = await findAccessKey(granary, claim.accessKeyId, sessionTokenOf(request));
  verifyVersion2(request, claim, secret);
  admitKeyHolder(granary, caller);
  // There are no chunk signatures in this version.
  const payload = parsePayload(request.headers.values['x-amz-content-sha256'], 'nobody');
  return { signedBy: claim.kind, signatureVersion: 2, caller, payload };
}

/** Whoever holds a link to a part sends that part, and does nothing else, with the rights of who made the link. */
async function byUploadLink(granary: Granary, request: S3Request, token: string): Promise<Authentication> {
  const link = readUploadLink(granary.secretBox, token);
  const { query, method, headers } = request;
  const isItsPart =
    method === 'PUT' &&
    query.get('uploadId') === link?.uploadId &&
    query.get('partNumber') === String(link?.partNumber) &&
    headers.values['x-amz-copy-source'] === undefined;
  const user = link !== undefined && isItsPart ? await granary.credentials.findUser(link.userId) : undefined;
  if (link === undefined || user === undefined) {
    throw s3Error('AccessDenied', 'The link is not good for this request.');
  }
  if (link.exp * 1000 <= Date.now()) {
    throw s3Error('AccessDenied', 'Request has expired');
  }
  granary.tenants.refuseSuspended(user.tenantId);
  const payload = parsePayload(headers.values['x-amz-content-sha256'], 'nobody');
  return { signedBy: 'nobody', caller: narrowCaller(user, link.limits), payload };
}
