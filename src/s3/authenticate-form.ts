import { createHmac, timingSafeEqual } from 'node:crypto';
import type { UserCaller } from '../auth/caller.js';
import type { Granary } from '../operations/context.js';
import { admitKeyHolder, findAccessKey } from './authenticate.js';
import { parseCredential } from './protocol/credential-scope.js';
import { parseBasicDate } from './protocol/dates.js';
import { s3Error } from './protocol/s3-error.js';
import { shownPolicy } from './protocol/secret-values.js';
import { signingKey } from './protocol/signing-key.js';
import { isVersion2Signature } from './protocol/sigv2.js';
import { spacedHex } from './protocol/spaced-hex.js';

type Fields = ReadonlyMap<string, string>;

/** Who signed a form, how, and when, in milliseconds. */
export interface FormSigner {
  caller: UserCaller;
  version: 2 | 4;
  signedAt: number | undefined;
}

/**
 * Who signed the policy of a form, in either version
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html); undefined when there is none.
 */
export async function authenticateForm(granary: Granary, fields: Fields): Promise<FormSigner | undefined> {
  if (!isFormSigned(fields)) {
    return undefined;
  }
  const policy = fields.get('policy');
  if (policy === undefined) {
    throw missing('policy');
  }
  return hasVersion4(fields)
    ? {
        caller: await byVersion4(granary, fields, policy),
        version: 4,
        signedAt: parseBasicDate(fields.get('x-amz-date') ?? ''),
      }
    : { caller: await byVersion2(granary, fields, policy), version: 2, signedAt: undefined };
}

/** Whether a form says that somebody signed it. */
export function isFormSigned(fields: Fields): boolean {
  return fields.has('policy') || hasVersion4(fields) || fields.has('signature') || fields.has('awsaccesskeyid');
}

function hasVersion4(fields: Fields): boolean {
  return fields.has('x-amz-signature') || fields.has('x-amz-credential') || fields.has('x-amz-algorithm');
}

async function byVersion4(granary: Granary, fields: Fields, policy: string): Promise<UserCaller> {
  const algorithm = required(fields, 'x-amz-algorithm');
  if (algorithm !== 'AWS4-HMAC-SHA256') {
    throw s3Error('InvalidArgument', 'Only AWS4-HMAC-SHA256 is supported', {
      ArgumentName: 'X-Amz-Algorithm',
      ArgumentValue: algorithm,
    });
  }
  const timestamp = required(fields, 'x-amz-date');
  if (parseBasicDate(timestamp) === undefined) {
    throw s3Error('InvalidArgument', 'X-Amz-Date must be formated via ISO8601 Long format', {
      ArgumentName: 'X-Amz-Date',
      ArgumentValue: timestamp,
    });
  }
  const credential = required(fields, 'x-amz-credential');
  const signature = required(fields, 'x-amz-signature');
  const scope = parseCredential(credential, 'form', granary.settings.s3Region);
  if (!timestamp.startsWith(scope.date)) {
    throw s3Error('AccessDenied', 'Invalid credential date or x-amz-date.');
  }
  const { caller, secret } = await findAccessKey(granary, scope.accessKeyId, fields.get('x-amz-security-token'));
  const sent = Buffer.from(signature, 'hex');
  const expected = createHmac('sha256', signingKey(scope, secret)).update(policy, 'latin1').digest();
  if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) {
    throw mismatch(scope.accessKeyId, { policy, signature });
  }
  admitKeyHolder(granary, caller);
  return caller;
}

async function byVersion2(granary: Granary, fields: Fields, policy: string): Promise<UserCaller> {
  const accessKeyId = required(fields, 'awsaccesskeyid');
  const signature = required(fields, 'signature');
  if (granary.settings.s3SigV2 === 'off') {
    throw s3Error(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  }
  const { caller, secret } = await findAccessKey(granary, accessKeyId, fields.get('x-amz-security-token'));
  if (!isVersion2Signature(policy, signature, secret)) {
    throw mismatch(accessKeyId, { policy, signature });
  }
  admitKeyHolder(granary, caller);
  return caller;
}

function required(fields: Fields, name: string): string {
  const value = fields.get(name);
  if (!value) {
    throw missing(name);
  }
  return value;
}

function missing(name: string): Error {
  return s3Error(
    'InvalidArgument',
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    { ArgumentName: name },
  );
}

function mismatch(accessKeyId: string, sent: { policy: string; signature: string }): Error {
  const shown = shownPolicy(sent.policy);
  return s3Error('SignatureDoesNotMatch', undefined, {
    AWSAccessKeyId: accessKeyId,
    StringToSign: shown,
    SignatureProvided: sent.signature,
    StringToSignBytes: spacedHex(shown),
  });
}
