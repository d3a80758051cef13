import type { ObjectAttributes, ObjectHeaders, StorageClass } from '../../operations/types.js';
import { fromHeaderText, fromMetadataText } from './header-text.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';
import { parseTaggingHeader } from './tagging.js';

const storageClasses: readonly StorageClass[] = ['STANDARD', 'STANDARD_IA', 'GLACIER_IR'];

const metadataPrefix = 'x-amz-meta-';

const headerNames: Record<keyof ObjectHeaders, string> = {
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  expires: 'expires',
  websiteRedirectLocation: 'x-amz-website-redirect-location',
};

/** The representation headers by their fields, for readers and writers of them. */
export const representationHeaders = Object.entries(headerNames) as [keyof ObjectHeaders, string][];

/** What the headers of an upload say of the object beside its bytes. */
export function readAttributes(headers: RequestHeaders): ObjectAttributes {
  const { values } = headers;
  const attributes: ObjectAttributes = {};
  if (values['content-type'] !== undefined) {
    attributes.contentType = fromHeaderText(values['content-type']);
  }
  const kept = readRepresentationHeaders(headers);
  if (kept !== undefined) {
    attributes.headers = kept;
  }
  const metadata = readMetadata(headers);
  if (metadata !== undefined) {
    attributes.metadata = metadata;
  }
  if (values['x-amz-tagging'] !== undefined) {
    attributes.tags = parseTaggingHeader(values['x-amz-tagging']);
  }
  if (values['x-amz-storage-class'] !== undefined) {
    attributes.storageClass = parseStorageClass(values['x-amz-storage-class']);
  }
  return attributes;
}

function readRepresentationHeaders({ values }: RequestHeaders): ObjectHeaders | undefined {
  let headers: ObjectHeaders | undefined;
  for (const [field, name] of representationHeaders) {
    const sent = values[name];
    const value = sent === undefined || field !== 'contentEncoding' ? sent : withoutAwsChunked(sent);
    if (value !== undefined && value !== '') {
      headers ??= {};
      headers[field] = fromHeaderText(value);
    }
  }
  return headers;
}

function readMetadata({ values, amzNames }: RequestHeaders): Record<string, string> | undefined {
  let metadata: Record<string, string> | undefined;
  for (const name of amzNames) {
    if (name.startsWith(metadataPrefix)) {
      metadata ??= Object.create(null) as Record<string, string>;
      metadata[name.slice(metadataPrefix.length)] = fromMetadataText(values[name] ?? '');
    }
  }
  return metadata;
}

/** `aws-chunked` is how the body travels, not what the object is. */
function withoutAwsChunked(encoding: string): string {
  if (!/aws-chunked/i.test(encoding)) {
    return encoding;
  }
  return encoding
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding.toLowerCase() !== 'aws-chunked')
    .join(', ');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html */
export function parseStorageClass(name: string): StorageClass {
  const known = storageClasses.find((storageClass) => storageClass === name);
  if (known === undefined) {
    throw s3Error('InvalidStorageClass', undefined, { StorageClassRequested: name });
  }
  return known;
}
