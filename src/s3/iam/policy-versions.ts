import { noSuchPolicy } from '../../operations/policies/find-policy.js';
import type { PolicyVersionInfo } from '../../operations/policies/policy-version-rows.js';
import {
  createPolicyVersion as create,
  listPolicyVersions as list,
  deletePolicyVersion as remove,
  setDefaultPolicyVersion as setDefault,
} from '../../operations/policies/policy-versions.js';
import { element } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { namedPolicyOf } from './arns.js';
import { encodedDocument } from './iam-elements.js';
import { slicedElements } from './iam-page.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html */
async function createPolicyVersion({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const version = await create(context, {
    name: namedPolicyOf(context, parameters),
    document: parameters.required('PolicyDocument'),
    asDefault: parameters.get('SetAsDefault') === 'true' ? 'as default' : 'aside',
  });
  return [element('PolicyVersion', versionElements(version))];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html */
async function getPolicyVersion({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const number = numberOf(parameters);
  const versions = await list(context, { name: namedPolicyOf(context, parameters) });
  const version = versions.find((each) => each.number === number);
  if (version === undefined) {
    throw noSuchPolicy('name');
  }
  const document = element('Document', encodedDocument(version.document));
  return [element('PolicyVersion', [document, ...versionElements(version)])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html : the latest first. */
async function listPolicyVersions({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const items = await list(context, { name: namedPolicyOf(context, parameters) });
  const placeOf = ({ number }: PolicyVersionInfo) => String(Number.MAX_SAFE_INTEGER - number);
  return slicedElements(parameters, { list: 'Versions', items, nameOf: placeOf, describe: versionElements });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html */
async function setDefaultPolicyVersion({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await setDefault(context, { name: namedPolicyOf(context, parameters), number: numberOf(parameters) });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html */
async function deletePolicyVersion({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await remove(context, { name: namedPolicyOf(context, parameters), number: numberOf(parameters) });
  return undefined;
}

function numberOf(parameters: Parameters): number {
  const [, digits] = /^v([1-9]\d{0,8})(?:\.[A-Za-z0-9.-]+)?$/.exec(parameters.required('VersionId')) ?? [];
  if (digits === undefined) {
    throw queryError('ValidationError', 'VersionId must look like v1.');
  }
  return Number(digits);
}

export function versionElements({ number, isDefault, createdAt }: PolicyVersionInfo) {
  return [
    element('VersionId', `v${number}`),
    element('IsDefaultVersion', isDefault),
    element('CreateDate', createdAt?.toISOString()),
  ];
}

export const policyVersionOperations: QueryOperations = {
  CreatePolicyVersion: createPolicyVersion,
  DeletePolicyVersion: deletePolicyVersion,
  GetPolicyVersion: getPolicyVersion,
  ListPolicyVersions: listPolicyVersions,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
};
