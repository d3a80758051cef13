import type { Narrowing } from './narrow-caller.js';
import type { Policy } from './policy/policy.js';
import type { AssumedRole } from './role-session.js';

/** What a user may do before any policy speaks. */
export type Role = 'ADMINISTRATOR' | 'TENANT_ADMINISTRATOR' | 'MEMBER' | 'READ_ONLY';

/** A signed-in user, by whatever door, or a role that somebody has assumed. */
export interface UserCaller {
  readonly kind: 'user';
  readonly userId: number;
  readonly username: string;
  readonly displayName: string;
  readonly canonicalId: string;
  readonly role: Role;
  /** What policies see as `aws:PrincipalTag/…`; none when absent. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Where in the tenant it belongs, as its ARN says it; `/` when absent. */
  readonly path?: string;
  readonly tenantId: number;
  readonly tenantName: string;
  /** Present when it is a role: then nothing is its own but what the role has. */
  readonly assumed?: AssumedRole;
  /** Present when it is a role: who assumed it, a user or whom a provider vouched for. */
  readonly source?: {
    readonly userId: number | null;
    readonly providerId: string | null;
    /** Of that user or provider; null for a provider that is no tenant's. */
    readonly tenantId: number | null;
  };
  /** When the temporary credentials were made that the request was signed with. */
  readonly issuedAt?: Date;
  /** Present when the request was signed with an S3 access key. */
  readonly accessKeyId?: string;
  /** Present, as `accessKeyId` is, when the request was signed with temporary credentials. */
  readonly isTemporary?: true;
  /** Present when an access key asked for these: that key. */
  readonly sourceKeyId?: string;
  /** The names of the user's groups. */
  readonly groups: readonly string[];
  /** What is attached to the user and to its groups, and what its role means: together they are what it may. */
  readonly policies: readonly Policy[];
  /** What limits all of these, whatever they allow. */
  readonly boundary?: Policy;
  /** Each of them must allow as well: what the key or the session was narrowed to. */
  readonly sessionPolicies: readonly Policy[];
  /** Present when the request came with an API key. */
  readonly apiKeyId?: string;
  /** When the key ends that the request came with, if it does. */
  readonly expiresAt?: Date;
  /** Present when the request came with an access token. */
  readonly sessionId?: string;
  /** What these were read from, so that whoever makes a key hands its own limits on. */
  readonly narrowings?: readonly Narrowing[];
}

/** What this server delivers for buckets, under the names that S3's services have in policies. */
export type ServicePrincipal = 'logging.s3.amazonaws.com' | 's3.amazonaws.com';

/** Somebody who showed no credentials; only a bucket's policy can let them in. Unqualified names are the default tenant's. */
export interface AnonymousCaller {
  readonly kind: 'anonymous';
  readonly tenantId: number;
  readonly tenantName: string;
  /** Present when nobody asks and this server delivers: it has no rights but those that policy or list give this name. */
  readonly service?: ServicePrincipal;
}

export type Caller = UserCaller | AnonymousCaller;
