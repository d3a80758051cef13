/**
 * True when the pattern matches the whole text: `*` stands for any characters, also none, `?` for exactly one.
 *
 * Only the last `*` is ever retried, so the work is bounded by the product of the lengths and no pattern explodes.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  if (!pattern.includes('*') && !pattern.includes('?')) {
    return pattern === text;
  }
  const tail = pattern.slice(pattern.lastIndexOf('*') + 1);
  if (pattern.length > tail.length && !tail.includes('?') && !text.endsWith(tail)) {
    return false; // What has to stand at the end does not: no need to try each place for the rest.
  }
  // A character beyond the basic plane is two code units, and one question mark stands for both.
  return /[\ud800-\udfff]/.test(text) ? matches([...pattern], [...text]) : matches(pattern, text);
}

function matches(pattern: ArrayLike<string>, text: ArrayLike<string>): boolean {
  let inPattern = 0;
  let inText = 0;
  let lastStar = -1;
  let retryFrom = 0;
  while (inText < text.length) {
    if (pattern[inPattern] === '*') {
      lastStar = inPattern++;
      retryFrom = inText;
    } else if (inPattern < pattern.length && (pattern[inPattern] === '?' || pattern[inPattern] === text[inText])) {
      inPattern++;
      inText++;
    } else if (lastStar >= 0) {
      inPattern = lastStar + 1;
      inText = ++retryFrom;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') {
    inPattern++;
  }
  return inPattern === pattern.length;
}
