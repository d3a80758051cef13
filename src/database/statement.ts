/** A statement that PostgreSQL parses once per connection and knows by its name from then on. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What runs statements: the whole database, or one transaction of it. */
export interface Queryable {
  /**
   * Rows as PostgreSQL gives them, with these types: int8 as number, jsonb parsed, timestamptz as Date, bytea as Buffer.
   * @throws GranaryError Unavailable when there is no connection; pg's own error for what PostgreSQL refuses.
   */
  query<Row>(statement: Statement, values?: unknown[]): Promise<Row[]>;
}

const names = new Map<string, string>();

/**
 * Declares a named statement, once per name.
 * @throws Error when another text already has the name: connections would answer with the first one.
 */
export function statement(name: string, text: string): Statement {
  const known = names.get(name);
  if (known !== undefined && known !== text) {
    throw new Error(`Two statements are named ${name}`);
  }
  names.set(name, text);
  return { name, text };
}
