import type { UserCaller } from '../../auth/caller.js';
import { type Queryable, statement } from '../../database/database.js';
import { AccessKey } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { announceUserChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validateExpiry, validateText } from '../identities/identity-input.js';
import { readSessionPolicy } from './create-access-key.js';
import { lockAccessKey } from './find-access-key.js';

export interface UpdateAccessKeyInput {
  accessKeyId: string;
  /** Stays when absent. */
  description?: string | undefined;
  /** Stays when absent; null for never. */
  expiresAt?: Date | null | undefined;
  /** Stays when absent; null for none. */
  sessionPolicy?: string | object | null | undefined;
  /** Whether the key is out of use; stays when absent. */
  disabled?: boolean | undefined;
}

const updateRow = statement(
  'update_access_key',
  `UPDATE access_key SET description = COALESCE($2, description),
     expires_at = CASE WHEN $3 THEN $4::timestamptz ELSE expires_at END,
     session_policy = CASE WHEN $5 THEN $6::jsonb ELSE session_policy END, disabled = COALESCE($7, disabled)
   WHERE id = $1 RETURNING id, user_id, description, session_policy, expires_at, disabled, last_used_at,
     created_at`,
);

/** Changes an access key of the caller, or of a user that it manages; at once, everywhere. */
export async function updateAccessKey(context: RequestContext, input: UpdateAccessKeyInput): Promise<AccessKey> {
  const { accessKeyId } = input;
  refuseOwnLimits(context, input);
  validateChanges(input);
  const sessionPolicy = input.sessionPolicy === null ? null : readSessionPolicy(input.sessionPolicy);
  const { database, credentials } = context.granary;
  const { row, userId } = await database.transaction(async (tx) => {
    const owner = await lockAccessKey(tx, context, { action: 'granary:UpdateAccessKey', accessKeyId });
    const changed = await change(tx, input, sessionPolicy);
    await announceUserChange(tx, owner.userId);
    const { description, expiresAt, disabled } = input;
    const limits = input.sessionPolicy === undefined ? {} : { sessionPolicy };
    const details = { accessKeyId, username: owner.username, description, expiresAt, disabled, ...limits };
    await recordEvent(tx, context, { action: 'granary:UpdateAccessKey', tenantId: owner.tenantId, details });
    return { row: changed, userId: owner.userId };
  });
  credentials.invalidate(userId);
  return database.orm.em.fork().map(AccessKey, row);
}

/** Who is narrowed, or uses a key that ends, changes no limits: neither its own, nor those of a key that it made. */
function refuseOwnLimits(
  context: RequestContext,
  { accessKeyId, expiresAt, sessionPolicy }: UpdateAccessKeyInput,
): void {
  const caller = requireUser(context);
  const changesLimits = expiresAt !== undefined || sessionPolicy !== undefined;
  const isLimited = caller.sessionPolicies.length > 0 || caller.expiresAt !== undefined;
  if (changesLimits && (isLimited || isOwnKey(caller, accessKeyId))) {
    throw new GranaryError('Denied', 'A key, or whoever is narrowed, does not change what keys are limited to.', {
      reason: 'AccessDenied',
    });
  }
}

/** The key that the caller has come with, or that its temporary credentials were made with. */
function isOwnKey(caller: UserCaller, accessKeyId: string): boolean {
  return caller.accessKeyId === accessKeyId || caller.sourceKeyId === accessKeyId;
}

function validateChanges({ description, expiresAt }: UpdateAccessKeyInput): void {
  if (description !== undefined) {
    validateText(description, 'description');
  }
  if (expiresAt !== undefined && expiresAt !== null) {
    validateExpiry(expiresAt);
  }
}

async function change(tx: Queryable, input: UpdateAccessKeyInput, sessionPolicy: object | null): Promise<object> {
  const { accessKeyId, description, expiresAt } = input;
  const [row] = await tx.query<object>(updateRow, [
    accessKeyId,
    description ?? null,
    expiresAt !== undefined,
    expiresAt ?? null,
    input.sessionPolicy !== undefined,
    sessionPolicy === null ? null : JSON.stringify(sessionPolicy),
    input.disabled ?? null,
  ]);
  if (row === undefined) {
    throw new GranaryError('Internal', 'The access key went away while it was locked.');
  }
  return row;
}
