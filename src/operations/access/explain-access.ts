import type { Caller, UserCaller } from '../../auth/caller.js';
import { callerArn } from '../../auth/caller-arn.js';
import {
  type CallerRow,
  callerColumns,
  type NarrowingRow,
  narrowingColumns,
  narrowToKey,
  toUserCaller,
} from '../../auth/caller-row.js';
import { ACCESS_KEY_ID_PATTERN } from '../../auth/credential-cache.js';
import { namesAnAction } from '../../auth/policy/actions.js';
import { type Explanation, explain } from '../../auth/policy/explain.js';
import { type ContextValue, canonicalKey } from '../../auth/policy/policy-context.js';
import { isSessionText, ROLE_ACCOUNT_PREFIX } from '../../auth/role-session.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { noSuchAccessKey } from '../credentials/find-access-key.js';
import { isRoleName, noSuchRole } from '../identities/find-role.js';
import { isUsername } from '../identities/identity-input.js';
import { validateObjectKey } from '../objects/object-key.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { groundsFor } from './acl-access.js';
import { isPermitted, questionOf, requireUser, resolveBucket } from './authorize.js';
import { authorizeAction, type TenantRef } from './authorize-action.js';
import { noSuchUser } from './identity-access.js';
import { policyContext } from './policy-context.js';
import { layersOf } from './policy-layers.js';

/** Whose access is asked about: one of them; the caller itself when there is none. */
export interface PrincipalInput {
  username?: string | undefined;
  accessKeyId?: string | undefined;
  /** Of the tenant, as whoever has assumed it under this name. */
  role?: string | undefined;
  roleSession?: string | undefined;
  anonymous?: true | undefined;
}

/** What a request says under a condition key. */
export interface GivenFact {
  readonly key: string;
  readonly values: readonly string[];
}

export interface ExplainAccessInput {
  /** Of the principal, the bucket and the resource; the caller's own when absent. */
  tenant?: string | undefined;
  principal: PrincipalInput;
  action: string;
  /** Either a bucket, with or without a key, or an ARN. */
  bucket?: string | undefined;
  key?: string | undefined;
  resource?: string | undefined;
  /** What the request says under condition keys: these go before what the caller's own request says. */
  facts: readonly GivenFact[];
}

export interface AccessExplanation extends Explanation {
  principal: string;
  action: string;
  resource: string;
  /** False when the principal is disabled, or its key has ended: then nothing is allowed, whatever policies say. */
  active: boolean;
}

const findByName = statement(
  'explain_user',
  `SELECT ${callerColumns}, NOT u.disabled AS active FROM user_account u JOIN tenant t ON t.id = u.tenant_id
   WHERE u.tenant_id = $1 AND u.username = $2`,
);
const findByKey = statement(
  'explain_access_key',
  `SELECT ${callerColumns}, ${narrowingColumns},
     NOT u.disabled AND NOT k.disabled AND (k.expires_at IS NULL OR k.expires_at > now()) AS active
   FROM access_key k JOIN user_account u ON u.id = k.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE u.tenant_id = $1 AND k.id = $2`,
);

interface Principal {
  caller: Caller;
  active: boolean;
}

/**
 * Why somebody may do something, or not: the decision as a request would meet it, without doing anything. For oneself,
 * and for whoever `granary:ExplainAccess` is allowed.
 */
export async function explainAccess(context: RequestContext, input: ExplainAccessInput): Promise<AccessExplanation> {
  const tenant = await resolveTenant(context, input.tenant);
  const { caller, active } = await findPrincipal(context, tenant, input.principal);
  if (!namesAnAction(input.action.toLowerCase()) || /[*?]/.test(input.action)) {
    throw invalid('This is not the name of an action.', 'action');
  }
  const asked = { ...context, caller, assumed: factsOf(input.facts) };
  const { layers, request, access } = await questionAbout(asked, tenant, input);
  const explanation = explain(layers, request);
  // Access control lists and the public access block have the last word.
  const allowed = access === null ? explanation.allowed : (await groundsFor(asked, access, explanation)) !== undefined;
  return {
    ...(await withoutSecrets(context, explanation, access?.bucket ?? null)),
    allowed: allowed && active,
    principal: caller.kind === 'user' ? callerArn(caller) : '*',
    ...{ action: input.action, resource: request.resource, active },
  };
}

async function questionAbout(asked: RequestContext, tenant: TenantRef, input: ExplainAccessInput) {
  const { action, key } = input;
  const bucketName = input.bucket ?? bucketNameOf(input.resource);
  if ((input.bucket === undefined) === (input.resource === undefined)) {
    throw invalid('Give either a bucket or a resource.', input.bucket === undefined ? 'bucket' : 'resource');
  }
  const isNew = action.toLowerCase() === 's3:createbucket';
  if (bucketName !== undefined && !isNew) {
    const bucket = await resolveBucket(asked, { tenant: tenant.name, bucket: bucketName });
    const objectKey = key ?? keyOf(input.resource);
    if (objectKey !== undefined) {
      validateObjectKey(objectKey);
    }
    const access = { action, bucket, ...(objectKey === undefined ? {} : { key: objectKey }) };
    return { ...(await questionOf(asked, access)), access };
  }
  const resource = input.resource ?? `arn:aws:s3:::${input.bucket}`;
  const isServers = resource.startsWith('arn:granary::');
  const request = {
    ...{ principal: asked.caller, action, resource },
    tenantId: isServers ? null : tenant.id,
    context: policyContext(asked, { bucket: null }),
  };
  return { layers: layersOf(asked.caller, null), request, access: null };
}

