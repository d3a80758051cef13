/**
 * A pattern taken apart: between two of its outer pieces stands a `*` (any characters, also none), between two inner
 * ones a `?` (exactly one).
 */
export type Wildcard = readonly (readonly string[])[];

/** Takes a pattern apart. */
export function parseWildcard(pattern: string): Wildcard {
  return pattern.split('*').map((segment) => segment.split('?'));
}

/** True when the pattern matches the whole text. */
export function matchesWildcard(pattern: string, text: string): boolean {
  return matches(parseWildcard(pattern), text);
}

/** A pattern ready to be asked often. */
export function compileWildcard(wildcard: Wildcard): (text: string) => boolean {
  const [head, tail] = wildcard;
  const start = head?.length === 1 ? head[0] : undefined;
  if (start !== undefined && wildcard.length === 1) {
    return (text) => text === start;
  }
  if (start !== undefined && wildcard.length === 2 && tail?.length === 1 && tail[0] === '') {
    return start === '' ? () => true : (text) => text.startsWith(start);
  }
  return (text) => matches(wildcard, text);
}

/**
 * Between two stars stands a segment that is searched for once, from left to right, and never given up for a later
 * place: the first place that fits leaves most room for what follows. Searching and comparing are the engine's own.
 */
export function matches(wildcard: Wildcard, text: string): boolean {
  const last = wildcard.length - 1;
  let from = endOf(wildcard[0] ?? [], text, 0);
  if (last <= 0) {
    return from === text.length;
  }
  for (let i = 1; i < last && from >= 0; i++) {
    from = find(wildcard[i] ?? [], text, from);
  }
  return from >= 0 && endsWith(wildcard[last] ?? [], text, from);
}

/** Where the segment ends that begins at a place; -1 when it does not stand there. Its pieces have a `?` between them. */
function endOf(pieces: readonly string[], text: string, at: number): number {
  let end = at;
  for (let i = 0; i < pieces.length; i++) {
    if (i > 0) {
      if (end >= text.length) {
        return -1;
      }
      // One question mark stands for both halves of a character beyond the basic plane.
      end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
    }
    const piece = pieces[i] ?? '';
    if (piece.length > 0 && !text.startsWith(piece, end)) {
      return -1;
    }
    end += piece.length;
  }
  return end;
}

/** Where the first occurrence of a segment ends, not before a place; -1 when there is none. */
function find(pieces: readonly string[], text: string, from: number): number {
  const first = pieces[0] ?? '';
  if (pieces.length === 1) {
    const at = text.indexOf(first, from);
    return at < 0 ? at : at + first.length;
  }
  for (let at = text.indexOf(first, from); at >= 0 && at <= text.length; at = text.indexOf(first, at + 1)) {
    const end = endOf(pieces, text, at);
    if (end >= 0 || at === text.length) {
      return end;
    }
  }
  return -1;
}

/** True when the text ends in the segment, and that begins not before a place. */
function endsWith(pieces: readonly string[], text: string, from: number): boolean {
  const only = pieces[0] ?? '';
  if (pieces.length === 1) {
    return text.length - only.length >= from && text.endsWith(only);
  }
  const letters = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const marks = pieces.length - 1;
  // Each question mark is one code unit long, or two.
  const first = Math.max(from, text.length - letters - 2 * marks);
  for (let at = first; at <= text.length - letters - marks; at++) {
    if (endOf(pieces, text, at) === text.length) {
      return true;
    }
  }
  return false;
}
