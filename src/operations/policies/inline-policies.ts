import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import type { TenantRef } from '../access/authorize-action.js';
import { requireGrantable } from '../access/grant-limits.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { noSuchPolicy } from './find-policy.js';
import { readDocument, validateEntityName } from './policy-input.js';
import { announceTargetChange, forgetTarget, type PolicyTarget, resolvePolicyTarget } from './policy-target.js';

/** A policy that belongs to one user, group or role. */
export interface InlinePolicyInfo {
  readonly name: string;
  readonly document: object;
}

export interface InlinePolicyInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  /** Either this, `group` or `role`. */
  username?: string | undefined;
  group?: string | undefined;
  role?: string | undefined;
  name: string;
}

/** As many as one user or group has. */
const mostInline = 20;

const countOthers = statement(
  'count_inline_policies',
  'SELECT count(*)::int AS count FROM inline_policy WHERE (user_id = $1 OR group_id = $2) AND name <> $3',
);
const updateInline = statement(
  'update_inline_policy',
  'UPDATE inline_policy SET document = $4 WHERE (user_id = $1 OR group_id = $2) AND name = $3 RETURNING id',
);
const insertInline = statement(
  'insert_inline_policy',
  'INSERT INTO inline_policy (user_id, group_id, name, document) VALUES ($1, $2, $3, $4)',
);
const deleteInline = statement(
  'delete_inline_policy',
  'DELETE FROM inline_policy WHERE (user_id = $1 OR group_id = $2) AND name = $3 RETURNING id',
);

/** Gives a user, a group or a role a policy of its own, in place of the one of this name. */
export async function putInlinePolicy(
  context: RequestContext,
  input: InlinePolicyInput & { document: string | object },
): Promise<InlinePolicyInfo> {
  const { name } = input;
  return changeInline(context, input, 'granary:PutInlinePolicy', async (tx, { userId, groupId }) => {
    validateEntityName(name, 'policy');
    const { document, policy } = readDocument(input.document, { kind: 'identity', name, field: 'document' });
    requireGrantable(requireUser(context), [policy]);
    const values = [userId, groupId, name, JSON.stringify(document)];
    const [others] = await tx.query<{ count: number }>(countOthers, [userId, groupId, name]);
    if ((others?.count ?? 0) >= mostInline) {
      throw new GranaryError('QuotaExceeded', `A user, group or role has at most ${mostInline} policies of its own.`, {
        reason: 'LimitExceeded',
        field: ['input', 'name'],
      });
    }
    if ((await tx.query(updateInline, values)).length === 0) {
      await tx.query(insertInline, values);
    }
    return { name, document };
  });
}

/** Removes a policy that belongs to a user, a group or a role. */
export async function deleteInlinePolicy(context: RequestContext, input: InlinePolicyInput): Promise<void> {
  await changeInline(context, input, 'granary:DeleteInlinePolicy', async (tx, { userId, groupId }) => {
    if ((await tx.query(deleteInline, [userId, groupId, input.name])).length === 0) {
      throw noSuchPolicy('name');
    }
    return { name: input.name };
  });
}

async function changeInline<Result extends object>(
  context: RequestContext,
  input: InlinePolicyInput,
  action: 'granary:PutInlinePolicy' | 'granary:DeleteInlinePolicy',
  change: (tx: Queryable, target: PolicyTarget) => Promise<Result>,
): Promise<Result> {
  const tenant: TenantRef = await resolveTenant(context, input.tenant);
  const { username, group, role } = input;
  const { target, result } = await context.granary.database.transaction(async (tx) => {
    const resolved = await resolvePolicyTarget(tx, context, { action, tenant, target: { username, group, role } });
    const changed = await change(tx, resolved);
    await announceTargetChange(tx, tenant, resolved);
    const details = { ...changed, policy: input.name, username, group, role };
    await recordEvent(tx, context, { action, tenantId: tenant.id, details });
    return { target: resolved, result: changed };
  });
  forgetTarget(context, tenant, target);
  return result;
}
