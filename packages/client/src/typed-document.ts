/** The text of a GraphQL operation that knows the types of its variables and of its answer. */
export type TypedDocument<Result, Variables> = string & { readonly __apiType?: (variables: Variables) => Result };

/** What operations may be given as: typed texts of this package, of code generators, and texts without types. */
export interface DocumentLike<Result, Variables> {
  toString(): string;
  readonly __apiType?: (variables: Variables) => Result;
}

/** An operation of one's own, with the types that its writer vouches for. */
export function gql<Result, Variables = Record<string, never>>(text: string): TypedDocument<Result, Variables> {
  return text as TypedDocument<Result, Variables>;
}

/** Variables may be left out where an operation needs none. */
export type VariablesAndOptions<Variables, Options> =
  Record<string, never> extends Variables
    ? [variables?: NoInfer<Variables>, options?: Options]
    : [variables: NoInfer<Variables>, options?: Options];
