import type { Caller } from '../../auth/caller.js';
import { type CallerRow, callerColumns } from '../../auth/caller-row.js';
import { decide } from '../../auth/policy/decide.js';
import type { PolicyRequest } from '../../auth/policy/match-statement.js';
import { type Policy, parsePolicy } from '../../auth/policy/parse-policy.js';
import type { PolicyStatement, PrincipalPattern } from '../../auth/policy/policy.js';
import { type ContextSource, keyFamily } from '../../auth/policy/policy-context.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { denied } from '../access/denied.js';
import { policyContext, tagNamed } from '../access/policy-context.js';
import { layersOf } from '../access/policy-layers.js';
import type { RequestContext } from '../context.js';
import { isRoleName } from '../identities/find-role.js';
import { isTenantName } from '../identities/identity-input.js';
import type { PolicyReference } from '../policies/find-policy.js';

/** A role, as its ARN names it. */
export interface RoleReference {
  readonly tenant: string;
  readonly path: string;
  readonly name: string;
}

/** What whoever assumes a role wants of the session. */
export interface RoleSessionRequest {
  readonly role: RoleReference;
  readonly sessionName: string;
  /** One hour, or what the role allows at most, when absent. */
  readonly seconds: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTags: readonly string[];
  readonly sourceIdentity?: string | undefined;
  readonly externalId?: string | undefined;
  readonly sessionPolicy?: string | undefined;
  /** Of the role's tenant. */
  readonly policies?: readonly PolicyReference[] | undefined;
}

/** A role that can be assumed, with who may. */
export interface TrustedRole {
  readonly id: number;
  readonly tenant: { readonly id: number; readonly name: string };
  readonly name: string;
  readonly canonicalId: string;
  readonly maxSessionSeconds: number;
  readonly arn: string;
  readonly trust: Policy;
}

/** Who wants to assume a role: the caller, or whom a provider vouches for with claims. */
export interface Asker {
  readonly caller: Caller;
  readonly action: 'sts:AssumeRole' | 'sts:AssumeRoleWithWebIdentity';
  /** As policies call the provider. */
  readonly provider?: string | undefined;
  /** What the token says. */
  readonly facts?: ContextSource | undefined;
}

type Row = CallerRow & { trustPolicy: object; maxSessionSeconds: number; roleName: string };

const findTrusted = statement(
  'find_trusted_role',
  `SELECT ${callerColumns}, r.name AS "roleName", r.trust_policy AS "trustPolicy",
     r.max_session_seconds AS "maxSessionSeconds"
   FROM assumable_role r JOIN user_account u ON u.id = r.user_id JOIN tenant t ON t.id = r.tenant_id
   WHERE t.name = $1 AND t.deleted_at IS NULL AND r.name = $2 AND u.path = $3 AND NOT u.disabled`,
);

/** The role of an ARN, whatever its tenant; undefined when there is none. Nobody learns of it but whom it trusts. */
export async function findTrustedRole(
  database: Queryable,
  { tenant, path, name }: RoleReference,
): Promise<TrustedRole | undefined> {
  const [row] =
    isTenantName(tenant) && isRoleName(name) ? await database.query<Row>(findTrusted, [tenant, name, path]) : [];
  return row === undefined
    ? undefined
    : {
        id: row.userId,
        tenant: { id: row.tenantId, name: row.tenantName },
        name: row.roleName,
        ...{ canonicalId: row.canonicalId, maxSessionSeconds: row.maxSessionSeconds },
        arn: `arn:aws:iam::${tenant}:role${path}${name}`,
        trust: parsePolicy(row.trustPolicy, { kind: 'trust', name: 'trust policy' }),
      };
}

/**
 * Throws `AccessDenied` unless the role trusts whoever asks, and it may ask. The trust policy always has to allow it;
 * and so have the asker's own policies, unless the trust policy of a role of its own tenant names it itself.
 */
