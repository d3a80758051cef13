/** Whether a text is the id of a row in lower-case letters; the database refuses to compare with anything else. */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/**
 * For SQL: what all ids come after. A page says `id > COALESCE($1, …)`, as `$1 IS NULL OR id > $1` makes PostgreSQL read
 * from the first row on, whatever the place, once it has planned for any parameters.
 */
export const lowestUuid = "'00000000-0000-0000-0000-000000000000'";
