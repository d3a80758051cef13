import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction } from '../access/authorize-action.js';
import { announceUserChange, refuseStronger } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { lockRole, type RoleInfo } from './find-role.js';
import { validateText } from './identity-input.js';
import { readTrustPolicy, validateSessionLength } from './role-input.js';
import { changedTags, type TagChange } from './user-tags.js';

export interface RoleAddress {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
}

/** What is absent stays. */
export interface UpdateRoleInput extends RoleAddress {
  description?: string | undefined;
  maxSessionSeconds?: number | undefined;
  tags?: TagChange | undefined;
  trustPolicy?: string | object | undefined;
}

const updateRow = statement(
  'update_role',
  `UPDATE assumable_role SET description = COALESCE($2, description),
     max_session_seconds = COALESCE($3, max_session_seconds), trust_policy = COALESCE($4::json, trust_policy)
   WHERE user_id = $1`,
);
const updateTags = statement('update_role_tags', 'UPDATE user_account SET tags = $2 WHERE id = $1');

/**
 * Changes a role. Who may assume it is changed by whoever may do no less than the role: it could name itself. Sessions
 * that are running go on, with the role's tags as they are now.
 */
export async function updateRole(context: RequestContext, input: UpdateRoleInput): Promise<RoleInfo> {
  const tenant = await resolveTenant(context, input.tenant);
  const { name, description, maxSessionSeconds } = input;
  const trustPolicy = authorizeAndRead(context, tenant, input);
  const { database, credentials } = context.granary;
  const changed = await database.transaction(async (tx) => {
    const { id, tags: known } = await lockRole(tx, tenant, { name, field: 'name' });
    const tags = changedTags(input.tags, known);
    if (trustPolicy !== undefined) {
      await refuseStronger(context, id, tx);
    }
    const document = trustPolicy === undefined ? null : JSON.stringify(trustPolicy);
    await tx.query(updateRow, [id, description ?? null, maxSessionSeconds ?? null, document]);
    if (tags !== undefined) {
      refuseOwnTags(context, id);
      await tx.query(updateTags, [id, JSON.stringify(tags)]);
    }
    await announceUserChange(tx, id);
    const action = trustPolicy === undefined ? 'granary:UpdateRole' : 'granary:UpdateTrustPolicy';
    const details = { role: name, description, maxSessionSeconds, tags, trustPolicy };
    await recordEvent(tx, context, { action, tenantId: tenant.id, details });
    return lockRole(tx, tenant, { name, field: 'name' });
  });
  credentials.invalidate(changed.id);
  return changed;
}

/** @returns the trust policy, when there is one in the input. */
function authorizeAndRead(
  context: RequestContext,
  tenant: { id: number; name: string },
  input: UpdateRoleInput,
): object | undefined {
  const { name, description, maxSessionSeconds, tags, trustPolicy } = input;
  const resource = { tenant, kind: 'role', name } as const;
  if (trustPolicy !== undefined) {
    authorizeAction(context, 'granary:UpdateTrustPolicy', resource);
  }
  if (trustPolicy === undefined || [description, maxSessionSeconds, tags].some((value) => value !== undefined)) {
    authorizeAction(context, 'granary:UpdateRole', resource);
  }
  if (description !== undefined) {
    validateText(description, 'description');
  }
  if (maxSessionSeconds !== undefined) {
    validateSessionLength(maxSessionSeconds);
  }
  return trustPolicy === undefined ? undefined : readTrustPolicy(trustPolicy).document;
}

/** Policies may give rights by tags. */
function refuseOwnTags(context: RequestContext, id: number): void {
  if (requireUser(context).userId === id) {
    throw new GranaryError('Denied', 'Nobody does this to itself.', { reason: 'AccessDenied' });
  }
}
