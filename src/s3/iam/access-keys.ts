import type { AccessKey } from '../../entities/access-key.js';
import { requireUser } from '../../operations/access/authorize.js';
import type { RequestContext } from '../../operations/context.js';
import { createAccessKey as create } from '../../operations/credentials/create-access-key.js';
import { deleteAccessKey as remove } from '../../operations/credentials/delete-access-key.js';
import { noSuchAccessKey } from '../../operations/credentials/find-access-key.js';
import { listAccessKeys as list } from '../../operations/credentials/list-access-keys.js';
import { updateAccessKey as update } from '../../operations/credentials/update-access-key.js';
import { getUser } from '../../operations/identities/get-user.js';
import { loadAccessKeysById, loadUsersById } from '../../operations/identities/load-identities-by-id.js';
import { element, type Xml } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { pageElements, pageOf } from './iam-page.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
async function createAccessKey({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const username = parameters.get('UserName') ?? requireUser(context).username;
  const { accessKey, secretAccessKey } = await create(context, { username });
  const [owner, id, status, ...dates] = keyElements(username, accessKey);
  return [element('AccessKey', [owner, id, status, element('SecretAccessKey', secretAccessKey), ...dates])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html */
async function listAccessKeys({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const username = parameters.get('UserName') ?? requireUser(context).username;
  const { accessKeys, truncated } = await list(context, { username, ...pageOf(parameters) });
  return pageElements({
    list: 'AccessKeyMetadata',
    ...{ items: accessKeys, truncated },
    nameOf: ({ accessKeyId }) => accessKeyId,
    describe: (key) => keyElements(username, key),
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
async function updateAccessKey({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const status = parameters.required('Status');
  if (status !== 'Active' && status !== 'Inactive') {
    throw queryError('ValidationError', 'Status must be Active or Inactive.');
  }
  const accessKeyId = await namedKey(context, parameters);
  await update(context, { accessKeyId, disabled: status === 'Inactive' });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html */
async function deleteAccessKey({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await remove(context, { accessKeyId: await namedKey(context, parameters) });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html */
async function getAccessKeyLastUsed({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const [key] = await loadAccessKeysById(context, [parameters.required('AccessKeyId')]);
  const [user] = key == null ? [] : await loadUsersById(context, [key.user.id]);
  if (key == null || user == null) {
    throw noSuchAccessKey();
  }
  const { lastUsedAt } = key;
  const isUsed = lastUsedAt !== null;
  return [
    element('UserName', user.username),
    element('AccessKeyLastUsed', [
      element('LastUsedDate', lastUsedAt?.toISOString()),
      element('ServiceName', isUsed ? 's3' : 'N/A'),
      element('Region', isUsed ? context.granary.settings.s3Region : 'N/A'),
    ]),
  ];
}

/** The key that the request names, which must be the named user's: the caller's own when it names none. */
async function namedKey(context: RequestContext, parameters: Parameters): Promise<string> {
  const [key] = await loadAccessKeysById(context, [parameters.required('AccessKeyId')]);
  const username = parameters.get('UserName');
  const owner = username === undefined ? requireUser(context).userId : (await getUser(context, { username })).id;
  if (key == null || key.user.id !== owner) {
    throw noSuchAccessKey();
  }
  return key.accessKeyId;
}

function keyElements(username: string, { accessKeyId, disabled, createdAt }: AccessKey): (Xml | undefined)[] {
  return [
    element('UserName', username),
    element('AccessKeyId', accessKeyId),
    element('Status', disabled ? 'Inactive' : 'Active'),
    element('CreateDate', createdAt.toISOString()),
  ];
}

export const accessKeyOperations: QueryOperations = {
  CreateAccessKey: createAccessKey,
  DeleteAccessKey: deleteAccessKey,
  GetAccessKeyLastUsed: getAccessKeyLastUsed,
  ListAccessKeys: listAccessKeys,
  UpdateAccessKey: updateAccessKey,
};
