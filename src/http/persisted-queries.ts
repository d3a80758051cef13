import { createHash } from 'node:crypto';
import { parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../auth/caller.js';
import type { Settings } from '../config/settings.js';
import { refusal } from '../resolvers/errors.js';
import { onlySignsIn } from '../resolvers/operation-guard.js';
import { inspectQuery, queryLimits } from '../resolvers/query-limits.js';
import { QueryManifest } from './query-manifest.js';

/** Longer documents are answered, but not kept. */
const longestKept = 64 * 1024;
const bounds = {
  user: { max: 10_000, maxSize: 16 * 1024 * 1024 },
  anonymous: { max: 100, maxSize: 1024 * 1024 },
};

/** An operation as a request asks for it: by its document, by the hash of it, or by both. */
export interface AskedDocument {
  query?: unknown;
  extensions?: unknown;
}

/**
 * Which document a request asks for. Automatic persisted queries: a client sends the hash alone, and the document once
 * when it is not known (https://www.apollographql.com/docs/apollo-server/performance/apq). With a manifest, only what
 * stands in it.
 */
export class PersistedQueries {
  readonly #manifest: QueryManifest | undefined;
  // Each tenant has its own, so that nobody finds out what others ask, and those who are not signed in put nobody out.
  readonly #kept = { user: newCache('user'), anonymous: newCache('anonymous') };

  private constructor(manifest: QueryManifest | undefined) {
    this.#manifest = manifest;
  }

  static async open({ persistedQueries }: Settings): Promise<PersistedQueries> {
    return new PersistedQueries(
      persistedQueries === undefined ? undefined : await QueryManifest.read(persistedQueries),
    );
  }

  /**
   * The text of the document; undefined when the request has neither a document nor a hash.
   * @throws GraphQLError for what is not known, not what its hash says, or not allowed.
   */
  resolve(asked: AskedDocument, caller: Caller): string | undefined {
    const query = typeof asked.query === 'string' && asked.query !== '' ? asked.query : undefined;
    const id = persistedId(asked.extensions);
    if (this.#manifest === undefined || isExempt(caller)) {
      return id === undefined ? query : this.#automatic(id, query, caller);
    }
    return listed(this.#manifest, id, query);
  }

  #automatic(hash: string, query: string | undefined, caller: Caller): string {
    const kept = this.#kept[caller.kind];
    const key = `${caller.tenantId}:${hash}`;
    if (query === undefined) {
      const known = this.#manifest?.body(hash) ?? kept.get(key);
      if (known === undefined) {
        throw refusal('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound', 200);
      }
      return known;
    }
    if (createHash('sha256').update(query).digest('hex') !== hash) {
      throw refusal('BAD_REQUEST', 'The sha256Hash is not that of the query.', 400);
    }
    if (query.length <= longestKept && inspectQuery(query).refused === undefined) {
      kept.set(key, query);
    }
    return query;
  }
}

function newCache(kind: Caller['kind']): LRUCache<string, string> {
  return new LRUCache({ ...bounds[kind], sizeCalculation: (text, key) => text.length + key.length });
}

/** Global administrators may ask what they like: GraphiQL asks as they do, and they may do everything anyway. */
function isExempt(caller: Caller): boolean {
  return caller.kind === 'user' && caller.role === 'ADMINISTRATOR';
}

function listed(manifest: QueryManifest, id: string | undefined, query: string | undefined): string | undefined {
  if (query === undefined) {
    const body = id === undefined ? undefined : manifest.body(id);
    if (id !== undefined && body === undefined) {
      throw refusal('PERSISTED_QUERY_NOT_IN_LIST', 'No operation of the list has this id.', 400);
    }
    return body;
  }
  if (!manifest.holds(query) && !signsIn(query)) {
    throw refusal('QUERY_NOT_IN_SAFELIST', 'Only the operations of a list may be asked for, and this is not one.', 400);
  }
  return query;
}

/** Whoever may ask anything has to sign in first. */
function signsIn(query: string): boolean {
  if (inspectQuery(query).refused !== undefined) {
    return false;
  }
  try {
    return onlySignsIn(parse(query, { maxTokens: queryLimits.tokens, noLocation: true }));
  } catch {
    // What cannot be parsed signs nobody in.
    return false;
  }
}

/** The hash that stands in for a document, or comes with it. */
function persistedId(extensions: unknown): string | undefined {
  const persisted = propertyOf(extensions, 'persistedQuery');
  if (persisted === undefined || persisted === null) {
    return undefined;
  }
  const id = propertyOf(persisted, 'sha256Hash');
  if (propertyOf(persisted, 'version') !== 1 || typeof id !== 'string' || id === '' || id.length > 512) {
    throw refusal('BAD_REQUEST', 'A persisted query has the version 1 and a sha256Hash.', 400);
  }
  return id;
}

function propertyOf(value: unknown, name: string): unknown {
  const isHolder = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isHolder ? (value as Record<string, unknown>)[name] : undefined;
}
