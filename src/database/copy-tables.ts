import { type Client, escapeIdentifier } from 'pg';
import { type CopyStreamQuery, type CopyToStreamQuery, from, to } from 'pg-copy-streams';

/** A table and those of its columns that are written, not computed. */
export interface TableShape {
  name: string;
  columns: string[];
}

/** How far a sequence has come. The number is text: it may be larger than JavaScript's. */
export interface SequenceState {
  name: string;
  value: string;
  called: boolean;
}

interface TableRow extends TableShape {
  refersTo: string[];
}

const tableQuery = `
  SELECT c.relname AS name,
    ARRAY(SELECT a.attname::text FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ORDER BY a.attnum) AS columns,
    ARRAY(SELECT t.relname::text FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid
      WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS "refersTo"
  FROM pg_class c
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p' AND c.relname <> ALL ($1::text[])
  ORDER BY c.relname`;

const sequenceQuery = `
  SELECT sequencename AS name, COALESCE(last_value, start_value)::text AS value, last_value IS NOT NULL AS called
  FROM pg_sequences WHERE schemaname = current_schema() ORDER BY sequencename`;

/** The tables of the current schema that last (not the unlogged ones), each after those it refers to: the order in which rows can be put back. */
export async function listTables(client: Client, except: readonly string[]): Promise<TableShape[]> {
  const { rows } = await client.query<TableRow>(tableQuery, [except]);
  const sorted: TableShape[] = [];
  let waiting = rows;
  while (waiting.length > 0) {
    const names = new Set(waiting.map((table) => table.name));
    const ready = waiting.filter((table) => !table.refersTo.some((name) => names.has(name)));
    if (ready.length === 0) {
      throw new Error(`Tables refer to each other in a circle: ${[...names].join(', ')}`);
    }
    sorted.push(...ready.map(({ name, columns }) => ({ name, columns })));
    waiting = waiting.filter((table) => !ready.includes(table));
  }
  return sorted;
}

/** Where each sequence stands, but for those of the tables in `except`. */
export async function readSequences(client: Client, except: readonly string[]): Promise<SequenceState[]> {
  const { rows } = await client.query<SequenceState>(sequenceQuery);
  return rows.filter(({ name }) => !except.some((table) => name.startsWith(`${table}_`)));
}

/** Puts sequences where {@link readSequences} found them. */
export async function writeSequences(client: Client, sequences: readonly SequenceState[]): Promise<void> {
  for (const { name, value, called } of sequences) {
    await client.query('SELECT setval($1::regclass, $2::bigint, $3)', [escapeIdentifier(name), value, called]);
  }
}

/** All rows of a table in PostgreSQL's text format, which every later version reads. */
export function copyTableOut(client: Client, table: TableShape): CopyToStreamQuery {
  return copyQueryOut(client, `SELECT ${columnList(table)} FROM ${escapeIdentifier(table.name)}`);
}

/** The answer to a query in the same format. Its text must not hold anything from outside. */
export function copyQueryOut(client: Client, query: string): CopyToStreamQuery {
  return client.query(to(`COPY (${query}) TO STDOUT`));
}

/** Takes rows as {@link copyTableOut} gives them. */
export function copyTableIn(client: Client, table: TableShape): CopyStreamQuery {
  return client.query(from(`COPY ${escapeIdentifier(table.name)} (${columnList(table)}) FROM STDIN`));
}

function columnList({ columns }: TableShape): string {
  return columns.map(escapeIdentifier).join(', ');
}
