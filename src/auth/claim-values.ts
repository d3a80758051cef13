/** More values than any mapping needs: a token of an issuer must not cost more than this to judge. */
const mostValues = 1_000;

/**
 * The values of a claim, as text. The claim is named as it stands in the token, or by a path with dots that leads into
 * objects (`realm_access.roles`); a name that has dots of its own is found as well. A list stands for each of its items.
 * The values of `scope` and `scp` are lists in one string: https://www.rfc-editor.org/rfc/rfc8693#section-4.2
 */
export function claimValues(claims: object, path: string): string[] {
  const found: string[] = [];
  collect(claims, path.split('.'), found);
  return path === 'scope' || path === 'scp' ? found.flatMap((text) => text.split(' ')).filter(Boolean) : found;
}

/** The first value of a claim; undefined when it has none. */
export function claimValue(claims: object, path: string): string | undefined {
  return claimValues(claims, path)[0];
}

function collect(value: unknown, path: readonly string[], found: string[]): void {
  if (found.length >= mostValues) {
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value.slice(0, mostValues)) {
      collect(item, path, found);
    }
  } else if (path.length === 0) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      found.push(String(value));
    }
  } else if (typeof value === 'object' && value !== null) {
    descend(value, path, found);
  }
}

/** The longest name that is there counts: `https://example.com/groups` is one name, not three. */
function descend(value: object, path: readonly string[], found: string[]): void {
  for (let length = path.length; length > 0; length -= 1) {
    const name = path.slice(0, length).join('.');
    if (Object.hasOwn(value, name)) {
      collect(Reflect.get(value, name), path.slice(length), found);
      return;
    }
  }
}
