import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { GranaryError } from '../errors.js';
import type { IncomingBody } from '../operations/types.js';
import type { CreateUploadInput } from '../operations/uploads/create-upload.js';

/** What Upload-Checksum may name. */
export const checksumNames = ['sha1', 'md5', 'sha256', 'crc32'] as const;

const longestMetadata = 16_384;

/** Names of metadata that are not kept with the object, for they say what it is. */
const ownNames = new Set(['bucket', 'key', 'tenant', 'contenttype', 'filetype', 'sha256']);

/** A header that is a number of bytes. */
export function numberOf(value: string | string[] | undefined, name: string): number {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) {
    throw invalid(`The header ${name} must be a number of bytes.`);
  }
  return Number(value);
}

/**
 * What is to be uploaded: by the names in Upload-Metadata, or by the query of the address, which clients can set once
 * for all that they upload.
 */
export function readCreation({ headers, query }: FastifyRequest, concat: string | undefined): CreateUploadInput {
  const sent = headers['upload-metadata'];
  const header = typeof sent === 'string' && sent !== '' ? sent : undefined;
  const metadata = readMetadata(header);
  const asked = query as Record<string, unknown>;
  const named = (name: string) => metadata.get(name) ?? (typeof asked[name] === 'string' ? asked[name] : undefined);
  const bucket = named('bucket');
  const key = named('key') ?? metadata.get('filename');
  if (bucket === undefined || key === undefined) {
    throw invalid('Upload-Metadata, or the query, must name a bucket, and a key or a filename.');
  }
  const tenant = named('tenant');
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw invalid('If-None-Match can only be *.');
  }
  const kept = [...metadata].filter(([name]) => !ownNames.has(name.toLowerCase()));
  return {
    ...{ bucket, key },
    ...(tenant === undefined ? {} : { tenant }),
    attributes: {
      contentType: metadata.get('contentType') ?? metadata.get('filetype'),
      metadata: Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), value])),
    },
    sha256: concat === 'partial' ? undefined : digestOf(metadata.get('sha256')),
    conditions: {
      ...(ifMatch === undefined ? {} : { ifMatch }),
      ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    },
    tus: { ...(header === undefined ? {} : { metadata: header }), ...(concat === undefined ? {} : { concat }) },
  };
}

/** Upload-Concat: of a final upload, also the ids in the addresses that it names. */
export function readConcat(headers: IncomingHttpHeaders): { concat?: string; uploadIds?: string[] } {
  const concat = headers['upload-concat'];
  if (concat === undefined) {
    return {};
  }
  if (concat === 'partial') {
    return { concat };
  }
  if (typeof concat !== 'string' || !concat.startsWith('final;')) {
    throw invalid('Upload-Concat is "partial", or "final;" and the addresses of partial uploads.');
  }
  const addresses = concat.slice('final;'.length).split(' ').filter(Boolean);
  return { concat, uploadIds: addresses.map((address) => address.split('/').at(-1) ?? '') };
}

/** Upload-Checksum: a name and the digest in base64. */
export function readChecksum(
  header: string | string[] | undefined,
): Pick<IncomingBody, 'md5' | 'sha256' | 'checksum'> | undefined {
  if (header === undefined) {
    return undefined;
  }
  const [name, text = '', ...rest] = String(header).trim().split(/ +/);
  const value = Buffer.from(text, 'base64');
  const length = { sha1: 20, md5: 16, sha256: 32, crc32: 4 }[name ?? ''];
  if (length === undefined || rest.length > 0 || value.length !== length) {
    throw invalid(`Upload-Checksum is one of ${checksumNames.join(', ')}, and the digest in base64.`);
  }
  switch (name) {
    case 'md5':
      return { md5: value };
    case 'sha256':
      return { sha256: value };
    default:
      return { checksum: { algorithm: name === 'sha1' ? 'SHA1' : 'CRC32', expected: () => value } };
  }
}

/** Names, each with a value in base64, separated by commas. */
function readMetadata(header = ''): Map<string, string> {
  if (header.length > longestMetadata) {
    throw invalid(`Upload-Metadata has at most ${longestMetadata} bytes.`);
  }
  const entries = new Map<string, string>();
  for (const pair of header === '' ? [] : header.split(',')) {
    const [name = '', value = '', ...rest] = pair.trim().split(' ');
    if (name === '' || rest.length > 0 || entries.has(name) || !/^[\w+/-]*={0,2}$/.test(value)) {
      throw invalid('Upload-Metadata is a list of names, each once and with a value in base64.');
    }
    entries.set(name, Buffer.from(value, 'base64').toString('utf8'));
  }
  return entries;
}

function digestOf(text: string | undefined): Buffer | undefined {
  if (text !== undefined && !/^[0-9a-f]{64}$/i.test(text)) {
    throw invalid('A SHA-256 has 64 hexadecimal digits.');
  }
  return text === undefined ? undefined : Buffer.from(text, 'hex');
}

function invalid(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument' });
}
