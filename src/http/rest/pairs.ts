import { GranaryError } from '../../errors.js';

/** Names and values from texts like `name=value`, each name once. */
export function pairsOf(texts: readonly string[] | undefined, field: string): Record<string, string> | undefined {
  if (texts === undefined) {
    return undefined;
  }
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const name = text.slice(0, at);
    if (at < 1 || pairs.has(name)) {
      throw new GranaryError('InvalidInput', `Each "${field}" is name=value, and each name comes once.`, {
        reason: 'InvalidArgument',
        field: [field],
      });
    }
    pairs.set(name, text.slice(at + 1));
  }
  return Object.fromEntries(pairs);
}
