const names = new Map(
  Object.entries({
    'application/octet-stream': 'File',
    'application/pdf': 'PDF document',
    'application/zip': 'Zip archive',
    'text/plain': 'Text',
    'text/csv': 'Table (CSV)',
    'text/html': 'Web page',
    'application/json': 'JSON',
  }),
);

const kinds = new Set(['image', 'video', 'audio']);

/** What a type of content is to people, as far as that is known; else the type. */
export function readableType(contentType: string): string {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  const [kind = '', subtype = ''] = type.split('/');
  const known = names.get(type);
  if (known !== undefined) {
    return known;
  }
  return kinds.has(kind) ? `${subtype.replace(/\+xml$/, '').toUpperCase()} ${kind}` : type;
}
