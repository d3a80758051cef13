import { createHmac, timingSafeEqual } from 'node:crypto';
import type { UserCaller } from '../auth/caller.js';
import type { Granary } from '../operations/context.js';
import { admitKeyHolder, findAccessKey } from './authenticate.js';
import { parseBasicDate } from './protocol/dates.js';
import { s3Error } from './protocol/s3-error.js';
import { parseCredential } from './protocol/signature-claim.js';
import { signingKey } from './protocol/signing-key.js';
import { isVersion2Signature } from './protocol/sigv2.js';

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
  const policy = required(fields, 'policy');
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
  if (required(fields, 'x-amz-algorithm') !== 'AWS4-HMAC-SHA256') {
    throw s3Error('InvalidArgument', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"', {
      ArgumentName: 'x-amz-algorithm',
    });
  }
  const timestamp = required(fields, 'x-amz-date');
  const credential = required(fields, 'x-amz-credential');
  const sent = Buffer.from(required(fields, 'x-amz-signature'), 'hex');
  const rules = { region: granary.settings.s3Region, now: Date.now(), version2: granary.settings.s3SigV2 };
  const scope = parseCredential(credential, 'AuthorizationQueryParametersError', rules);
  if (parseBasicDate(timestamp) === undefined || !timestamp.startsWith(scope.date)) {
    throw s3Error('AccessDenied', 'Invalid credential date or x-amz-date.');
  }
  const { caller, secret } = await findAccessKey(granary, scope.accessKeyId, fields.get('x-amz-security-token'));
  const expected = createHmac('sha256', signingKey(scope, secret)).update(policy, 'latin1').digest();
  if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) {
    throw mismatch(scope.accessKeyId, policy);
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
    throw mismatch(accessKeyId, policy);
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

function mismatch(accessKeyId: string, policy: string): Error {
  return s3Error('SignatureDoesNotMatch', undefined, { AWSAccessKeyId: accessKeyId, StringToSign: policy });
}
