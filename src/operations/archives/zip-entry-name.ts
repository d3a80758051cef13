import { createHash } from 'node:crypto';

/** What a part of a name has when it was changed: digits of its digest, so that no two can become the same. */
const marked = /~[0-9a-f]{16}(?:\.[^.]*)?$/;

/** Control characters, those that turn the direction of text round, and what Windows takes for a slash. */
const unsafe = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\\]/gu;

/**
 * The name in a zip of what a key holds, below `base`, a beginning of the key: relative, without `.` or `..` or empty
 * parts, control characters or backslashes. A part that had to be changed, or that looks as if it was, ends in a mark
 * of its own, so that different keys always have different names, and so have their folders. Undefined for the folder
 * itself.
 * @example zipEntryName('photos/2026/a.jpg', 'photos/') // '2026/a.jpg'
 * @example zipEntryName('x/../etc/passwd', 'x/') // '__~…/etc/passwd'
 */
export function zipEntryName(key: string, base: string): string | undefined {
  const name = key.slice(base.length);
  if (name === '') {
    return undefined;
  }
  const isFolder = name.endsWith('/');
  const parts = (isFolder ? name.slice(0, -1) : name).split('/');
  return `${parts.map(partName).join('/')}${isFolder ? '/' : ''}`;
}

function partName(part: string, index: number): string {
  const safe = safePart(index === 0 ? part.replace(/^([a-z]):/i, '$1_') : part);
  return safe === part && !marked.test(part) ? part : markedName(safe, part);
}

function safePart(part: string): string {
  return part === '' || part === '.' || part === '..'
    ? '_'.repeat(Math.max(1, part.length))
    : part.replace(unsafe, '_');
}

/** A name with the mark of what it stands for, before the extension, which programs go by. */
export function markedName(name: string, original: string): string {
  const digits = createHash('sha256').update(original).digest('hex').slice(0, 16);
  const [, stem = name, ending = ''] = /^(.*[^/])(\.[^./]+)$/s.exec(name) ?? [];
  return `${stem}~${digits}${ending}`;
}
