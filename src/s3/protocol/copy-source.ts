import { isGranaryError } from '../../errors.js';
import { isBucketName } from '../../operations/buckets/bucket-name.js';
import type { VersionAddress } from '../../operations/types.js';
import { parseBucket } from './resource.js';
import { s3Error } from './s3-error.js';
import { percentDecode } from './uri-encoding.js';

/**
 * `x-amz-copy-source`: bucket, slash and key, decoded once, with or without a slash in front and with or without
 * `?versionId=` behind. Nothing in the key is normalized.
 */
export function parseCopySource(header: string): VersionAddress {
  const question = header.indexOf('?');
  const path = question < 0 ? header : header.slice(0, question);
  const decoded = decode(path);
  const from = decoded.startsWith('/') ? 1 : 0;
  const slash = decoded.indexOf('/', from);
  if (slash <= from || slash === decoded.length - 1 || decoded.startsWith('arn:')) {
    throw invalid('Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  }
  const source = { ...parseBucket(decoded.slice(from, slash)), key: decoded.slice(slash + 1) };
  if (!isBucketName(source.bucket)) {
    throw invalid('Invalid copy source bucket name');
  }
  return question < 0 ? source : { ...source, versionId: parseVersion(header.slice(question + 1)) };
}

function parseVersion(query: string): string {
  const versionId = query.startsWith('versionId=') ? decode(query.slice('versionId='.length)) : '';
  if (versionId === '' || versionId.includes('&')) {
    throw invalid('The query of x-amz-copy-source must be versionId and its value.');
  }
  return versionId;
}

function decode(text: string): string {
  try {
    return percentDecode(text);
  } catch (error) {
    throw isGranaryError(error) ? invalid('Invalid copy source encoding.') : error;
  }
}

function invalid(message: string): Error {
  return s3Error('InvalidArgument', message, { ArgumentName: 'x-amz-copy-source' });
}
