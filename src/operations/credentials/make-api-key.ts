import { randomUUID } from 'node:crypto';
import { apiKeyDigest, newApiKeySecret } from '../../auth/api-key.js';
import type { Narrowing } from '../../auth/narrow-caller.js';
import { statement } from '../../database/database.js';
import type { ApiScope } from '../../entities/enums.js';
import { ApiKey } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import type { EventContext } from '../audit/event-origin.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { validateExpiry, validateText } from '../identities/identity-input.js';
import { requireRoom } from '../tenants/tenant-room.js';

export interface CreatedApiKey {
  apiKey: ApiKey;
  /** Shown this once. */
  secret: string;
}

export interface NewApiKey {
  user: { id: number; username: string };
  tenantId: number;
  name: string;
  scopes: readonly ApiScope[];
  sessionPolicy: object | null;
  inherited: readonly Narrowing[];
  expiresAt: Date | undefined;
}

const insertApiKey = statement(
  'insert_api_key',
  `INSERT INTO api_key (id, user_id, name, digest, scopes, session_policy, inherited_policies, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   RETURNING id, user_id, name, scopes, session_policy, expires_at, last_used_at, created_at`,
);

/** Makes an API key. What is made is authorized by whoever calls this. */
export async function makeApiKey(granary: Granary, key: NewApiKey, context: EventContext): Promise<CreatedApiKey> {
  validate(key);
  const { database } = granary;
  const secret = newApiKeySecret();
  const id = randomUUID();
  const { user, tenantId, name, sessionPolicy, expiresAt } = key;
  const scopes = [...new Set(key.scopes)];
  const row = await database.transaction(async (tx) => {
    await requireRoom(tx, tenantId, 'accessKeys');
    const limits = [sessionPolicy === null ? null : JSON.stringify(sessionPolicy), JSON.stringify(key.inherited)];
    const values = [id, user.id, name, apiKeyDigest(secret), scopes, ...limits, expiresAt ?? null];
    const [created] = await tx.query<object>(insertApiKey, values);
    const details = { apiKeyId: id, name, username: user.username, scopes, sessionPolicy };
    await recordEvent(tx, context, { action: 'granary:CreateApiKey', tenantId, details });
    return created ?? {};
  });
  return { apiKey: database.orm.em.fork().map(ApiKey, row), secret };
}

function validate({ name, scopes, expiresAt }: NewApiKey): void {
  validateText(name, 'name');
  if (name.trim() === '') {
    throw new GranaryError('InvalidInput', 'Say what the key is for.', { field: ['input', 'name'] });
  }
  if (scopes.length === 0) {
    throw new GranaryError('InvalidInput', 'Name at least one scope.', { field: ['input', 'scopes'] });
  }
  if (expiresAt !== undefined) {
    validateExpiry(expiresAt);
  }
}
