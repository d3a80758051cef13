import { canonicalKey, type PolicyContext } from './policy-context.js';
import { malformed } from './policy-syntax.js';
import { compileWildcard, matches, type Wildcard } from './wildcard.js';

/** What a text of a policy matches: with wildcards and variables in it, or without. */
export interface Pattern {
  /** As it was written. */
  readonly source: string;
  /** The condition keys of its variables, in their canonical form. */
  readonly keys: readonly string[];
  /** Both `*` and `?` stand in it: each place of a text has to be tried. */
  readonly isCostly: boolean;
  /** Undefined when a variable in it stands for nothing: then it matches nothing. */
  readonly matches: (text: string, context: PolicyContext) => boolean | undefined;
}

export interface PatternSyntax {
  /** Whether `*` and `?` stand for other characters or for themselves. */
  readonly wildcards: 'wildcards' | 'literal';
  /** Whether `${…}` is a variable; in documents of 2008 it is not. */
  readonly variables: 'variables' | 'literal';
  readonly case?: 'ignored';
}

export type Token =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'star' }
  | { readonly kind: 'mark' }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined };

/** `${key}`, `${key, 'default'}`, and the three that stand for the character in them. */
const variable = /^\$\{\s*([A-Za-z0-9-]+:[A-Za-z0-9-]+(?:\/[^}',]{1,128})?)\s*(?:,\s*'([^'}]*)'\s*)?\}/;
const character = /^\$\{([*?$])\}/;

/** Takes a text apart. */
export function tokenize(text: string, place: string, { wildcards, variables }: PatternSyntax): Token[] {
  const tokens: Token[] = [];
  let literal = '';
  const add = (token: Token): void => {
    if (literal !== '') {
      tokens.push({ kind: 'literal', text: literal });
      literal = '';
    }
    tokens.push(token);
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string;
    if (variables === 'variables' && letter === '$' && text[at + 1] === '{') {
      const found = readVariable(text.slice(at), place);
      at += found.length - 1;
      if (typeof found.token === 'string') {
        literal += found.token;
      } else {
        add(found.token);
      }
    } else if (wildcards === 'wildcards' && (letter === '*' || letter === '?')) {
      add(letter === '*' ? { kind: 'star' } : { kind: 'mark' });
    } else {
      literal += letter;
    }
  }
  if (literal !== '') {
    tokens.push({ kind: 'literal', text: literal });
  }
  return tokens;
}

function readVariable(text: string, place: string): { length: number; token: Token | string } {
  const [escaped, letter] = character.exec(text) ?? [];
  if (escaped !== undefined && letter !== undefined) {
    return { length: escaped.length, token: letter };
  }
  const [whole, key, fallback] = variable.exec(text) ?? [];
  if (whole === undefined || key === undefined) {
    throw malformed(place, `has a variable that is not written as $\{key} or $\{key, 'default'}`);
  }
  return { length: whole.length, token: { kind: 'variable', key: canonicalKey(key), fallback } };
}

/** Makes a pattern of a text. Throws for a variable that is not well formed. */
export function parsePattern(source: string, place: string, syntax: PatternSyntax): Pattern {
  return patternOf(source, tokenize(source, place, syntax), syntax);
}

/** Makes a pattern of what a text was taken apart into. */
export function patternOf(source: string, tokens: readonly Token[], syntax: PatternSyntax): Pattern {
  const folded = syntax.case === 'ignored' ? tokens.map(lowerCase) : tokens;
  const keys = tokens.flatMap((token) => (token.kind === 'variable' ? [token.key] : []));
  const kinds = new Set(tokens.map(({ kind }) => kind));
  return {
    source,
    keys,
    isCostly: kinds.has('star') && kinds.has('mark'),
    matches: keys.length === 0 ? matcher(folded, syntax) : templateMatcher(folded, syntax),
  };
}

function matcher(tokens: readonly Token[], syntax: PatternSyntax): Pattern['matches'] {
  const test = compileWildcard(wildcardOf(tokens) ?? []);
  return syntax.case === 'ignored' ? (text) => test(text.toLowerCase()) : test;
}

function templateMatcher(tokens: readonly Token[], syntax: PatternSyntax): Pattern['matches'] {
  const fold = syntax.case === 'ignored' ? (text: string) => text.toLowerCase() : (text: string) => text;
  return (text, context) => {
    const wildcard = wildcardOf(tokens, (key) => {
      const value = context.single(key);
      return value === undefined ? undefined : fold(value);
    });
    return wildcard && matches(wildcard, fold(text));
  };
}

/**
 * Puts values in the place of variables, letter by letter: a `*` in a value is no wildcard. Undefined when a variable has
 * neither a value nor a default.
 */
function wildcardOf(
  tokens: readonly Token[],
  find: (key: string) => string | undefined = () => undefined,
): Wildcard | undefined {
  let pieces = [''];
  const segments = [pieces];
  for (const token of tokens) {
    if (token.kind === 'star') {
      pieces = [''];
      segments.push(pieces);
    } else if (token.kind === 'mark') {
      pieces.push('');
    } else {
      const text = token.kind === 'literal' ? token.text : (find(token.key) ?? token.fallback);
      if (text === undefined) {
        return undefined;
      }
      pieces.push((pieces.pop() ?? '') + text);
    }
  }
  return segments;
}

function lowerCase(token: Token): Token {
  switch (token.kind) {
    case 'literal':
      return { ...token, text: token.text.toLowerCase() };
    case 'variable':
      return { ...token, fallback: token.fallback?.toLowerCase() };
    default:
      return token;
  }
}
