import type { UserCaller } from '../../auth/caller.js';
import { decide } from '../../auth/policy/decide.js';
import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import type { PolicyRequest } from '../../auth/policy/match-statement.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { denied } from './denied.js';
import { policyContext } from './policy-context.js';
import { layersOf } from './policy-layers.js';

/** Whose a thing is. */
export interface TenantRef {
  readonly id: number;
  readonly name: string;
}

/** What an action of this server is done to, when it is no bucket. */
export interface ActionResource {
  /** Null for what is no tenant's but the server's: only global administrators reach it. */
  readonly tenant: TenantRef | null;
  readonly kind:
    | 'tenant'
    | 'user'
    | 'group'
    | 'policy'
    | 'encryption-key'
    | 'notification-target'
    | 'oidc-provider'
    | 'role'
    | 'server';
  /** `*` for all of the kind. */
  readonly name: string;
}

/** The server as a whole. */
export const theServer: ActionResource = { tenant: null, kind: 'server', name: '*' };

/** The caller, when its policies allow the action; throws `Unauthenticated` or, with a decision id, `AccessDenied`. */
export function authorizeAction(context: RequestContext, action: GranaryAction, resource: ActionResource): UserCaller {
  const { caller } = context;
  const asked = { action, resource: arnOf(resource), tenantId: resource.tenant?.id ?? null };
  if (caller.kind === 'user' && isAllowedAsOperation(context, asked)) {
    return caller;
  }
  return authorizeArn(context, asked);
}

/** As {@link authorizeAction}, for what S3 does to a tenant: a bucket that is not there yet, or all of them (`*`). */
export function authorizeBucketAction(
  context: RequestContext,
  action: 's3:CreateBucket' | 's3:ListAllMyBuckets',
  { tenant, name }: { tenant: TenantRef; name: string },
): UserCaller {
  return authorizeArn(context, { action, resource: `arn:aws:s3:::${name}`, tenantId: tenant.id });
}

/** Whether {@link authorizeAction} would let the caller pass. */
export function mayAct(context: RequestContext, action: GranaryAction, resource: ActionResource): boolean {
  const asked = { action, resource: arnOf(resource), tenantId: resource.tenant?.id ?? null };
  return (
    isAllowedAsOperation(context, asked) || decide(layersOf(context.caller, null), requestOf(context, asked)).allowed
  );
}

/**
 * True when what is asked is a part of an operation that the caller's policies allow as such. That reaches its own tenant
 * alone, whoever it is, and what denies the part denies it still.
 */
function isAllowedAsOperation(context: RequestContext, asked: Asked): boolean {
  const { caller, operation } = context;
  return (
    operation?.allowed === true &&
    asked.tenantId === caller.tenantId &&
    decide(layersOf(caller, null), requestOf(context, asked)).reason !== 'EXPLICIT_DENY'
  );
}

/** The ARN that policies know a thing by. */
export function arnOf({ tenant, kind, name }: ActionResource): string {
  return `arn:granary:${tenant?.name ?? ''}:${kind}/${name}`;
}

/**
 * The request as the operation of another service's API: policies can allow that as such, beside what it consists of, and
 * a deny of either wins, with `AccessDenied`. Allowed is what is allowed under all of the actions on all of the resources; an
 * ARN may be without its account too, which is then the caller's.
 */
export function asOperation(
  context: RequestContext,
  { actions, resources }: { actions: readonly string[]; resources: readonly string[] },
): RequestContext {
  const { caller } = context;
  const layers = layersOf(caller, null);
  const questions = actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
  const verdicts = questions.map(({ action, resource }) => {
    const forms = [...new Set([resource, resource.replace(account, '$1::')])];
    const requests = forms.map((form) => requestOf(context, { action, resource: form, tenantId: caller.tenantId }));
    const denying = requests.find((request) => decide(layers, request).reason === 'EXPLICIT_DENY');
    if (denying !== undefined) {
      throw denied(context, { layers, request: denying });
    }
    return requests.some((request) => decide(layers, request).allowed);
  });
  return { ...context, operation: { allowed: verdicts.every((allowed) => allowed) } };
}

const account = /^(arn:aws:iam:):[^:]*:/;

type Asked = Pick<PolicyRequest, 'action' | 'resource' | 'tenantId'>;

function authorizeArn(context: RequestContext, asked: Asked): UserCaller {
  const { caller } = context;
  if (caller.kind === 'anonymous') {
    throw new GranaryError('Unauthenticated', 'Sign in first.');
  }
  const request = requestOf(context, asked);
  const layers = layersOf(caller, null);
  if (decide(layers, request).allowed) {
    return caller;
  }
  throw denied(context, { layers, request });
}

function requestOf(context: RequestContext, asked: Asked): PolicyRequest {
  return { ...asked, principal: context.caller, context: policyContext(context, { bucket: null }) };
}
