import { type Queryable, statement } from '../../database/database.js';

/** A user as whoever works on the server itself sees it. */
export interface Account {
  tenant: string;
  username: string;
  role: string;
  source: string;
  disabled: boolean;
  secondFactor: boolean;
  /** Seconds until strangers may try again with its name; 0 when it is not locked. */
  lockedSeconds: number;
  lastSignInAt: Date | null;
}

/** An API key as whoever works on the server itself sees it. */
export interface ApiKeyLine {
  keyId: string;
  tenant: string;
  username: string;
  name: string;
  scopes: string[];
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

const listUsers = statement(
  'list_accounts',
  `SELECT t.name AS tenant, u.username, u.role, u.source, u.disabled, u.last_sign_in_at AS "lastSignInAt",
     EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS "secondFactor",
     COALESCE((SELECT ceil(EXTRACT(EPOCH FROM max(s.blocked_until) - now()))::int FROM sign_in_throttle s
       WHERE s.user_id = u.id AND s.blocked_until > now()), 0) AS "lockedSeconds"
   FROM user_account u JOIN tenant t ON t.id = u.tenant_id
   WHERE u.kind = 'USER' AND ($1::text IS NULL OR t.name = $1) ORDER BY t.name, u.username`,
);
const listKeys = statement(
  'list_api_key_lines',
  `SELECT k.id AS "keyId", t.name AS tenant, u.username, k.name, k.scopes, k.expires_at AS "expiresAt",
     k.last_used_at AS "lastUsedAt"
   FROM api_key k JOIN user_account u ON u.id = k.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE $1::text IS NULL OR t.name = $1 ORDER BY t.name, u.username, k.name`,
);

/** The users of a tenant, or of all. */
export function listAccounts(database: Queryable, tenant: string | undefined): Promise<Account[]> {
  return database.query<Account>(listUsers, [tenant ?? null]);
}

/** The API keys of a tenant, or of all; their secrets are kept nowhere. */
export function listApiKeyLines(database: Queryable, tenant: string | undefined): Promise<ApiKeyLine[]> {
  return database.query<ApiKeyLine>(listKeys, [tenant ?? null]);
}
