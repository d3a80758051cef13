import { accessKeySealContext } from '../../auth/credential-cache.js';
import { statement } from '../../database/database.js';
import { AccessKey } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { accessDenied, requireUser } from '../access/authorize.js';
import { resolveImpersonated } from '../access/identity-access.js';
import { inheritedLimits, limitedExpiry } from '../access/inherited-limits.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import {
  validateAccessKeyId,
  validateExpiry,
  validateSecretAccessKey,
  validateText,
} from '../identities/identity-input.js';
import { readDocument } from '../policies/policy-input.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { requireRoom } from '../tenants/tenant-room.js';
import { newAccessKeyPair } from './access-key-pair.js';

export interface CreateAccessKeyInput {
  /** The caller's own when absent; only administrators may name another. */
  tenant?: string | undefined;
  /** The caller when absent. */
  username?: string | undefined;
  description?: string | undefined;
  /** Never when absent. */
  expiresAt?: Date | undefined;
  /** A policy document: with the key nothing is allowed that it does not allow too. */
  sessionPolicy?: string | object | undefined;
  /** Random when absent; only administrators may give one, and then also the secret. */
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
}

export interface CreatedAccessKey {
  accessKey: AccessKey;
  /** Shown this once. */
  secretAccessKey: string;
}

const insertAccessKey = statement(
  'insert_access_key',
  `INSERT INTO access_key (id, user_id, secret_sealed, description, expires_at, session_policy, inherited_policies)
   VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT DO NOTHING RETURNING id, user_id, description, session_policy, expires_at, disabled, last_used_at,
     created_at`,
);

/**
 * Creates an access key for the caller or for a user that it manages and has no less rights than. Whoever is narrowed
 * itself makes keys that are narrowed alike.
 */
export async function createAccessKey(context: RequestContext, input: CreateAccessKeyInput): Promise<CreatedAccessKey> {
  const tenant = await resolveTenant(context, input.tenant);
  const user = await resolveImpersonated(context, 'granary:CreateAccessKey', { tenant, username: input.username });
  const { accessKeyId, secretAccessKey } = choosePair(context, input);
  validateOptions(input);
  const sessionPolicy = readSessionPolicy(input.sessionPolicy);
  const inherited = inheritedLimits(context);
  const expiresAt = limitedExpiry(context, input.expiresAt);
  const { database, secretBox } = context.granary;
  const sealed = secretBox.seal(secretAccessKey, accessKeySealContext(accessKeyId));
  const row = await database.transaction(async (tx) => {
    await requireRoom(tx, tenant.id, 'accessKeys');
    const limits = [sessionPolicy === null ? null : JSON.stringify(sessionPolicy), JSON.stringify(inherited)];
    const values = [accessKeyId, user.id, sealed, input.description ?? '', expiresAt ?? null, ...limits];
    const [created] = await tx.query<object>(insertAccessKey, values);
    if (created === undefined) {
      throw new GranaryError('Conflict', 'An access key with this id exists already.', {
        reason: 'AccessKeyAlreadyExists',
        field: ['input', 'accessKeyId'],
      });
    }
    const details = { accessKeyId, username: user.username, sessionPolicy };
    await recordEvent(tx, context, { action: 'granary:CreateAccessKey', tenantId: tenant.id, details });
    return created;
  });
  return { accessKey: database.orm.em.fork().map(AccessKey, row), secretAccessKey };
}

function choosePair(context: RequestContext, input: CreateAccessKeyInput) {
  const { accessKeyId, secretAccessKey } = input;
  if (accessKeyId === undefined && secretAccessKey === undefined) {
    return newAccessKeyPair();
  }
  if (requireUser(context).role !== 'ADMINISTRATOR') {
    throw accessDenied();
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new GranaryError('InvalidInput', 'Give both accessKeyId and secretAccessKey, or neither.', {
      field: ['input', accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey'],
    });
  }
  validateAccessKeyId(accessKeyId);
  validateSecretAccessKey(secretAccessKey);
  return { accessKeyId, secretAccessKey };
}

/** The document to store; null when none was given. */
export function readSessionPolicy(given: string | object | undefined): object | null {
  return given === undefined
    ? null
    : readDocument(given, { kind: 'session', name: 'session policy', field: 'sessionPolicy' }).document;
}

function validateOptions({ description, expiresAt }: CreateAccessKeyInput): void {
  if (description !== undefined) {
    validateText(description, 'description');
  }
  if (expiresAt !== undefined) {
    validateExpiry(expiresAt);
  }
}
