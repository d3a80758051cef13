import { createHash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Database, statement } from '../database/database.js';
import type { UserCaller } from './caller.js';
import { type Narrowing, narrowCaller } from './narrow-caller.js';
import { ROLE_ACCOUNT_PREFIX, type RoleSession } from './role-session.js';
import type { SecretBox } from './secret-box.js';

const findCredential = statement(
  'find_session_credential',
  `SELECT c.user_id AS "userId", c.source_key_id AS "sourceKeyId", c.secret_sealed AS "secretSealed",
     c.source_user_id AS "sourceUserId", c.source_provider_id AS "sourceProviderId",
     COALESCE(u.tenant_id, p.tenant_id) AS "sourceTenantId", c.token_digest AS "tokenDigest", c.policies, c.session,
     c.created_at AS "createdAt", c.expires_at AS "expiresAt"
   FROM session_credential c LEFT JOIN user_account u ON u.id = c.source_user_id
   LEFT JOIN oidc_provider p ON p.id = c.source_provider_id WHERE c.id = $1`,
);

interface CredentialRow {
  userId: number;
  /** The key that asked for them; null when somebody signed in for them. */
  sourceKeyId: string | null;
  /** Who assumed the role; null for credentials that are not a role's, and where a provider vouched for somebody. */
  sourceUserId: number | null;
  sourceProviderId: string | null;
  /** Of either of them. */
  sourceTenantId: number | null;
  secretSealed: Buffer;
  tokenDigest: Buffer;
  policies: Narrowing[];
  /** Of a role; null for credentials of a user. */
  session: RoleSession | null;
  createdAt: Date;
  expiresAt: Date;
}

interface Known extends CredentialRow {
  secret: string;
  /** What was narrowed last, and what came of it. */
  narrowed: { from: UserCaller; to: UserCaller } | undefined;
}

/** Whose temporary credentials are, and of whom they came. */
export type CredentialOrigin = Pick<CredentialRow, 'userId' | 'sourceKeyId' | 'sourceUserId' | 'session'>;

/** What temporary credentials come to. */
export type SessionCredentialState =
  | 'unknown'
  | 'expired'
  | { readonly secret: string; readonly caller: UserCaller; readonly expiresAt: Date };

/** What the secret of temporary credentials is sealed for. */
export function sessionCredentialSealContext(id: string): string {
  return `session_credential:${id}`;
}

/** What the database keeps of a token: its SHA-256, which is enough for a random value. */
export function sessionTokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Temporary credentials by their ids, from memory where possible. Whoever owns this says when a user has changed. */
export class SessionCredentials {
  readonly #database: Database;
  readonly #secretBox: SecretBox;
  readonly #known = new LRUCache<string, Known>({ max: 10_000, ttl: 30_000 });
  #changes = 0;

  constructor({ database, secretBox }: { database: Database; secretBox: SecretBox }) {
    this.#database = database;
    this.#secretBox = secretBox;
  }

  /** `ownerOf` finds for whom they stand, as it is now; undefined when it is not there or disabled. */
  async find(
    shown: { accessKeyId: string; token: string },
    ownerOf: (of: CredentialOrigin) => Promise<UserCaller | undefined>,
  ): Promise<SessionCredentialState> {
    const { accessKeyId, token } = shown;
    const known = this.#known.get(accessKeyId) ?? (await this.#load(accessKeyId));
    if (known === undefined || !timingSafeEqual(known.tokenDigest, sessionTokenDigest(token))) {
      return 'unknown';
    }
    if (known.expiresAt.getTime() <= Date.now()) {
      return 'expired';
    }
    const owner = await ownerOf(known);
    if (owner === undefined) {
      return 'unknown';
    }
    return { secret: known.secret, caller: narrowed(known, owner, accessKeyId), expiresAt: known.expiresAt };
  }

  /** Forgets those of a user or role, and those of roles that the user has assumed. */
  forget(userId: number): void {
    this.#changes += 1;
    for (const [id, known] of this.#known.entries()) {
      if (known.userId === userId || known.sourceUserId === userId) {
        this.#known.delete(id);
      }
    }
  }

  clear(): void {
    this.#changes += 1;
    this.#known.clear();
  }

  async #load(id: string): Promise<Known | undefined> {
    if (!/^[A-Z0-9]{16,32}$/.test(id)) {
      return undefined;
    }
    const before = this.#changes;
    const [row] = await this.#database.query<CredentialRow>(findCredential, [id]);
    if (row === undefined) {
      return undefined;
    }
    const secret = this.#secretBox.open(row.secretSealed, sessionCredentialSealContext(id));
    const known: Known = { ...row, secret, narrowed: undefined };
    if (this.#changes === before) {
      this.#known.set(id, known);
    }
    return known;
  }
}

/** Policies are read once for as long as the owner stays what it is. */
function narrowed(known: Known, owner: UserCaller, accessKeyId: string): UserCaller {
  if (known.narrowed?.from !== owner) {
    const { sourceKeyId, expiresAt, createdAt: issuedAt } = known;
    const origin = sourceKeyId === null ? {} : { sourceKeyId };
    const caller = { ...asRole(known, owner), accessKeyId, isTemporary: true, ...origin, issuedAt, expiresAt } as const;
    known.narrowed = { from: owner, to: narrowCaller(caller, known.policies) };
  }
  return known.narrowed.to;
}

/** The account of a role as whoever has assumed it: the tags of the session go before the role's. */
function asRole(known: Known, owner: UserCaller): UserCaller {
  const { session, sourceUserId: userId, sourceProviderId: providerId, sourceTenantId: tenantId } = known;
  if (session === null) {
    return owner;
  }
  const assumed = { ...session, role: owner.username.slice(ROLE_ACCOUNT_PREFIX.length) };
  const source = { userId, providerId, tenantId };
  return { ...owner, assumed, tags: { ...owner.tags, ...session.tags }, source };
}
