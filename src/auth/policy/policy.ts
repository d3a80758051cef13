/** A bucket policy, parsed: everything in it is evaluated. */
export interface Policy {
  readonly statements: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny';
  readonly principals: readonly PrincipalPattern[];
  /** Wildcard patterns in lower case, for actions are compared without regard to case. */
  readonly actions: readonly string[];
  /** Wildcard patterns of whole ARNs. */
  readonly resources: readonly string[];
}

/** Whom a statement is about. A tenant that is null is the bucket's own. */
export type PrincipalPattern =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'tenant'; readonly tenant: string | null }
  | { readonly kind: 'user'; readonly tenant: string | null; readonly username: string }
  | { readonly kind: 'canonicalUser'; readonly canonicalId: string };
