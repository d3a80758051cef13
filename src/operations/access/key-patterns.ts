import { type Pattern, type Token, tokenize } from '../../auth/policy/pattern.js';
import type { PolicyContext } from '../../auth/policy/policy-context.js';

type Piece = { readonly kind: 'letter'; readonly letter: string } | { readonly kind: 'star' | 'mark' };

/**
 * What a pattern of whole ARNs says of the keys in one bucket, as patterns of SQL's LIKE: it is followed through the
 * bucket's own part, and what may come behind that is left. None where it is about other buckets.
 */
export function keyPatterns(pattern: Pattern, arn: string, context: PolicyContext): string[] {
  const pieces = piecesOf(pattern, context);
  if (pieces === undefined) {
    return [];
  }
  let places = closure([0], pieces);
  for (const letter of `${arn}/`) {
    places = closure(
      places.flatMap((at) => after(pieces[at], letter, at)),
      pieces,
    );
  }
  // What begins with a star says what the pattern behind the star says as well.
  const widest = places.filter((at) => !(pieces[at - 1]?.kind === 'star' && places.includes(at - 1)));
  return [...new Set(widest.map((at) => likeOf(pieces.slice(at))))];
}

/** True for a pattern that every key matches. */
export function matchesEveryKey(pattern: string): boolean {
  return /^%+$/.test(pattern);
}

/** Undefined when a variable stands for nothing: then the pattern matches nothing. */
function piecesOf({ source, keys }: Pattern, context: PolicyContext): Piece[] | undefined {
  const syntax = { wildcards: 'wildcards', variables: keys.length > 0 ? 'variables' : 'literal' } as const;
  const pieces: Piece[] = [];
  for (const token of tokenize(source, 'Resource', syntax)) {
    const text = token.kind === 'star' || token.kind === 'mark' ? token.kind : textOf(token, context);
    if (text === undefined) {
      return undefined;
    }
    pieces.push(...(text === 'star' || text === 'mark' ? [{ kind: text } as const] : text));
  }
  return pieces;
}

function textOf(token: Token & { kind: 'literal' | 'variable' }, context: PolicyContext): Piece[] | undefined {
  const text = token.kind === 'literal' ? token.text : (context.single(token.key) ?? token.fallback);
  return text === undefined ? undefined : Array.from(text, (letter) => ({ kind: 'letter', letter }));
}

/** Where a pattern may stand after one more letter. */
function after(piece: Piece | undefined, letter: string, at: number): number[] {
  switch (piece?.kind) {
    case 'star':
      return [at];
    case 'mark':
      return [at + 1];
    case 'letter':
      return piece.letter === letter ? [at + 1] : [];
    default:
      return [];
  }
}

/** A star may also stand for nothing. */
function closure(places: readonly number[], pieces: readonly Piece[]): number[] {
  const all = new Set(places);
  for (const at of all) {
    if (pieces[at]?.kind === 'star') {
      all.add(at + 1);
    }
  }
  return [...all];
}

function likeOf(pieces: readonly Piece[]): string {
  const text = pieces.map((piece) => {
    switch (piece.kind) {
      case 'star':
        return '%';
      case 'mark':
        return '_';
      default:
        return piece.letter.replace(/[\\%_]/, '\\$&');
    }
  });
  return text.join('');
}
