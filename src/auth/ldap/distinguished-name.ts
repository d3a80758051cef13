import { matchesWildcard } from '../policy/wildcard.js';

/** The parts of a DN, each in one form whatever the way it was written in: lower case, escapes resolved. */
export type NameParts = readonly string[];

/**
 * Splits a DN into its parts (RFC 4514), so that two can be compared. Directories compare names without regard to case
 * and to spaces around separators; an escaped comma stays inside its part.
 */
export function parseDn(dn: string): NameParts {
  const parts: string[] = [];
  let part = '';
  for (const piece of dn.match(/\\[0-9a-fA-F]{2}|\\.|[^\\]/gsu) ?? []) {
    if (piece === ',' || piece === ';') {
      parts.push(part);
      part = '';
    } else {
      part += piece;
    }
  }
  return [...parts, part].map(plainPart).filter((text) => text !== '');
}

/** The value of the first part: `admins` of `CN=admins,OU=groups,DC=example,DC=com`, as it was written. */
export function commonNameOf(dn: string): string {
  const [first = ''] = /^(?:\\.|[^\\,;])*/s.exec(dn) ?? [];
  return resolveEscapes(first.slice(first.indexOf('=') + 1).trim());
}

/** True when one name lies below another, or is the same. */
export function isBelow(dn: string, base: string): boolean {
  const parts = parseDn(dn);
  const baseParts = parseDn(base);
  const offset = parts.length - baseParts.length;
  return offset >= 0 && baseParts.every((part, index) => part === parts[offset + index]);
}

/** The same for two ways to write one name. */
export function dnKey(dn: string): string {
  return JSON.stringify(parseDn(dn));
}

/** Whether a group is meant by a pattern: part by part where the pattern is a DN, else by its CN. */
export function matchesGroup(pattern: string, group: { dn: string; cn: string }): boolean {
  if (!pattern.includes('=')) {
    return matchesWildcard(pattern.trim().toLowerCase(), group.cn.toLowerCase());
  }
  const wanted = parseDn(pattern);
  const parts = parseDn(group.dn);
  return wanted.length === parts.length && wanted.every((part, index) => matchesWildcard(part, parts[index] ?? ''));
}

function plainPart(text: string): string {
  const separator = text.indexOf('=');
  const [type, value] = [text.slice(0, separator + 1), text.slice(separator + 1)];
  return `${type.replaceAll(' ', '')}${resolveEscapes(trimUnescaped(value))}`.toLowerCase();
}

/** Spaces at the ends go, but for one that a backslash keeps. */
function trimUnescaped(value: string): string {
  return value.replace(/^ +/, '').replace(/(\\ )? *$/, '$1');
}

function resolveEscapes(text: string): string {
  return text.replace(/(?:\\[0-9a-fA-F]{2})+|\\(.)/gs, (escaped, character: string | undefined) =>
    character === undefined ? Buffer.from(escaped.replaceAll('\\', ''), 'hex').toString() : character,
  );
}
