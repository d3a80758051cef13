/**
 * A value out of somebody's JSON, for a message. Lists and objects are not written out: they may be deeper than the stack,
 * and what they say of their own text is the sender's.
 */
export function shownValue(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? '[...]' : '{...}';
  }
  return String(value).slice(0, 64);
}
