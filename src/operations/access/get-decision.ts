import type { Explanation } from '../../auth/policy/explain.js';
import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';
import { isPermitted, requireUser } from './authorize.js';
import { mayAct } from './authorize-action.js';
import { hideBucketPolicy } from './explain-access.js';

/** A request that was denied, and why. */
export interface DecisionInfo {
  id: string;
  at: Date;
  action: string;
  resource: string;
  /** Null for who showed no credentials. */
  actorId: number | null;
  explanation: Explanation;
}

interface DecisionRow extends Omit<DecisionInfo, 'explanation'> {
  tenantId: number;
  tenantName: string;
  actorTenantId: number | null;
  trace: Omit<Explanation, 'allowed'>;
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const findDecision = statement(
  'find_decision',
  `SELECT d.id, d.at, d.action, d.resource, d.actor_id AS "actorId", d.tenant_id AS "tenantId", t.name AS "tenantName",
     u.tenant_id AS "actorTenantId", d.trace
   FROM decision d JOIN tenant t ON t.id = d.tenant_id LEFT JOIN user_account u ON u.id = d.actor_id
   WHERE d.id = $1 AND d.expires_at > now()`,
);

/**
 * Why a request was denied: for whoever sent it, and for those in the tenant of what it was about to whom
 * `granary:ExplainAccess` is allowed. Null when there is no such decision, or no longer, or it is somebody else's.
 */
export async function getDecision(context: RequestContext, id: string): Promise<DecisionInfo | null> {
  const caller = requireUser(context);
  if (!uuidPattern.test(id)) {
    return null;
  }
  await context.granary.decisions.flush();
  const [row] = await context.granary.database.query<DecisionRow>(findDecision, [id]);
  if (row === undefined) {
    return null;
  }
  const tenant = { id: row.tenantId, name: row.tenantName };
  const manages = mayAct(context, 'granary:ExplainAccess', { tenant, kind: 'user', name: '*' });
  if (!manages && row.actorId !== caller.userId) {
    return null;
  }
  const explanation = { ...row.trace, allowed: false };
  const shown = manages ? explanation : await forActor(context, row, explanation);
  const { at, action, resource, actorId } = row;
  return { id: row.id, at, action, resource, actorId, explanation: ofOwnTenant(row, shown) };
}

/** Who was denied sees its own policies, and the bucket's when it may read that. */
async function forActor(context: RequestContext, row: DecisionRow, explanation: Explanation): Promise<Explanation> {
  const name = /^arn:aws:s3:::([^/]+)/.exec(row.resource)?.[1];
  const bucket = name === undefined ? undefined : await context.granary.buckets.find(row.tenantName, name);
  const mayRead = bucket !== undefined && (await isPermitted(context, { action: 's3:GetBucketPolicy', bucket }));
  return mayRead ? explanation : hideBucketPolicy(explanation);
}

/** What another tenant's user has for policies is not this tenant's to know. */
function ofOwnTenant({ tenantId, actorTenantId }: DecisionRow, explanation: Explanation): Explanation {
  if (actorTenantId === null || actorTenantId === tenantId) {
    return explanation;
  }
  const { decidedBy, nearly } = explanation;
  return {
    ...explanation,
    decidedBy: decidedBy?.layer === 'RESOURCE' ? decidedBy : null,
    session: null,
    nearly: nearly.filter(({ layer }) => layer === 'RESOURCE'),
  };
}
