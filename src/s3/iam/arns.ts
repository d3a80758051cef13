import { isBuiltinPolicy } from '../../auth/policy/builtin-policies.js';
import type { RequestContext } from '../../operations/context.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';

/** The ARN that clients know a thing of a tenant by. */
export function iamArn(
  tenant: string,
  kind: 'user' | 'group' | 'policy' | 'role',
  { path, name }: { path: string; name: string },
): string {
  return `arn:aws:iam::${tenant}:${kind}${path}${name}`;
}

/** The same for a policy, which is everybody's when it is built in. */
export function policyArn(tenant: string, { path = '/', name }: { path?: string; name: string }): string {
  return iamArn(isBuiltinPolicy(name) ? 'aws' : tenant, 'policy', { path, name });
}

/** The policy that an ARN names, which is built in or the tenant's. */
export function policyOfArn(arn: string, tenant: string): { name: string; path: string } {
  const [, account, path = '/', name] =
    /^arn:aws:iam::([a-z0-9-]+):policy(\/(?:[\x21-\x7e]{1,510}\/)?)([\w+=,.@-]{1,128})$/.exec(arn) ?? [];
  if (name === undefined) {
    throw queryError('ValidationError', `${arn} is not the ARN of a policy.`);
  }
  if (account !== (isBuiltinPolicy(name) ? 'aws' : tenant)) {
    throw queryError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`);
  }
  return { name, path };
}

/** The policy whose ARN the request has. */
export function namedPolicyOf(context: RequestContext, parameters: Parameters): { name: string; path: string } {
  return policyOfArn(parameters.required('PolicyArn'), context.caller.tenantName);
}
