import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import type { TenantRef } from '../access/authorize-action.js';
import { requireGrantable } from '../access/grant-limits.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import {
  findPolicy,
  lockPolicy,
  noSuchPolicy,
  type PolicyInfo,
  type PolicyReference,
  parsedPolicy,
} from './find-policy.js';
import {
  announceTargetChange,
  forgetTarget,
  type PolicyTarget,
  type PolicyTargetInput,
  resolvePolicyTarget,
} from './policy-target.js';

export interface PolicyAttachmentInput extends PolicyTargetInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  /** The name of a policy of the tenant, or of a built-in one. */
  policy: PolicyReference;
}

/** As many as one user, group or key has, so that what it may stays quick to find out. */
const mostAttachments = 20;

const countAttachments = statement(
  'count_policy_attachments',
  `SELECT count(*)::int AS count FROM policy_attachment WHERE user_id = $1 OR group_id = $2 OR access_key_id = $3`,
);
const insertAttachment = statement(
  'insert_policy_attachment',
  `INSERT INTO policy_attachment (user_id, group_id, access_key_id, policy_id, builtin) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT DO NOTHING`,
);
const deleteAttachment = statement(
  'delete_policy_attachment',
  `DELETE FROM policy_attachment WHERE (user_id = $1 OR group_id = $2 OR access_key_id = $3)
     AND (policy_id = $4 OR builtin = $5) RETURNING id`,
);

/**
 * Attaches a policy to a user, a group or a role, who then may what it allows, or to an access key, which then may no more than
 * its policies allow. Nobody attaches what allows more than it may do itself.
 */
export function attachPolicy(context: RequestContext, input: PolicyAttachmentInput): Promise<PolicyInfo> {
  return changeAttachment(context, input, 'granary:AttachPolicy', async (tx, { target, policy }) => {
    if (target.accessKeyId === null) {
      requireGrantable(requireUser(context), [parsedPolicy(policy)]);
    } else {
      refuseNarrowed(context);
    }
    const [row] = await tx.query<{ count: number }>(countAttachments, idsOf(target));
    if ((row?.count ?? 0) >= mostAttachments) {
      throw new GranaryError('QuotaExceeded', `At most ${mostAttachments} policies can be attached to one.`, {
        reason: 'LimitExceeded',
        field: ['input', 'policy'],
      });
    }
    await tx.query(insertAttachment, [...idsOf(target), ...referenceOf(policy)]);
  });
}

/** Takes back what {@link attachPolicy} gave. */
export function detachPolicy(context: RequestContext, input: PolicyAttachmentInput): Promise<PolicyInfo> {
  return changeAttachment(context, input, 'granary:DetachPolicy', async (tx, { target, policy }) => {
    if (target.accessKeyId !== null) {
      refuseNarrowed(context);
    }
    const gone = await tx.query(deleteAttachment, [...idsOf(target), ...referenceOf(policy)]);
    if (gone.length === 0) {
      throw noSuchPolicy('policy');
    }
  });
}

async function changeAttachment(
  context: RequestContext,
  input: PolicyAttachmentInput,
  action: 'granary:AttachPolicy' | 'granary:DetachPolicy',
  change: (tx: Queryable, parts: { target: PolicyTarget; policy: PolicyInfo }) => Promise<void>,
): Promise<PolicyInfo> {
  const tenant = await resolveTenant(context, input.tenant);
  const { database } = context.granary;
  const { target, policy } = await database.transaction(async (tx) => {
    const resolved = await resolvePolicyTarget(tx, context, { action, tenant, target: input });
    const parts = { target: resolved, policy: await policyNamed(tx, tenant, input.policy) };
    await change(tx, parts);
    await announceTargetChange(tx, tenant, resolved);
    const { username, group, role, accessKeyId } = input;
    const details = { policy: parts.policy.name, username, group, role, accessKeyId };
    await recordEvent(tx, context, { action, tenantId: tenant.id, details });
    return parts;
  });
  forgetTarget(context, tenant, target);
  return policy;
}

/** Locked, so that its document is not replaced between the look at it and the attachment. */
async function policyNamed(tx: Queryable, tenant: TenantRef, reference: PolicyReference): Promise<PolicyInfo> {
  const policy = await findPolicy(tx, tenant, reference);
  if (policy === undefined) {
    throw noSuchPolicy('policy');
  }
  return policy.id === null ? policy : lockPolicy(tx, tenant, reference);
}

/** Each further policy of a key widens it, as does taking the last away: not for whoever is narrowed itself. */
function refuseNarrowed(context: RequestContext): void {
  if (requireUser(context).sessionPolicies.length > 0) {
    throw new GranaryError('Denied', 'Who is narrowed itself does not change what a key is narrowed to.', {
      reason: 'AccessDenied',
    });
  }
}

function idsOf({ userId, groupId, accessKeyId }: PolicyTarget): unknown[] {
  return [userId, groupId, accessKeyId];
}

function referenceOf({ id, name }: PolicyInfo): [number | null, string | null] {
  return id === null ? [null, name] : [id, null];
}