/** The bucket in an ARN of S3; undefined for other ARNs, and for all buckets. */
function bucketNameOf(arn: string | undefined): string | undefined {
  const name = /^arn:aws:s3:::([^/]+)/.exec(arn ?? '')?.[1];
  return name === '*' ? undefined : name;
}

function keyOf(arn: string | undefined): string | undefined {
  return /^arn:aws:s3:::[^/]+\/(.+)$/su.exec(arn ?? '')?.[1];
}

/** Whoever is asked about; throws unless it is the caller itself, or the caller may ask about it. */
export async function findPrincipal(
  context: RequestContext,
  tenant: TenantRef,
  input: PrincipalInput,
): Promise<Principal> {
  const self = requireUser(context);
  const { username, accessKeyId, role, anonymous } = input;
  if ([username, accessKeyId, role, anonymous].filter((one) => one !== undefined).length > 1) {
    throw invalid('Name one principal: a user, an access key, a role, or nobody in particular.', 'principal');
  }
  if (anonymous === true) {
    authorizeAction(context, 'granary:ExplainAccess', { tenant, kind: 'user', name: '*' });
    return { caller: { kind: 'anonymous', tenantId: tenant.id, tenantName: tenant.name }, active: true };
  }
  if (role !== undefined) {
    return findRolePrincipal(context, tenant, { role, session: input.roleSession ?? 'explained' });
  }
  if (accessKeyId !== undefined) {
    return findKey(context, tenant, accessKeyId);
  }
  const isSelf = tenant.id === self.tenantId && (username === undefined || username === self.username);
  if (username === undefined && isSelf) {
    return { caller: self, active: true };
  }
  return findUser(context, tenant, { username: username ?? '', isSelf });
}

async function findUser(
  context: RequestContext,
  tenant: TenantRef,
  { username, isSelf }: { username: string; isSelf: boolean },
): Promise<Principal> {
  if (!isSelf) {
    authorizeAction(context, 'granary:ExplainAccess', { tenant, kind: 'user', name: username });
  }
  const values = [tenant.id, username];
  const [row] = isUsername(username)
    ? await context.granary.database.query<CallerRow & { active: boolean }>(findByName, values)
    : [];
  if (row === undefined) {
    throw noSuchUser();
  }
  return { caller: toUserCaller(row), active: row.active };
}

/** The session is thought of: its tags are given as what the request says under `aws:PrincipalTag/…`. */
async function findRolePrincipal(
  context: RequestContext,
  tenant: TenantRef,
  { role, session }: { role: string; session: string },
): Promise<Principal> {
  authorizeAction(context, 'granary:ExplainAccess', { tenant, kind: 'role', name: role });
  if (!isSessionText(session)) {
    throw invalid('The name of a session has 2 to 64 characters: letters, digits and _ + = , . @ -', 'principal');
  }
  const values = [tenant.id, `${ROLE_ACCOUNT_PREFIX}${role}`];
  const [row] = isRoleName(role)
    ? await context.granary.database.query<CallerRow & { active: boolean }>(findByName, values)
    : [];
  if (row === undefined) {
    throw noSuchRole('principal');
  }
  const assumed = { role, name: session, tags: {}, transitiveTags: [] };
  return { caller: { ...toUserCaller(row), assumed, isTemporary: true }, active: row.active };
}

async function findKey(context: RequestContext, tenant: TenantRef, accessKeyId: string): Promise<Principal> {
  const self: UserCaller = requireUser(context);
  const [row] = ACCESS_KEY_ID_PATTERN.test(accessKeyId)
    ? await context.granary.database.query<CallerRow & NarrowingRow & { active: boolean }>(findByKey, [
        tenant.id,
        accessKeyId,
      ])
    : [];
  if (row?.userId !== self.userId) {
    authorizeAction(context, 'granary:ExplainAccess', { tenant, kind: 'user', name: row?.username ?? '*' });
  }
  if (row === undefined) {
    throw noSuchAccessKey();
  }
  return { caller: narrowToKey({ ...toUserCaller(row), accessKeyId }, row), active: row.active };
}

/** What a request would say under condition keys. */
export function factsOf(given: readonly GivenFact[]): (key: string) => ContextValue {
  const facts = new Map(given.map(({ key, values }) => [canonicalKey(key), values]));
  return (key) => facts.get(key);
}

/** Who may not read the bucket's policy learns what it decides, and not what stands in it. */
async function withoutSecrets(
  context: RequestContext,
  explanation: Explanation,
  bucket: BucketState | null,
): Promise<Explanation> {
  return bucket === null || (await isPermitted(context, { action: 's3:GetBucketPolicy', bucket }))
    ? explanation
    : hideBucketPolicy(explanation);
}

/** An explanation without the wording of the bucket's policy. */
export function hideBucketPolicy(explanation: Explanation): Explanation {
  const { decidedBy, nearly } = explanation;
  const hidden = decidedBy?.layer === 'RESOURCE' ? { ...decidedBy, sid: null, statement: {} } : decidedBy;
  return { ...explanation, decidedBy: hidden, nearly: nearly.filter(({ layer }) => layer !== 'RESOURCE') };
}

function invalid(message: string, field: string): GranaryError {
  return new GranaryError('InvalidInput', message, { field: ['input', field] });
}
