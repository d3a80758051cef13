const placeholder = '{username}';

/** A value for a search filter, where it can only stand for itself. https://www.rfc-editor.org/rfc/rfc4515#section-3 */
export function escapeFilterValue(value: string): string {
  return value.replace(/[\0()*\\]/g, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A value for a DN. https://www.rfc-editor.org/rfc/rfc4514#section-2.4 */
export function escapeDnValue(value: string): string {
  return value.replace(/[\\"+,;<=>]|^[ #]| $/g, '\\$&').replaceAll('\0', '\\00');
}

/** The filter that finds a user. */
export function fillFilter(template: string, username: string): string {
  return template.replaceAll(placeholder, () => escapeFilterValue(username));
}

/** The filter for all whom {@link fillFilter} could find. */
export function matchAnyUser(template: string): string {
  return template.replaceAll(placeholder, '*');
}

/** Whom to bind as: a DN, where the template is one; else a name such as `ann@example.com`, which knows no escapes. */
export function fillBindName(template: string, username: string): string {
  const value = isDnTemplate(template) ? escapeDnValue(username) : username;
  return template.replaceAll(placeholder, () => value);
}

/** `uid={username},ou=people,dc=example,dc=com` is one, `{username}@example.com` is not. */
export function isDnTemplate(template: string): boolean {
  return template.includes('=');
}

export function hasPlaceholder(template: string): boolean {
  return template.includes(placeholder);
}
