import { anonymousCaller } from '../operations/anonymous-caller.js';
import type { Granary } from '../operations/context.js';
import type { Authentication, S3Request } from './exchange.js';
import { parsePayload } from './protocol/payload.js';
import { s3Error } from './protocol/s3-error.js';
import { readClaim } from './protocol/signature-claim.js';
import { signingKey } from './protocol/signing-key.js';
import { scopeText, verifySignature } from './protocol/sigv4.js';

/** Verifies the request's signature. Who sends none is anonymous; who sends a wrong one is refused. */
export async function authenticate(granary: Granary, request: S3Request): Promise<Authentication> {
  const claim = readClaim(request, { region: granary.settings.s3Region, now: Date.now() });
  if (claim === undefined) {
    const payload = parsePayload(request.headers.values['x-amz-content-sha256'], 'nobody');
    return { signedBy: 'nobody', caller: await anonymousCaller(granary), payload };
  }
  const found = await granary.credentials.findAccessKey(claim.scope.accessKeyId);
  if (found === undefined) {
    throw s3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: claim.scope.accessKeyId });
  }
  const key = signingKey(claim.scope, found.secret);
  verifySignature(request, claim, key);
  const payload = parsePayload(claim.payloadHash, claim.kind);
  if (payload.kind !== 'chunked' || !payload.signed) {
    return { signedBy: claim.kind, caller: found.caller, payload };
  }
  const chunkSigning = { key, timestamp: claim.timestamp, scope: scopeText(claim.scope), seed: claim.signature };
  return { signedBy: claim.kind, caller: found.caller, payload, chunkSigning };
}