export function requireTrust(
  context: RequestContext,
  role: TrustedRole,
  { asker, asked }: { asker: Asker; asked: RoleSessionRequest },
): void {
  const further = [
    ...(Object.keys(asked.tags).length > 0 ? ['sts:TagSession'] : []),
    ...(asked.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  for (const action of [asker.action, ...further]) {
    const request = requestOf(context, role, { asker, asked, action });
    if (!isTrusted(role, request)) {
      throw refusal(context, role, request);
    }
  }
}

/** What is said of a role to whom it does not trust: the same as of one that is not there. */
export function notAuthorized(action: string, arn: string): GranaryError {
  return new GranaryError('Denied', `Not authorized to perform ${action} on resource: ${arn}`, {
    reason: 'AccessDenied',
  });
}

function isTrusted({ trust, tenant }: TrustedRole, request: PolicyRequest): boolean {
  const { principal, provider } = request;
  const isForeign = principal.kind === 'user' && principal.tenantId !== tenant.id;
  const trusting = isForeign ? onlyNaming(trust, foreignNames) : trust;
  if (!decide({ identity: [], sessions: [], resource: trusting }, request).allowed) {
    return false;
  }
  if (principal.kind === 'anonymous') {
    return provider !== undefined;
  }
  // Its own policies speak of what they allow it to ask for, wherever that is.
  const own = decide(layersOf(principal, null), { ...request, tenantId: principal.tenantId });
  const isNamed =
    !isForeign && decide({ identity: [], sessions: [], resource: onlyNaming(trust, ownNames) }, request).allowed;
  return own.allowed || (own.reason === 'NO_ALLOW' && isNamed);
}

type PrincipalKind = PrincipalPattern['kind'];

/** Somebody in particular. */
const ownNames: ReadonlySet<PrincipalKind> = new Set(['user', 'role', 'session', 'canonicalUser', 'uniqueId']);
/** Everybody is everybody of the role's own tenant; another tenant has to be named. */
const foreignNames: ReadonlySet<PrincipalKind> = new Set([...ownNames, 'tenant']);

/** The policy with only those permissions that name such principals; what it denies, it denies. */
function onlyNaming(policy: Policy, kinds: ReadonlySet<PrincipalKind>): Policy {
  const statements = policy.statements.flatMap((one): PolicyStatement[] => {
    if (one.effect === 'Deny' || one.principals === null) {
      return [one];
    }
    const patterns = one.principals.negated ? [] : one.principals.patterns.filter(({ kind }) => kinds.has(kind));
    return patterns.length === 0 ? [] : [{ ...one, principals: { negated: false, patterns } }];
  });
  return { ...policy, statements };
}

function requestOf(
  context: RequestContext,
  role: TrustedRole,
  { asker, asked, action }: { asker: Asker; asked: RoleSessionRequest; action: string },
): PolicyRequest {
  const facts: ContextSource = (key) => sessionFact(asked, key) ?? asker.facts?.(key) ?? context.facts?.(key);
  const { caller: principal, provider } = asker;
  const circumstances = policyContext({ ...context, caller: principal, facts }, { bucket: null });
  return {
    ...{ principal, action, resource: role.arn, tenantId: role.tenant.id, context: circumstances },
    ...(provider === undefined ? {} : { provider }),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-sts */
function sessionFact(asked: RoleSessionRequest, key: string): string | string[] | undefined {
  switch (key) {
    case 'sts:externalid':
      return asked.externalId;
    case 'sts:rolesessionname':
      return asked.sessionName;
    case 'sts:sourceidentity':
      return asked.sourceIdentity;
    case 'sts:transitivetagkeys':
      return [...asked.transitiveTags];
    case 'sts:durationseconds':
      return asked.seconds?.toString();
    case 'aws:tagkeys':
      return Object.keys(asked.tags);
    default:
      return keyFamily(key) === 'aws:requesttag' ? tagNamed(asked.tags, key) : undefined;
  }
}

/** With a decision that can be looked up, where the role is of the asker's own tenant. */
function refusal(context: RequestContext, { trust, arn, tenant }: TrustedRole, request: PolicyRequest): GranaryError {
  const { principal } = request;
  if (principal.kind === 'anonymous' || principal.tenantId !== tenant.id) {
    return notAuthorized(request.action, arn);
  }
  const { data } = denied(context, { layers: { ...layersOf(principal, null), resource: trust }, request });
  return new GranaryError('Denied', notAuthorized(request.action, arn).message, { reason: 'AccessDenied', data });
}
