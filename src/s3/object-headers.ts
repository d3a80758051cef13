import type { ObjectChecksum, ObjectInfo, WrittenObject } from '../operations/types.js';
import type { StoredPart } from '../operations/uploads/upload-row.js';
import { checksumAlgorithms } from './protocol/checksum-headers.js';
import { formatHttpDate } from './protocol/dates.js';
import { toHeaderText } from './protocol/header-text.js';
import { representationHeaders } from './protocol/object-attributes.js';
import { element, type Xml } from './protocol/xml-writer.js';

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What every read of an object says of it in headers. */
export function objectHeaders(object: ObjectInfo): string[] {
  const headers = [
    'ETag',
    `"${object.etag}"`,
    'Last-Modified',
    formatHttpDate(object.createdAt),
    'Accept-Ranges',
    'bytes',
    'Content-Type',
    toHeaderText(object.contentType),
  ];
  for (const [field, name] of representationHeaders) {
    const value = object.headers[field];
    if (value !== undefined) {
      headers.push(name, toHeaderText(value));
    }
  }
  pushMetadata(headers, object.metadata);
  if (object.storageClass !== 'STANDARD') {
    headers.push('x-amz-storage-class', object.storageClass);
  }
  if (object.replicationStatus !== null) {
    headers.push('x-amz-replication-status', object.replicationStatus);
  }
  const tagCount = Object.keys(object.tags).length;
  if (tagCount > 0) {
    headers.push('x-amz-tagging-count', String(tagCount));
  }
  return headers;
}

/** A checksum as a response shows it. */
export function checksumHeaders(checksum: ObjectChecksum | null): string[] {
  return checksum === null
    ? []
    : [checksumAlgorithms[checksum.algorithm].header, checksum.value, 'x-amz-checksum-type', checksum.type];
}

/** A checksum as a document shows it. */
export function checksumElements(checksum: ObjectChecksum | null): (Xml | undefined)[] {
  return checksum === null
    ? []
    : [element(checksumAlgorithms[checksum.algorithm].element, checksum.value), element('ChecksumType', checksum.type)];
}

/** The checksum of a part that was just stored. */
export function partChecksumHeaders({ checksum, checksumAlgorithm }: StoredPart): string[] {
  return checksum === null || checksumAlgorithm === null
    ? []
    : [checksumAlgorithms[checksumAlgorithm].header, checksum];
}

/** The same as a document shows it. */
export function partChecksumElement({ checksum, checksumAlgorithm }: StoredPart): Xml | undefined {
  return checksum === null || checksumAlgorithm === null
    ? undefined
    : element(checksumAlgorithms[checksumAlgorithm].element, checksum);
}

/** The version that a write made, where versions mean something to the client: not the null one, which was replaced. */
export function versionHeaders({ object, versioned }: WrittenObject): string[] {
  return versioned && object.versionId !== 'null' ? ['x-amz-version-id', object.versionId] : [];
}

/** Names that the GraphQL face let in and HTTP cannot carry are counted, as S3 does. */
function pushMetadata(headers: string[], metadata: Record<string, string>): void {
  let missing = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (headerName.test(name)) {
      headers.push(`x-amz-meta-${name}`, toHeaderText(value));
    } else {
      missing++;
    }
  }
  if (missing > 0) {
    headers.push('x-amz-missing-meta', String(missing));
  }
}

/** The version that tags were read from or put on, when it has an id. */
export function taggedVersion({ versionId }: ObjectInfo): string[] {
  return versionId === 'null' ? [] : ['x-amz-version-id', versionId];
}
