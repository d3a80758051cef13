/** What a line of an access log says; what is absent was unknown or is not about this request. */
export interface AccessLogFields {
  /** The canonical id of the bucket's owner. */
  bucketOwner: string;
  bucket: string;
  /** When the request arrived. */
  at: Date;
  remoteIp?: string | null | undefined;
  /** The canonical id of who asked, the ARN of a role's session; `svc:` and a name for what this server delivers. */
  requester?: string | undefined;
  requestId: string;
  /** Such as `REST.GET.OBJECT`. */
  operation: string;
  key?: string | undefined;
  /** As it was sent: method, target, version. */
  requestLine?: string | undefined;
  status?: number | undefined;
  errorCode?: string | undefined;
  /** Of the body, as far as it was sent. */
  bytesSent?: number | undefined;
  objectSize?: number | undefined;
  /** In milliseconds, from the first byte in to the last one out. */
  totalMs?: number | undefined;
  /** In milliseconds, from the last byte in to the first one out. */
  turnAroundMs?: number | undefined;
  referer?: string | undefined;
  userAgent?: string | undefined;
  versionId?: string | undefined;
  hostId?: string | undefined;
  signatureVersion?: 'SigV2' | 'SigV4' | undefined;
  cipherSuite?: string | undefined;
  authenticationType?: 'AuthHeader' | 'QueryString' | undefined;
  host?: string | undefined;
  tlsVersion?: string | undefined;
  /** Whether an access control list had to let it in. */
  aclRequired?: boolean | undefined;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Parameters by which somebody else could ask the same again, or that open what is sealed. */
const secretParameter =
  /^(?:X-Amz-Signature|X-Amz-Security-Token|Signature|X-Granary-Upload|x-amz-(?:copy-source-)?server-side-encryption-customer-key(?:-md5)?)$/i;

/**
 * One line, without its end: every field of https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html in its
 * order, `-` for what is unknown. What clients send is percent-encoded where it could end a field or a line.
 */
export function accessLogLine(fields: AccessLogFields): string {
  return [
    token(fields.bucketOwner),
    token(fields.bucket),
    formatTime(fields.at),
    token(fields.remoteIp),
    token(fields.requester),
    token(fields.requestId),
    fields.operation,
    fields.key === undefined ? '-' : encodeKey(fields.key),
    quoted(fields.requestLine),
    token(fields.status?.toString()),
    token(fields.errorCode),
    // As S3 writes it: nothing sent is unknown.
    token(fields.bytesSent === 0 ? undefined : fields.bytesSent?.toString()),
    token(fields.objectSize?.toString()),
    token(milliseconds(fields.totalMs)),
    token(milliseconds(fields.turnAroundMs)),
    quoted(fields.referer),
    quoted(fields.userAgent),
    token(fields.versionId),
    token(fields.hostId),
    token(fields.signatureVersion),
    token(fields.cipherSuite),
    token(fields.authenticationType),
    token(fields.host),
    token(fields.tlsVersion),
    // There are no access points, and where requests come from has no region.
    '-',
    fields.aclRequired ? 'Yes' : '-',
    '-',
  ].join(' ');
}

/** A request's target without what must not be written down. */
export function withoutSecrets(target: string): string {
  return target
    .split(/(?=[&\s])/)
    .map(redact)
    .join('');
}

/** What follows the first name of a secret, up to the next parameter. Names count as they are read: decoded. */
function redact(parameter: string): string {
  for (const { 0: found, 1: name = '', index } of parameter.matchAll(/[?&]([^=?&]*)=/g)) {
    if (secretParameter.test(decodeAscii(name))) {
      return `${parameter.slice(0, index + found.length)}REDACTED`;
    }
  }
  return parameter;
}

/** Never throws; other characters are in no name of a secret. */
function decodeAscii(name: string): string {
  return name.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function formatTime(at: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `[${day}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000]`;
}

function milliseconds(duration: number | undefined): string | undefined {
  return duration === undefined ? undefined : String(Math.max(0, Math.round(duration)));
}

function encodeKey(key: string): string {
  return encodeURIComponent(key.toWellFormed()).replaceAll('%2F', '/').replaceAll("'", '%27');
}

/** A field without quotes, which ends with a space. */
function token(text: string | null | undefined): string {
  return text ? encodeUnsafe(text, /[^\x21\x23-\x7e]/g) : '-';
}

function quoted(text: string | undefined): string {
  return text ? `"${encodeUnsafe(withoutSecrets(text), /[^\x20\x21\x23-\x7e]/g)}"` : '"-"';
}

/** Headers and targets come as node has them, one char for each byte. */
function encodeUnsafe(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, (char) =>
    [...Buffer.from(char, char.charCodeAt(0) > 0xff ? 'utf8' : 'latin1')]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
