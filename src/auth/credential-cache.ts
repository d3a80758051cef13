import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Database, statement } from '../database/database.js';
import { apiKeyDigest, narrowingOfScopes, type Scope } from './api-key.js';
import type { UserCaller } from './caller.js';
import {
  type CallerRow,
  callerColumns,
  type NarrowingRow,
  narrowingColumns,
  narrowToKey,
  toUserCaller,
} from './caller-row.js';
import { type Narrowing, narrowCaller } from './narrow-caller.js';
import { ROLE_ACCOUNT_PREFIX } from './role-session.js';
import type { SecretBox } from './secret-box.js';
import { type CredentialOrigin, type SessionCredentialState, SessionCredentials } from './session-credentials.js';
import type { AccessClaims } from './tokens.js';

/**
 * The channel that tells of changed users, groups, policies and access keys; the payload is a user's id, `tenant` and the
 * id of one whose users all are meant, or `*` for all.
 */
export const IDENTITY_CHANNEL = 'granary_identity';

/** What an access key is made of; also keeps what could be no key away from the database. */
export const ACCESS_KEY_ID_PATTERN = /^[A-Za-z0-9_.-]{3,128}$/;

const TTL_MS = 30_000;
const MAX_ENTRIES = 10_000;

const findAccessKeyRow = statement(
  'find_access_key',
  `SELECT ${callerColumns}, ${narrowingColumns}, k.secret_sealed AS "secretSealed", k.expires_at AS "expiresAt"
   FROM access_key k JOIN user_account u ON u.id = k.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE k.id = $1 AND NOT u.disabled AND NOT k.disabled`,
);

const findUserRow = statement(
  'find_user_caller',
  `SELECT ${callerColumns} FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE u.id = $1 AND NOT u.disabled`,
);

const findSessionUser = statement(
  'find_session_user',
  'SELECT user_id AS "userId" FROM user_session WHERE id = $1 AND expires_at > now()',
);

const findApiKeyRow = statement(
  'find_api_key',
  `SELECT ${callerColumns}, k.id AS "apiKeyId", k.digest, k.scopes, k.session_policy AS "sessionPolicy",
     k.inherited_policies AS "inheritedPolicies", k.expires_at AS "expiresAt"
   FROM api_key k JOIN user_account u ON u.id = k.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE k.digest = $1 AND NOT u.disabled`,
);

interface ApiKeyRow extends CallerRow {
  apiKeyId: string;
  digest: Buffer;
  scopes: Scope[];
  sessionPolicy: object | null;
  inheritedPolicies: Narrowing[];
  expiresAt: Date | null;
}

interface AccessKeyRow extends CallerRow, NarrowingRow {
  secretSealed: Buffer;
  expiresAt: Date | null;
}

export interface AccessKeyCredential {
  readonly secret: string;
  readonly caller: UserCaller;
}

interface CachedAccessKey extends AccessKeyCredential {
  readonly expiresAt: Date | null;
}

/** What an access key's secret is sealed for. */
export function accessKeySealContext(accessKeyId: string): string {
  return `access_key:${accessKeyId}`;
}

/**
 * Who an access key or a user id stands for, from memory where possible. Changes are followed through NOTIFY; the
 * time to live is the second line of defence. What is not found is never remembered.
 */
export class Credentials {
  readonly #database: Database;
  readonly #secretBox: SecretBox;
  readonly #accessKeys = new LRUCache<string, CachedAccessKey>({ max: MAX_ENTRIES, ttl: TTL_MS });
  /** By the hexadecimal digest of the secret. */
  readonly #apiKeys = new LRUCache<string, UserCaller>({ max: MAX_ENTRIES, ttl: TTL_MS });
  readonly #users = new LRUCache<number, UserCaller>({ max: MAX_ENTRIES, ttl: TTL_MS });
  /** The users of sessions. */
  readonly #sessions = new LRUCache<string, number>({ max: MAX_ENTRIES, ttl: TTL_MS });
  readonly #temporary: SessionCredentials;
  #stopListening: (() => Promise<void>) | undefined;
  /** Grows with every change, so that a look-up that was under way meanwhile is not remembered. */
  #changes = 0;

