const names: Record<string, string> = {
  'application/octet-stream': 'File',
  'application/pdf': 'PDF document',
  'application/zip': 'Zip archive',
  'text/plain': 'Text',
  'text/csv': 'Table (CSV)',
  'text/html': 'Web page',
  'application/json': 'JSON',
};

const kinds: Record<string, string> = { image: 'image', video: 'video', audio: 'audio' };

/** What a type of content is to people, as far as that is known; else the type. */
export function readableType(contentType: string): string {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  const [kind = '', subtype = ''] = type.split('/');
  const known = names[type];
  if (known !== undefined) {
    return known;
  }
  const noun = kinds[kind];
  return noun === undefined ? type : `${subtype.replace(/\+xml$/, '').toUpperCase()} ${noun}`;
}
