import { readFile } from 'node:fs/promises';
import { parse, stripIgnoredCharacters, validate } from 'graphql';
import { z } from 'zod';
import { GranaryError } from '../errors.js';
import { inspectQuery } from '../resolvers/query-limits.js';
import { buildGranarySchema } from '../resolvers/schema.js';

/** Apollo's manifest of persisted queries: https://www.apollographql.com/docs/graphos/platform/security/persisted-queries */
const manifestSchema = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1).max(512), body: z.string(), name: z.string().optional() })),
});

/** The operations that may be asked for, where a manifest says which. */
export class QueryManifest {
  readonly #bodies = new Map<string, string>();
  readonly #known = new Set<string>();

  private constructor(operations: readonly { id: string; body: string }[]) {
    for (const { id, body } of operations) {
      this.#bodies.set(id, body);
      this.#known.add(body).add(stripIgnoredCharacters(body));
    }
  }

  /** @throws GranaryError InvalidInput for what is no manifest, or has an operation that this server would refuse. */
  static async read(path: string): Promise<QueryManifest> {
    const { success, data } = manifestSchema.safeParse(await readJson(path));
    if (!success) {
      throw invalid(unreadable(path));
    }
    const { operations } = data;
    for (const { id, name, body } of operations) {
      const problem = problemOf(body);
      if (problem !== undefined) {
        throw invalid(`GRANARY_PERSISTED_QUERIES: the operation ${name ?? id} cannot be asked for: ${problem}`);
      }
    }
    return new QueryManifest(operations);
  }

  body(id: string): string | undefined {
    return this.#bodies.get(id);
  }

  /** Whether a document is one of the list, however it is laid out. */
  holds(document: string): boolean {
    return this.#known.has(document) || this.#known.has(compact(document));
  }
}

function compact(document: string): string {
  try {
    return stripIgnoredCharacters(document);
  } catch {
    // What is no GraphQL is in no list.
    return document;
  }
}

function problemOf(body: string): string | undefined {
  try {
    const { refused } = inspectQuery(body);
    return refused ?? validate(buildGranarySchema(), parse(body))[0]?.message;
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be parsed';
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw invalid(`${unreadable(path)} (${error instanceof Error ? error.message : error})`);
  }
}

function unreadable(path: string): string {
  return `GRANARY_PERSISTED_QUERIES: ${path} is not a manifest of persisted queries in Apollo's format, version 1.`;
}

function invalid(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidSettings' });
}
