/** Whether a text is the id of a row in lower-case letters; the database refuses to compare with anything else. */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}
