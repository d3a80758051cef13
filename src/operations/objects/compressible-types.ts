import type { Compression } from '../../storage/blob-store.js';
import type { BucketCompression } from '../types.js';

/** Types that are compressed already, among kinds that usually are not. */
const compressedTypes = new Set([
  'application/gzip',
  'application/java-archive',
  'application/pdf',
  'application/vnd.rar',
  'application/x-7z-compressed',
  'application/x-bzip2',
  'application/x-gzip',
  'application/x-rar-compressed',
  'application/x-xz',
  'application/zip',
  'application/zstd',
]);

/** Kinds of media whose formats compress by themselves, and types of these kinds that do not. */
const compressedKinds =
  /^(?:audio|font|image|video)\/(?!bmp$|svg\+xml$|tiff$|x-ms-bmp$|vnd\.adobe\.photoshop$|wav$|x-wav$|ttf$|otf$)/;

/** Documents that are zip files inside. */
const zippedDocuments = /^application\/(?:epub\+zip$|vnd\.(?:openxmlformats-|oasis\.opendocument\.))/;

/** How content of a type is compressed in a bucket with this setting. */
export function compressionOf(setting: BucketCompression, contentType: string): Compression {
  switch (setting) {
    case 'OFF':
      return 'off';
    case 'ALWAYS':
      return 'always';
    case 'AUTO':
      return isCompressed(contentType) ? 'off' : 'sample';
    default:
      return setting satisfies never;
  }
}

function isCompressed(contentType: string): boolean {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  return compressedTypes.has(type) || compressedKinds.test(type) || zippedDocuments.test(type);
}
