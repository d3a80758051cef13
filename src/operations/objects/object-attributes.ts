import { GranaryError } from '../../errors.js';
import type { ObjectAttributes, ObjectHeaders, StorageClass } from '../types.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html: 2 KiB of names and values, in UTF-8. */
const maxMetadataBytes = 2048;
const maxTags = 10;
const maxHeaderBytes = 4096;

export interface StoredAttributes {
  contentType: string;
  headers: ObjectHeaders;
  metadata: Record<string, string>;
  tags: Record<string, string>;
  storageClass: StorageClass;
}

/** What a version's row keeps of a writer's attributes: checked, and with S3's defaults. */
export function storedAttributes(attributes: ObjectAttributes): StoredAttributes {
  validateHeader('contentType', attributes.contentType ?? '');
  for (const [name, value] of Object.entries(attributes.headers ?? {})) {
    validateHeader(name, value ?? '');
  }
  const { websiteRedirectLocation: location, ...headers } = attributes.headers ?? {};
  const isRedirected = location !== undefined && location !== '';
  if (isRedirected && !/^(\/|https?:\/\/)/.test(location)) {
    throw new GranaryError(
      'InvalidInput',
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
      { reason: 'InvalidRedirectLocation', field: ['websiteRedirectLocation'] },
    );
  }
  return {
    contentType: attributes.contentType || 'binary/octet-stream',
    headers: isRedirected ? { ...headers, websiteRedirectLocation: location } : headers,
    metadata: validMetadata(attributes.metadata ?? {}),
    tags: validTags(attributes.tags ?? {}),
    storageClass: attributes.storageClass ?? 'STANDARD',
  };
}

/** The attributes that a row holds among other things. */
export function attributesOf({
  contentType,
  headers,
  metadata,
  tags,
  storageClass,
}: StoredAttributes): StoredAttributes {
  return { contentType, headers, metadata, tags, storageClass };
}

/**
 * Throws unless the tags follow https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html; a bucket may
 * have more than an object.
 */
export function validTags(tags: Record<string, string>, most = maxTags): Record<string, string> {
  const entries = Object.entries(tags);
  if (entries.length > most) {
    const noun = most === maxTags ? 'Object tags' : 'Bucket tag count';
    throw new GranaryError('InvalidInput', `${noun} cannot be greater than ${most}`, {
      reason: 'BadRequest',
      field: ['tags'],
    });
  }
  for (const [key, value] of entries) {
    if (!isTagText(key, 128) || key.length === 0 || key.startsWith('aws:')) {
      throw new GranaryError('InvalidInput', 'The TagKey you have provided is invalid', {
        reason: 'InvalidTag',
        field: ['tags'],
      });
    }
    if (!isTagText(value, 256)) {
      throw new GranaryError('InvalidInput', 'The TagValue you have provided is invalid', {
        reason: 'InvalidTag',
        field: ['tags'],
      });
    }
  }
  return tags;
}

function isTagText(text: string, maxLength: number): boolean {
  return [...text].length <= maxLength && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text);
}

function validMetadata(metadata: Record<string, string>): Record<string, string> {
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) {
      throw invalidMetadata(
        'A metadata name is made of lower-case letters, digits and the other characters of an HTTP token.',
      );
    }
    if (hasControls(value) || !value.isWellFormed()) {
      throw invalidMetadata(`The metadata value of "${name}" must not contain control characters.`);
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > maxMetadataBytes) {
    throw new GranaryError('InvalidInput', 'Your metadata headers exceed the maximum allowed metadata size', {
      reason: 'MetadataTooLarge',
      field: ['metadata'],
      data: { Size: bytes, MaxSizeAllowed: maxMetadataBytes },
    });
  }
  return metadata;
}

function validateHeader(name: string, value: string): void {
  if (hasControls(value) || !value.isWellFormed() || Buffer.byteLength(value) > maxHeaderBytes) {
    throw new GranaryError(
      'InvalidInput',
      `The value of ${name} must be one line of at most ${maxHeaderBytes} bytes.`,
      {
        reason: 'InvalidArgument',
        field: [name],
      },
    );
  }
}

/** Control characters other than the tab would break a header line when the object is read. */
function hasControls(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 32 && code !== 9) || code === 127) {
      return true;
    }
  }
  return false;
}

function invalidMetadata(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['metadata'] });
}
