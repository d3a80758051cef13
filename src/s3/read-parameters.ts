import type { GetObjectInput } from '../operations/objects/get-object.js';
import type { OpenedObject } from '../operations/types.js';
import { type Exchange, versionAddress } from './exchange.js';
import { checksumHeaders, objectHeaders } from './object-headers.js';
import { readConditions } from './protocol/conditions.js';
import { encryptionHeaders, readCustomerKey } from './protocol/encryption-headers.js';
import { toHeaderText } from './protocol/header-text.js';
import { parsePartNumber } from './protocol/part-number.js';
import { parseRange } from './protocol/range.js';
import { s3Error } from './protocol/s3-error.js';

/** Parameters that replace a header of the answer. */
const overrides = new Map([
  ['response-cache-control', 'cache-control'],
  ['response-content-disposition', 'content-disposition'],
  ['response-content-encoding', 'content-encoding'],
  ['response-content-language', 'content-language'],
  ['response-content-type', 'content-type'],
  ['response-expires', 'expires'],
]);

/** What GetObject and HeadObject are asked for. */
export function readInput(exchange: Exchange): GetObjectInput {
  const { headers, query } = exchange.request;
  const input: GetObjectInput = versionAddress(exchange);
  if (headers.values['x-amz-server-side-encryption'] !== undefined) {
    throw s3Error('InvalidArgument', 'x-amz-server-side-encryption header is not supported for this operation.', {
      ArgumentName: 'x-amz-server-side-encryption',
    });
  }
  const range = parseRange(headers.values.range);
  const partNumber = query.get('partNumber');
  if (partNumber !== undefined) {
    if (headers.values.range !== undefined) {
      throw s3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
    }
    input.partNumber = parsePartNumber(partNumber);
  } else if (range !== undefined) {
    input.range = range;
  }
  const conditions = readConditions(headers);
  if (conditions !== undefined) {
    input.conditions = conditions;
  }
  const customerKey = readCustomerKey(headers);
  if (customerKey !== undefined) {
    input.customerKey = customerKey;
  }
  return input;
}

/** Status and headers of an answer to GetObject or HeadObject. */
export function readAnswer(
  { authentication, request: { headers: sent, query } }: Exchange,
  { object, range, versioned, checksum }: Omit<OpenedObject, 'body'>,
): { status: number; headers: string[] } {
  const headers = objectHeaders(object);
  headers.push(...encryptionHeaders(object.encryption));
  if (versioned) {
    headers.push('x-amz-version-id', object.versionId);
  }
  const hasPartNumber = query.parameters.length > 0 && query.has('partNumber');
  if (range !== undefined) {
    headers.push('Content-Range', `bytes ${range.start}-${range.end}/${object.size}`);
  }
  if (sent.values['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED') {
    headers.push(...checksumHeaders(checksum));
  }
  if (hasPartNumber && object.partCount > 0) {
    headers.push('x-amz-mp-parts-count', String(object.partCount));
  }
  if (query.parameters.length > 0) {
    applyOverrides(headers, query.parameters, authentication.signedBy !== 'nobody');
  }
  return { status: range === undefined ? 200 : 206, headers };
}

type Parameters = readonly { name: string; value: string }[];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html : who shows no credentials may not choose headers. */
function applyOverrides(headers: string[], parameters: Parameters, isSigned: boolean): void {
  for (const { name, value } of parameters) {
    const header = overrides.get(name);
    if (header === undefined) {
      continue;
    }
    if (!isSigned) {
      throw s3Error('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.');
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these would break the header
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) {
      throw s3Error('InvalidArgument', 'A header must not contain control characters.', { ArgumentName: name });
    }
    setHeader(headers, header, toHeaderText(value));
  }
}

function setHeader(headers: string[], name: string, value: string): void {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === name) {
      headers[i + 1] = value;
      return;
    }
  }
  headers.push(name, value);
}
