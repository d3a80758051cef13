import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm } from '../../storage/checksums.js';
import type { ReadableVersion } from '../objects/find-version.js';
import type { ObjectChecksum, StorageClass } from '../types.js';

type ObjectParameters = Pick<
  PutObjectCommandInput,
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'ContentType'
  | 'Metadata'
  | 'StorageClass'
  | 'Tagging'
> & { Key: string };

type LockParameters = Pick<
  PutObjectCommandInput,
  'ObjectLockMode' | 'ObjectLockRetainUntilDate' | 'ObjectLockLegalHoldStatus'
>;

type ChecksumParameters = Pick<PutObjectCommandInput, `Checksum${ChecksumAlgorithm}`>;

/** https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What a version is beside its bytes, as the SDK takes it. Metadata whose names HTTP cannot carry stays behind. */
export function objectParameters({
  version,
  storageClass,
}: {
  version: ReadableVersion;
  storageClass: StorageClass;
}): ObjectParameters {
  const { headers, metadata, tags } = version;
  // The mark of what was sent as Latin-1 stays here: the SDK signs UTF-8, and the replica has the text in that.
  const carried = Object.entries(metadata).filter(([name]) => headerName.test(name));
  return {
    Key: version.key,
    ContentType: headerText(version.contentType),
    Metadata: Object.fromEntries(carried.map(([name, value]) => [name, headerText(value.replace(/^\ufeff/, ''))])),
    ...(headers.cacheControl === undefined ? {} : { CacheControl: headerText(headers.cacheControl) }),
    ...(headers.contentDisposition === undefined ? {} : { ContentDisposition: headerText(headers.contentDisposition) }),
    ...(headers.contentEncoding === undefined ? {} : { ContentEncoding: headerText(headers.contentEncoding) }),
    ...(headers.contentLanguage === undefined ? {} : { ContentLanguage: headerText(headers.contentLanguage) }),
    ...(headers.websiteRedirectLocation === undefined
      ? {}
      : { WebsiteRedirectLocation: headerText(headers.websiteRedirectLocation) }),
    ...(Object.keys(tags).length === 0 ? {} : { Tagging: new URLSearchParams(tags).toString().replaceAll('+', '%20') }),
    // Services that know no classes refuse the header, even with the name of the only one they have.
    ...(storageClass === 'STANDARD' ? {} : { StorageClass: storageClass }),
  };
}

/** Headers that the SDK has no parameter for, or only one that loses something. */
export function extraHeaders(version: ReadableVersion, sha256: Buffer | null): Record<string, string> {
  return {
    ...(version.headers.expires === undefined ? {} : { expires: headerText(version.headers.expires) }),
    ...(sha256 === null ? {} : contentSha256(sha256)),
  };
}

/** The digest of a body, which signs it: the target refuses other bytes. */
export function contentSha256(sha256: Buffer): Record<string, string> {
  return { 'x-amz-content-sha256': sha256.toString('hex') };
}

/** The lock of a version, unless it is over. */
export function lockParameters({ lockMode, retainUntil, legalHold }: ReadableVersion): LockParameters {
  return {
    ...(lockMode !== null && retainUntil !== null && retainUntil.getTime() > Date.now()
      ? { ObjectLockMode: lockMode, ObjectLockRetainUntilDate: retainUntil }
      : {}),
    ...(legalHold ? { ObjectLockLegalHoldStatus: 'ON' } : {}),
  };
}

/** A checksum under the name that the SDK has for it. */
export function checksumParameter(checksum: Pick<ObjectChecksum, 'algorithm' | 'value'> | null): ChecksumParameters {
  return checksum === null ? {} : { [`Checksum${checksum.algorithm}`]: checksum.value };
}

/** The MD5 that an ETag is, which buckets with object lock ask for. */
export function md5Parameter(etag: string): { ContentMD5?: string } {
  return /^[0-9a-f]{32}$/.test(etag) ? { ContentMD5: Buffer.from(etag, 'hex').toString('base64') } : {};
}

/** Text that fits into one header; a line break would begin another one. */
function headerText(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}
