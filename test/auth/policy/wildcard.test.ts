import fc from 'fast-check';
import { matchesWildcard } from '../../../src/auth/policy/wildcard.js';

const part = fc.constantFrom('a', 'b', '*', '?', '.', '\\', '[', '/', '😀', 'é', '\n');
const pattern = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
const text = fc.array(part, { maxLength: 16 }).map((parts) => parts.join(''));

function byRegularExpression(wildcards: string, subject: string): boolean {
  const source = wildcards
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su').test(subject);
}

test('matches exactly what the same pattern matches as a regular expression', () => {
  fc.assert(
    fc.property(pattern, text, (wildcards, subject) => {
      expect(matchesWildcard(wildcards, subject)).toBe(byRegularExpression(wildcards, subject));
    }),
    { numRuns: 5000 },
  );
});

test('a pattern matches every text that its stars were filled in with', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 6 }), fc.array(fc.string()), (pieces, fillings) => {
      const plain = pieces.map((piece) => piece.replace(/[*?]/g, 'x'));
      const filled = plain.reduce((before, piece, index) => `${before}${fillings[index - 1] ?? ''}${piece}`);
      expect(matchesWildcard(plain.join('*'), filled)).toBe(true);
    }),
  );
});

// Anything that tries the ways of sharing out the letters among the stars would not end in the life of this test.
test.each([
  ['*a'.repeat(400), `${'a'.repeat(1024)}b`],
  [`${'*a'.repeat(400)}*c`, 'a'.repeat(1024)],
  [`*${'a'.repeat(512)}c`, 'a'.repeat(1024)],
  [`${'*?'.repeat(400)}c`, 'a'.repeat(1024)],
])('the pattern %.12s… made to explode is answered', (wildcards, subject) => {
  expect(matchesWildcard(wildcards, subject)).toBe(false);
});
