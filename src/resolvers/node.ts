import DataLoader from 'dataloader';
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { Node } from '../entities/node.js';
import { GranaryError } from '../errors.js';
import { loadEncryptionKeysById } from '../operations/encryption/list-encryption-keys.js';
import { loadFolderJobs } from '../operations/folders/folder-jobs.js';
import { loadGroupsById } from '../operations/identities/list-groups.js';
import { loadRolesById } from '../operations/identities/list-roles.js';
import { loadAccessKeysById, loadApiKeysById, maySeeUsers } from '../operations/identities/load-identities-by-id.js';
import { loadObjectsById } from '../operations/load-by-id.js';
import { loadOidcProvidersById } from '../operations/oidc/list-oidc-providers.js';
import { builtinInfo } from '../operations/policies/find-policy.js';
import { loadManagedPoliciesById } from '../operations/policies/list-policies.js';
import { loadShareLinksById } from '../operations/shares/list-share-links.js';
import type { ObjectInfo } from '../operations/types.js';
import { type NodeType, parseGlobalId, parseRowId } from '../wire/global-id.js';
import type { GraphqlContext } from './context.js';
import { placeObject, placeOf } from './placed-object.js';
import {
  toAccessKeySource,
  toApiKeySource,
  toEncryptionKeySource,
  toOidcProviderSource,
  toShareLinkSource,
} from './sources.js';

const mostIds = 100;

type Found = { __typename: NodeType } | null;

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'What has this global id; null when there is none that the caller may see.',
  })
  async node(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: 'The global id.' }) id: string,
  ): Promise<Found> {
    const [node] = await findNodes(context, [id]);
    return node ?? null;
  }

  @Query(() => [Node], {
    nullable: 'items',
    description: 'What has these global ids, in their order; null where `node` would be null.',
  })
  nodes(
    @Ctx() context: GraphqlContext,
    @Arg('ids', () => [ID], { description: 'The global ids, at most 100.' }) ids: string[],
  ): Promise<Found[]> {
    if (ids.length > mostIds) {
      throw new GranaryError('InvalidInput', `At most ${mostIds} ids can be asked for at once.`, { field: ['ids'] });
    }
    return findNodes(context, ids);
  }
}

/** Every kind is loaded with one look-up, and through the operations that check the tenant. */
function findNodes(context: GraphqlContext, ids: string[]): Promise<Found[]> {
  const { loaders, request } = context;
  const objects = new DataLoader((rows: readonly number[]) => loadObjectsById(request, rows));
  const keys = new DataLoader((rows: readonly string[]) => loadAccessKeysById(request, rows));
  const apiKeys = new DataLoader((rows: readonly string[]) => loadApiKeysById(request, rows));
  const encryptionKeys = new DataLoader((rows: readonly string[]) => loadEncryptionKeysById(request, rows));
  const oidcProviders = new DataLoader((rows: readonly string[]) => loadOidcProvidersById(request, rows));
  const groups = new DataLoader((rows: readonly number[]) => loadGroupsById(request, rows));
  const roles = new DataLoader((rows: readonly number[]) => loadRolesById(request, rows));
  const shareLinks = new DataLoader((rows: readonly number[]) => loadShareLinksById(request, rows));
  const jobs = new DataLoader((rows: readonly number[]) => loadFolderJobs(request, rows));
  const policies = new DataLoader((rows: readonly number[]) => loadManagedPoliciesById(request, rows));
  const loadPolicy = (id: string) => {
    const row = parseRowId(id);
    return row === undefined ? null : policies.load(row);
  };
  return Promise.all(
    ids.map(async (globalId) => {
      const parsed = parseGlobalId(globalId);
      if (parsed === undefined) {
        return null;
      }
      if (parsed.type === 'AccessKey') {
        const key = await keys.load(parsed.id);
        return named('AccessKey', key === null ? null : toAccessKeySource(key));
      }
      if (parsed.type === 'ApiKey') {
        const key = await apiKeys.load(parsed.id);
        return named('ApiKey', key === null ? null : toApiKeySource(key));
      }
      if (parsed.type === 'EncryptionKey') {
        const key = await encryptionKeys.load(parsed.id);
        return named('EncryptionKey', key === null ? null : toEncryptionKeySource(key));
      }
      if (parsed.type === 'OidcProvider') {
        const provider = await oidcProviders.load(parsed.id);
        return named('OidcProvider', provider === null ? null : toOidcProviderSource(provider));
      }
      if (parsed.type === 'Policy') {
        return named('Policy', builtinInfo(parsed.id) ?? (await loadPolicy(parsed.id)));
      }
      const row = parseRowId(parsed.id);
      if (row === undefined) {
        return null;
      }
      switch (parsed.type) {
        case 'Tenant':
          return named('Tenant', await loaders.tenants.load(row));
        case 'User':
          return named('User', maySeeUser(context, row) ? await loaders.users.load(row) : null);
        case 'Bucket':
          return named('Bucket', await loaders.buckets.load(row));
        case 'Group':
          return named('Group', await groups.load(row));
        case 'IamRole':
          return named('IamRole', await roles.load(row));
        case 'ShareLink': {
          const link = await shareLinks.load(row);
          return named('ShareLink', link === null ? null : toShareLinkSource(link));
        }
        case 'Job':
          return named('Job', await jobs.load(row));
        case 'StoredObject':
          return placeNode(context, await objects.load(row));
        default:
          parsed.type satisfies never;
          return null;
      }
    }),
  );
}

function named(type: NodeType, value: object | null): Found {
  return value === null ? null : { ...value, __typename: type };
}

async function placeNode(context: GraphqlContext, object: ObjectInfo | null): Promise<Found> {
  const bucket = object === null ? null : await context.loaders.buckets.load(object.bucketId);
  return object === null || bucket === null ? null : named('StoredObject', placeObject(object, placeOf(bucket)));
}

/** Ids can be guessed: who may not list users sees others only as the owners of what it sees. */
function maySeeUser({ request }: GraphqlContext, id: number): boolean {
  const { caller } = request;
  return caller.kind === 'user' && (caller.userId === id || maySeeUsers(request));
}
