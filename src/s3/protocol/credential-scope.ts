import { s3Error } from './s3-error.js';

/** Whose key a request is signed with, and what that signature is good for. */
export interface CredentialScope {
  accessKeyId: string;
  /** `20130524` */
  date: string;
  region: string;
  service: Service;
}

/** Whom a request was signed for. */
export type Service = 's3' | 'sts' | 'iam';

/** A credential as it was sent, of which nothing has been judged yet. */
export type SentCredential = Record<keyof CredentialScope | 'terminator', string>;

/** How an answer to a wrong signature begins, and its code, by where the signature stands. */
const malformedScopes = {
  header: { code: 'AuthorizationHeaderMalformed', prefix: 'The authorization header is malformed; ' },
  query: { code: 'AuthorizationQueryParametersError', prefix: 'Error parsing the X-Amz-Credential parameter; ' },
  form: { code: 'InvalidArgument', prefix: '' },
} as const;

/** Takes `<key id>/<date>/<region>/<service>/aws4_request` apart; undefined when it has other than five elements. */
export function splitCredential(credential: string): SentCredential | undefined {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/');
  const isWhole = date !== undefined && region !== undefined && service !== undefined && terminator !== undefined;
  return accessKeyId && isWhole && more.length === 0 ? { accessKeyId, date, region, service, terminator } : undefined;
}

/**
 * Reads the credential of a request to S3, which stands in a header, a query or a form. `region` is where the server says
 * it is; `us-east-1` is accepted beside it.
 */
export function parseCredential(
  credential: string,
  place: keyof typeof malformedScopes,
  region: string,
): CredentialScope {
  const { code, prefix } = malformedScopes[place];
  const shown: Record<string, string> =
    place === 'form' ? { ArgumentName: 'x-amz-credential', ArgumentValue: credential } : {};
  const malformed = (message: string, data: Record<string, string> = {}) =>
    s3Error(code, `${prefix}${message}`, { ...shown, ...data });
  const sent = splitCredential(credential);
  if (sent === undefined) {
    throw malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  if (sent.terminator !== 'aws4_request') {
    throw malformed(`incorrect terminal "${sent.terminator}". This endpoint uses "aws4_request".`);
  }
  if (sent.service !== 's3') {
    throw malformed(`incorrect service "${sent.service}". This endpoint belongs to "s3".`);
  }
  if (sent.region !== region && sent.region !== 'us-east-1') {
    throw malformed(`the region '${sent.region}' is wrong; expecting '${region}'`, { Region: region });
  }
  if (!/^\d{8}$/.test(sent.date)) {
    throw malformed(
      `incorrect date format "${sent.date}". This date in the credential must be in the format "yyyyMMdd".`,
    );
  }
  return { accessKeyId: sent.accessKeyId, date: sent.date, region: sent.region, service: sent.service };
}

/** `20130524/us-east-1/s3/aws4_request` */
export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

/** For whatever else is wrong with an Authorization header. */
export function malformedHeader(message: string): Error {
  const { code, prefix } = malformedScopes.header;
  return s3Error(code, `${prefix}${message}`);
}
