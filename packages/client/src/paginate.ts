import type { GranaryClient } from './client.js';
import type { DocumentLike } from './typed-document.js';

/** A page of a list, as every connection of the schema has it. */
export interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** What a list needs to be read page by page. */
export interface PageVariables {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/**
 * The pages of a list, each asked for when the one before has been looked at. `select` finds the list in an answer;
 * where it gives nothing, such as for a bucket that is not there, there are no pages.
 */
export async function* pages<Result, Variables extends PageVariables, Node>(
  client: GranaryClient,
  document: DocumentLike<Result, Variables>,
  variables: NoInfer<Variables>,
  select: (answer: Result) => Page<Node> | null | undefined,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<Page<Node>, void, undefined> {
  for (let after = variables.after; ; ) {
    const answer = await client.query<Result, PageVariables>(
      document as DocumentLike<Result, PageVariables>,
      { ...variables, after },
      options,
    );
    const page = select(answer);
    if (page === null || page === undefined) {
      return;
    }
    yield page;
    if (!page.pageInfo.hasNextPage) {
      return;
    }
    after = page.pageInfo.endCursor;
  }
}

/** The items of a list, one after the other, as {@link pages} gives them. */
export async function* paginate<Result, Variables extends PageVariables, Node>(
  ...list: Parameters<typeof pages<Result, Variables, Node>>
): AsyncGenerator<Node, void, undefined> {
  for await (const { nodes } of pages<Result, Variables, Node>(...list)) {
    yield* nodes;
  }
}
