import type { Condition } from './condition.js';
import type { Pattern } from './pattern.js';

/**
 * Where a policy stands, which decides what may stand in it. A session's narrows what its holder may; a role's trust
 * policy says who may assume it.
 */
export type PolicyKind = 'bucket' | 'identity' | 'session' | 'trust';

/** A policy, parsed: everything in it is evaluated. See docs/policies.md. */
export interface Policy {
  readonly kind: PolicyKind;
  /** What explanations call it; null for a bucket's, which has no name. */
  readonly name: string | null;
  readonly statements: readonly PolicyStatement[];
  /**
   * The condition keys that conditions and variables ask for, in lower case; keys with a tag's name behind a slash
   * without it. What is costly to find out need not be found out for others.
   */
  readonly keys: ReadonlySet<string>;
}

export interface PolicyStatement {
  /** The place in the document, from 0. */
  readonly index: number;
  readonly sid: string | null;
  readonly effect: Effect;
  /** Null in policies that are attached to whom they are about. */
  readonly principals: Listed<PrincipalPattern> | null;
  readonly actions: Listed<Pattern>;
  /** Patterns of whole ARNs. */
  readonly resources: Listed<Pattern>;
  readonly conditions: readonly Condition[];
  /** As it was written. */
  readonly source: Readonly<Record<string, unknown>>;
}

export type Effect = 'Allow' | 'Deny';

/** What is listed in an element, or everything else where the element is `Not…`. */
export interface Listed<T> {
  readonly negated: boolean;
  readonly patterns: readonly T[];
}

/** Whom a statement is about. A tenant that is null is the bucket's own. */
export type PrincipalPattern =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'tenant'; readonly tenant: string | null }
  | { readonly kind: 'user'; readonly tenant: string | null; readonly path: string; readonly username: string }
  | { readonly kind: 'canonicalUser'; readonly canonicalId: string }
  /** A user or a role by what IAM calls its unique id. */
  | { readonly kind: 'uniqueId'; readonly id: string }
  | { readonly kind: 'role'; readonly tenant: string | null; readonly path: string; readonly role: string }
  | { readonly kind: 'session'; readonly tenant: string | null; readonly role: string; readonly session: string }
  /** One of S3's services, as this server's own deliveries are. */
  | { readonly kind: 'service'; readonly service: string }
  /** Whom an OpenID provider vouches for; only roles are assumed by such. */
  | { readonly kind: 'federated'; readonly provider: string };
