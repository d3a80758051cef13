import { fold } from './search-text.js';

/** Stands before the first and behind the last character of a key, so that pieces know that they are at an end. */
const edge = '\u0001';

/** As many pieces of a pattern as are looked up; more would not make the candidates noticeably fewer. */
const mostPieces = 12;

/**
 * A number for something that can be asked for exactly. Equal things have equal numbers; different things have different
 * ones nearly always, so that what is found by a mark is looked at once more. No two tenants share any.
 */
export function markOf(tenantId: number, text: string): number {
  let [low, high] = [0x811c9dc5 ^ tenantId, 0x9e3779b1 ^ (tenantId * 31)];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ (unit + 0x7f), 0x85ebca6b);
    high ^= high >>> 13;
  }
  low ^= low >>> 15;
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
}

export const tagMark = (tenantId: number, name: string, value: string): number =>
  markOf(tenantId, `tag ${name}\0${value}`);

export const metadataMark = (tenantId: number, name: string, value: string): number =>
  markOf(tenantId, `metadata ${name.toLowerCase()}\0${value}`);

export const typeMark = (tenantId: number, contentType: string): number => markOf(tenantId, `type ${contentType}`);

export const ownerMark = (tenantId: number, ownerId: number): number => markOf(tenantId, `owner ${ownerId}`);

export const classMark = (tenantId: number, storageClass: string): number => markOf(tenantId, `class ${storageClass}`);

/** The content type without its parameters, as it is compared. */
export function plainType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** Its first half, as `image` of `image/png`. */
export function kindOf(contentType: string): string {
  const [kind = ''] = plainType(contentType).split('/');
  return /^[a-z0-9!#$&^_.+-]{1,127}$/.test(kind) ? kind : 'other';
}

/** Marks of all pieces of a key that a pattern may ask for. */
export function keyMarks(tenantId: number, key: string): number[] {
  const text = edge + fold(key) + edge;
  const pieces = new Set([text.slice(0, 2), text.slice(-2)]);
  for (let at = 0; at + 3 <= text.length; at++) {
    pieces.add(text.slice(at, at + 3));
  }
  return Array.from(pieces, (piece) => markOf(tenantId, `key ${piece}`));
}

/** Marks that a key must have for a pattern (`*` any characters, `?` one) to match it. May be none. */
export function patternMarks(tenantId: number, pattern: string): number[] {
  const runs = (edge + fold(pattern) + edge).split(/[*?]+/);
  const pieces = new Set<string>();
  for (const run of runs) {
    const size = run.length === 2 && run.includes(edge) ? 2 : 3;
    for (let at = 0; at + size <= run.length; at++) {
      pieces.add(run.slice(at, at + size));
    }
  }
  const all = [...pieces];
  const step = Math.max(1, Math.ceil(all.length / mostPieces));
  return all.filter((_, index) => index % step === 0).map((piece) => markOf(tenantId, `key ${piece}`));
}

/** The pattern as SQL's LIKE has it, against a folded key. */
export function likeOf(pattern: string): string {
  return fold(pattern)
    .replace(/[\\%_]/g, '\\$&')
    .replace(/\*+/g, '%')
    .replace(/\?/g, '_');
}