  constructor(parts: { database: Database; secretBox: SecretBox }) {
    this.#database = parts.database;
    this.#secretBox = parts.secretBox;
    this.#temporary = new SessionCredentials(parts);
  }

  /** Follows what other processes change. */
  async start(): Promise<void> {
    this.#stopListening = await this.#database.listen(
      IDENTITY_CHANNEL,
      (payload) => this.#follow(payload),
      () => this.clear(),
    );
  }

  async stop(): Promise<void> {
    await this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** Undefined when there is no such key, it has expired, or its user is disabled. */
  async findAccessKey(accessKeyId: string): Promise<AccessKeyCredential | undefined> {
    const key = this.#accessKeys.get(accessKeyId) ?? (await this.#loadAccessKey(accessKeyId));
    if (key === undefined || (key.expiresAt !== null && key.expiresAt.getTime() <= Date.now())) {
      return undefined;
    }
    return { secret: key.secret, caller: key.caller };
  }

  /**
   * Temporary credentials, by their id and the token that goes with them: `unknown` when these do not belong together or
   * who they stand for is there no more, `expired` when they were good once.
   */
  findTemporary(accessKeyId: string, token: string): Promise<SessionCredentialState> {
    return this.#temporary.find({ accessKeyId, token }, (origin) => this.#ownerOf(origin));
  }

  /** For whom temporary credentials stand: a user, or a role for as long as whoever has assumed it is there. */
  async #ownerOf({ userId, sourceKeyId, sourceUserId, session }: CredentialOrigin): Promise<UserCaller | undefined> {
    if (sourceKeyId !== null) {
      const source = (await this.findAccessKey(sourceKeyId))?.caller;
      return source === undefined || session === null ? source : this.#findAccount(userId);
    }
    if (session === null) {
      return this.findUser(userId);
    }
    const isGone = sourceUserId !== null && (await this.findUser(sourceUserId)) === undefined;
    return isGone ? undefined : this.#findAccount(userId);
  }

  /** Undefined when there is no such user or it is disabled. Nobody is a role without a session of it. */
  async findUser(userId: number): Promise<UserCaller | undefined> {
    const account = await this.#findAccount(userId);
    return account?.username.startsWith(ROLE_ACCOUNT_PREFIX) ? undefined : account;
  }

  async #findAccount(userId: number): Promise<UserCaller | undefined> {
    const known = this.#users.get(userId);
    if (known !== undefined) {
      return known;
    }
    const before = this.#changes;
    const [row] = await this.#database.query<CallerRow>(findUserRow, [userId]);
    if (row === undefined) {
      return undefined;
    }
    const caller = toUserCaller(row);
    if (this.#changes === before) {
      this.#users.set(userId, caller);
    }
    return caller;
  }

  /** Who an access token stands for; undefined when its session has ended or the user is disabled. */
  async findClaimed({ userId, sessionId }: AccessClaims): Promise<UserCaller | undefined> {
    const owner = this.#sessions.get(sessionId) ?? (await this.#loadSession(sessionId));
    const user = owner === userId ? await this.findUser(userId) : undefined;
    return user === undefined ? undefined : { ...user, sessionId };
  }

  /** Who an API key stands for; undefined when there is no such key, it has expired, or its user is disabled. */
  async findApiKey(secret: string): Promise<UserCaller | undefined> {
    const digest = apiKeyDigest(secret);
    if (digest === undefined) {
      return undefined;
    }
    const caller = this.#apiKeys.get(digest.toString('hex')) ?? (await this.#loadApiKey(digest));
    return caller?.expiresAt !== undefined && caller.expiresAt.getTime() <= Date.now() ? undefined : caller;
  }

  /** Forgets a user, its keys and its sessions. */
  invalidate(userId: number): void {
    this.#changes += 1;
    this.#users.delete(userId);
    this.#temporary.forget(userId);
    for (const [accessKeyId, key] of this.#accessKeys.entries()) {
      if (key.caller.userId === userId) {
        this.#accessKeys.delete(accessKeyId);
      }
    }
    this.#forgetApiKeys((caller) => caller.userId === userId);
    for (const [sessionId, user] of this.#sessions.entries()) {
      if (user === userId) {
        this.#sessions.delete(sessionId);
      }
    }
  }

  /** Forgets the users of a tenant and their access keys: a policy or a group of theirs may have changed. */
  invalidateTenant(tenantId: number): void {
    this.#changes += 1;
    for (const [userId, user] of this.#users.entries()) {
      if (user.tenantId === tenantId) {
        this.#users.delete(userId);
      }
    }
    this.#forgetApiKeys((caller) => caller.tenantId === tenantId);
    for (const [accessKeyId, key] of this.#accessKeys.entries()) {
      if (key.caller.tenantId === tenantId) {
        this.#accessKeys.delete(accessKeyId);
      }
    }
  }

  clear(): void {
    this.#changes += 1;
    this.#users.clear();
    this.#sessions.clear();
    this.#apiKeys.clear();
    this.#accessKeys.clear();
    this.#temporary.clear();
  }

  #forgetApiKeys(concerns: (caller: UserCaller) => boolean): void {
    for (const [digest, caller] of this.#apiKeys.entries()) {
      if (concerns(caller)) {
        this.#apiKeys.delete(digest);
      }
    }
  }

  async #loadApiKey(digest: Buffer): Promise<UserCaller | undefined> {
    const before = this.#changes;
    const [row] = await this.#database.query<ApiKeyRow>(findApiKeyRow, [digest]);
    if (row === undefined || !timingSafeEqual(row.digest, digest)) {
      return undefined;
    }
    const { apiKeyId, expiresAt } = row;
    const user = { ...toUserCaller(row), apiKeyId, ...(expiresAt === null ? {} : { expiresAt }) };
    const caller = narrowToApiKey(user, row);
    if (this.#changes === before) {
      this.#apiKeys.set(digest.toString('hex'), caller);
    }
    return caller;
  }

  async #loadSession(sessionId: string): Promise<number | undefined> {
    const before = this.#changes;
    const [row] = await this.#database.query<{ userId: number }>(findSessionUser, [sessionId]);
    if (row !== undefined && this.#changes === before) {
      this.#sessions.set(sessionId, row.userId);
    }
    return row?.userId;
  }

  #follow(payload: string): void {
    const tenant = /^tenant(\d+)$/.exec(payload)?.[1];
    if (tenant !== undefined) {
      this.invalidateTenant(Number(tenant));
    } else if (payload === '*') {
      this.clear();
    } else {
      this.invalidate(Number(payload));
    }
  }

  async #loadAccessKey(accessKeyId: string): Promise<CachedAccessKey | undefined> {
    if (!ACCESS_KEY_ID_PATTERN.test(accessKeyId)) {
      return undefined;
    }
    const before = this.#changes;
    const [row] = await this.#database.query<AccessKeyRow>(findAccessKeyRow, [accessKeyId]);
    if (row === undefined) {
      return undefined;
    }
    const key: CachedAccessKey = {
      secret: this.#secretBox.open(row.secretSealed, accessKeySealContext(accessKeyId)),
      caller: narrowToKey(
        { ...toUserCaller(row), accessKeyId, ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }) },
        row,
      ),
      expiresAt: row.expiresAt,
    };
    if (this.#changes === before) {
      this.#accessKeys.set(accessKeyId, key);
    }
    return key;
  }
}

function narrowToApiKey(user: UserCaller, { scopes, sessionPolicy, inheritedPolicies }: ApiKeyRow): UserCaller {
  const ofScopes = narrowingOfScopes(scopes);
  return narrowCaller(user, [
    ...inheritedPolicies,
    ...(ofScopes === undefined ? [] : [ofScopes]),
    ...(sessionPolicy === null ? [] : [[{ name: 'session policy', document: sessionPolicy }]]),
  ]);
}
