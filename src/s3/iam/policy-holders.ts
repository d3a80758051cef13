import type { RequestContext } from '../../operations/context.js';
import { getUser } from '../../operations/identities/get-user.js';
import { noSuchPolicy } from '../../operations/policies/find-policy.js';
import { deleteInlinePolicy, putInlinePolicy } from '../../operations/policies/inline-policies.js';
import { loadAttachedPolicies, loadInlinePolicies } from '../../operations/policies/load-policies-of.js';
import { attachPolicy, detachPolicy } from '../../operations/policies/policy-attachments.js';
import { element } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import type { QueryExchange, QueryOperation, QueryOperations } from '../query-api/query-operation.js';
import { policyArn, policyOfArn } from './arns.js';
import { requireGroup } from './groups.js';
import { encodedDocument } from './iam-elements.js';
import { slicedElements } from './iam-page.js';
import { requireRole } from './roles.js';

/** Who has policies: the same operations are there for users, groups and roles. */
interface Holder {
  /** Of the tables: a role's policies are those of its account. */
  readonly kind: 'user' | 'group';
  /** `UserName`, `GroupName`, `RoleName`. */
  readonly parameter: string;
  target(name: string): { username: string } | { group: string } | { role: string };
  idOf(context: RequestContext, name: string): Promise<number>;
}

const users: Holder = {
  kind: 'user',
  parameter: 'UserName',
  target: (username) => ({ username }),
  idOf: async (context, username) => (await getUser(context, { username })).id,
};

const groups: Holder = {
  kind: 'group',
  parameter: 'GroupName',
  target: (group) => ({ group }),
  idOf: async (context, name) => (await requireGroup(context, name)).id,
};

const roles: Holder = {
  kind: 'user',
  parameter: 'RoleName',
  target: (role) => ({ role }),
  idOf: async (context, name) => (await requireRole(context, name)).id,
};

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html */
const put =
  (holder: Holder): QueryOperation =>
  async ({ context, parameters }) => {
    const document = parameters.required('PolicyDocument');
    await putInlinePolicy(context, { ...named(holder, parameters), document });
    return undefined;
  };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html */
const get =
  (holder: Holder): QueryOperation =>
  async (exchange) => {
    const { parameters } = exchange;
    const name = parameters.required('PolicyName');
    const policy = (await inlineOf(holder, exchange)).find((each) => each.name === name);
    if (policy === undefined) {
      throw noSuchPolicy('name');
    }
    return [
      element(holder.parameter, parameters.required(holder.parameter)),
      element('PolicyName', name),
      element('PolicyDocument', encodedDocument(policy.document)),
    ];
  };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html */
const remove =
  (holder: Holder): QueryOperation =>
  async ({ context, parameters }) => {
    await deleteInlinePolicy(context, named(holder, parameters));
    return undefined;
  };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html */
const list =
  (holder: Holder): QueryOperation =>
  async (exchange) => {
    const items = await inlineOf(holder, exchange);
    const describe = ({ name }: { name: string }) => name;
    return slicedElements(exchange.parameters, { list: 'PolicyNames', items, nameOf: describe, describe });
  };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html */
const attach =
  (holder: Holder): QueryOperation =>
  async (exchange) => {
    await attachPolicy(exchange.context, attachment(holder, exchange));
    return undefined;
  };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html */
const detach =
  (holder: Holder): QueryOperation =>
  async (exchange) => {
    await detachPolicy(exchange.context, attachment(holder, exchange));
    return undefined;
  };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html */
const listAttached =
  ({ kind, parameter, idOf }: Holder): QueryOperation =>
  async ({ context, parameters }) => {
    const id = await idOf(context, parameters.required(parameter));
    const found = (await loadAttachedPolicies(context, kind, [id])).flat();
    return slicedElements(parameters, {
      list: 'AttachedPolicies',
      items: found.filter(({ path }) => path.startsWith(parameters.get('PathPrefix') ?? '/')),
      nameOf: ({ name }) => name,
      describe: (policy) => [
        element('PolicyName', policy.name),
        element('PolicyArn', policyArn(context.caller.tenantName, policy)),
      ],
    });
  };

function named({ parameter, target }: Holder, parameters: Parameters) {
  return { ...target(parameters.required(parameter)), name: parameters.required('PolicyName') };
}

function attachment({ parameter, target }: Holder, { context, parameters }: QueryExchange) {
  const policy = policyOfArn(parameters.required('PolicyArn'), context.caller.tenantName);
  return { ...target(parameters.required(parameter)), policy };
}

async function inlineOf({ kind, parameter, idOf }: Holder, { context, parameters }: QueryExchange) {
  const id = await idOf(context, parameters.required(parameter));
  return (await loadInlinePolicies(context, kind, [id])).flat();
}

export const policyHolderOperations: QueryOperations = {
  AttachGroupPolicy: attach(groups),
  AttachRolePolicy: attach(roles),
  AttachUserPolicy: attach(users),
  DeleteGroupPolicy: remove(groups),
  DeleteRolePolicy: remove(roles),
  DeleteUserPolicy: remove(users),
  DetachGroupPolicy: detach(groups),
  DetachRolePolicy: detach(roles),
  DetachUserPolicy: detach(users),
  GetGroupPolicy: get(groups),
  GetRolePolicy: get(roles),
  GetUserPolicy: get(users),
  ListAttachedGroupPolicies: listAttached(groups),
  ListAttachedRolePolicies: listAttached(roles),
  ListAttachedUserPolicies: listAttached(users),
  ListGroupPolicies: list(groups),
  ListRolePolicies: list(roles),
  ListUserPolicies: list(users),
  PutGroupPolicy: put(groups),
  PutRolePolicy: put(roles),
  PutUserPolicy: put(users),
};
