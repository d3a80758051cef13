import { plainType } from '../search/search-marks.js';

/** What people take objects for, by content type. These words are in the database. */
export type ObjectKind = 'image' | 'video' | 'audio' | 'document' | 'archive' | 'text' | 'other';

/** The first that fits. */
const kinds: readonly (readonly [ObjectKind, RegExp])[] = [
  ['image', /^image\//],
  ['video', /^video\/|^application\/(mp4|vnd\.apple\.mpegurl|x-mpegurl|dash\+xml)$/],
  ['audio', /^audio\/|^application\/ogg$/],
  [
    'document',
    /^application\/(pdf|x-pdf|rtf|msword|postscript|epub\+zip|x-mobipocket-ebook|x-abiword|x-latex|x-tex|oxps|vnd\.(ms-(word|excel|powerpoint|xpsdocument|project|visio|works)|openxmlformats-officedocument|oasis\.opendocument|sun\.xml|visio|apple\.(pages|numbers|keynote)|amazon\.ebook)\b.*)$|^text\/rtf$/,
  ],
  [
    'archive',
    /^application\/((x-)?(zip|gzip|tar|gtar|7z|bzip|bzip2|xz|lzma|zstd|lz4|rar|compress|cpio|archive|iso9660-image)(-compressed)?|java-archive|vnd\.(rar|ms-cab-compressed|debian\.binary-package|android\.package-archive)|x-(rpm|debian-package|apple-diskimage|redhat-package-manager))$/,
  ],
  [
    'text',
    /^text\/|^application\/((x-)?(json|ndjson|jsonlines|javascript|ecmascript|typescript|xml|yaml|toml|sql|sh|shellscript|httpd-php|perl|python|graphql)|[^/]*\+(json|xml|yaml))$/,
  ],
];

/** The kind of an object with this content type. */
export function objectKindOf(contentType: string): ObjectKind {
  const type = plainType(contentType).slice(0, 200);
  return kinds.find(([, pattern]) => pattern.test(type))?.[0] ?? 'other';
}
