import { malformed } from './policy-syntax.js';

/**
 * Refuses JSON in which an object has a name twice: parsers keep one of the two, so that a condition could be lost
 * without a word. The text has been parsed before, so that it is well formed.
 */
export function refuseRepeatedNames(text: string): void {
  const open: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{') {
      open.push(new Set());
    } else if (token === '[') {
      open.push(null);
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      const names = open.at(-1);
      if (names?.has(name)) {
        throw malformed(name, 'stands twice in one object');
      }
      names?.add(name);
    }
  }
}
