import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/** What one request may ask for. GraphiQL's own introspection has depth 15, some 250 fields and 400 tokens. */
export const queryLimits = {
  tokens: 4000,
  depth: 16,
  aliases: 60,
  directives: 60,
  /** Fields at the root of one operation: mutations above all, as they go one after the other. */
  rootFields: 40,
  /** Fields after every fragment was spread. */
  fields: 1500,
  complexity: 20_000,
} as const;

interface Measures {
  depth: number;
  aliases: number;
  directives: number;
  fields: number;
  /** Fields of the selection set itself, through its fragments. */
  rootFields: number;
}

export interface InspectedQuery {
  /** Why the query is refused; undefined when it may run. */
  refused: string | undefined;
  /** True when the query asks for the schema itself. */
  introspects: boolean;
}

const inspections = new LRUCache<string, InspectedQuery>({
  max: 2000,
  maxSize: 16 * 1024 * 1024,
  sizeCalculation: (_, q) => q.length + 100,
});

/**
 * Measures a query before anything else looks at it, for validation itself takes exponential time over some documents.
 * A query that does not parse passes: its syntax error is told by the server proper.
 */
export function inspectQuery(query: string): InspectedQuery {
  const known = inspections.get(query);
  if (known !== undefined) {
    return known;
  }
  const inspected = inspect(query);
  inspections.set(query, inspected);
  return inspected;
}

function inspect(query: string): InspectedQuery {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: queryLimits.tokens, noLocation: true });
  } catch (error) {
    const isTooLong = error instanceof GraphQLError && error.message.includes('tokens');
    return {
      refused: isTooLong ? `The query has more than ${queryLimits.tokens} tokens.` : undefined,
      introspects: false,
    };
  }
  const measures = new DocumentMeter(document).measure();
  return { refused: excessOf(measures), introspects: /\b__(?:schema|type)\b/.test(query) };
}

const words = {
  depth: 'depth',
  aliases: 'aliases',
  directives: 'directives',
  fields: 'fields',
  rootFields: 'root fields',
};

function excessOf(measures: Measures | 'cyclic'): string | undefined {
  if (measures === 'cyclic') {
    return 'The fragments of the query spread each other in a circle.';
  }
  for (const name of ['depth', 'aliases', 'directives', 'fields', 'rootFields'] as const) {
    if (measures[name] > queryLimits[name]) {
      return `The query is too large: its limit for ${words[name]} is ${queryLimits[name]}.`;
    }
  }
  return undefined;
}

const nothing: Measures = { depth: 0, aliases: 0, directives: 0, fields: 0, rootFields: 0 };

/** Adds up a document's measures, visiting every fragment once, however often it is spread. */
class DocumentMeter {
  readonly #document: DocumentNode;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #measured = new Map<string, Measures | 'open'>();
  #isCyclic = false;

  constructor(document: DocumentNode) {
    this.#document = document;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.#fragments.set(definition.name.value, definition);
      }
    }
  }

  measure(): Measures | 'cyclic' {
    let total = nothing;
    for (const definition of this.#document.definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) {
        const operation = this.#selections(definition.selectionSet);
        const rootFields = Math.max(total.rootFields, operation.rootFields);
        total = { ...sum(total, operation, definition.directives?.length ?? 0), rootFields };
      } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.#fragment(definition.name.value);
      }
    }
    return this.#isCyclic ? 'cyclic' : total;
  }

  #selections(set: SelectionSetNode): Measures {
    let total = nothing;
    for (const selection of set.selections) {
      total = sum(total, this.#selection(selection), selection.directives?.length ?? 0);
    }
    return total;
  }

  #selection(selection: SelectionNode): Measures {
    switch (selection.kind) {
      case Kind.FIELD: {
        const inner = selection.selectionSet === undefined ? nothing : this.#selections(selection.selectionSet);
        const aliases = inner.aliases + (selection.alias === undefined ? 0 : 1);
        return { ...inner, depth: inner.depth + 1, aliases, fields: inner.fields + 1, rootFields: 1 };
      }
      case Kind.INLINE_FRAGMENT:
        return this.#selections(selection.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return this.#fragment(selection.name.value);
    }
  }

  #fragment(name: string): Measures {
    const known = this.#measured.get(name);
    if (known === 'open') {
      this.#isCyclic = true;
      return nothing;
    }
    if (known !== undefined) {
      return known;
    }
    this.#measured.set(name, 'open');
    const definition = this.#fragments.get(name);
    const measures = definition === undefined ? nothing : this.#selections(definition.selectionSet);
    this.#measured.set(name, measures);
    return measures;
  }
}

function sum(left: Measures, right: Measures, directives: number): Measures {
  return {
    depth: Math.max(left.depth, right.depth),
    aliases: left.aliases + right.aliases,
    directives: left.directives + right.directives + directives,
    fields: left.fields + right.fields,
    rootFields: left.rootFields + right.rootFields,
  };
}
