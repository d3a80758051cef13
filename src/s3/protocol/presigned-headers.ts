import type { Query } from './query.js';
import type { RequestHeaders } from './request-headers.js';

/**
 * Presigners move `x-amz-*` headers into the query, where they count as headers. Checksums are left out: SDKs put that
 * of an empty body there, when the body does not exist yet.
 */
export function withQueryHeaders(headers: RequestHeaders, query: Query): RequestHeaders {
  const moved = query.parameters.filter(
    ({ name }) => isHeaderName(name) && headers.values[name.toLowerCase()] === undefined,
  );
  if (moved.length === 0) {
    return headers;
  }
  const values = Object.assign(Object.create(null) as Record<string, string | undefined>, headers.values);
  for (const { name, value } of moved) {
    // Header values have one char for each byte.
    values[name.toLowerCase()] = Buffer.from(value).toString('latin1');
  }
  return { values, amzNames: [...headers.amzNames, ...moved.map(({ name }) => name.toLowerCase())] };
}

const signatureParameters = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
  'x-amz-content-sha256',
]);

function isHeaderName(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    lower.startsWith('x-amz-') &&
    !signatureParameters.has(lower) &&
    (!lower.startsWith('x-amz-checksum-') || lower === 'x-amz-checksum-mode') &&
    lower !== 'x-amz-sdk-checksum-algorithm'
  );
}
