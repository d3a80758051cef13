import DataLoader from 'dataloader';
import type { BlobDamage } from '../entities/enums.js';
import type { TenantPurge } from '../entities/tenant-purge.js';
import { loadStoredAcls, type StoredAcl } from '../operations/access/acl-access.js';
import { loadBoundaries } from '../operations/access/load-boundaries.js';
import { loadBlobUses } from '../operations/blobs/list-damaged.js';
import { loadDamage } from '../operations/blobs/load-integrity.js';
import type { PlacementRule } from '../operations/blobs/placement.js';
import type { BlobUse } from '../operations/blobs/versions-of-blobs.js';
import {
  loadBucketUsages,
  loadTenantUsages,
  type TenantUsage,
  type Usage,
} from '../operations/buckets/bucket-usage.js';
import type { RequestContext } from '../operations/context.js';
import { loadFavourites, type ShownKey } from '../operations/favourites/load-favourites.js';
import { type ErrorPage, loadJobErrors } from '../operations/folders/folder-jobs.js';
import { type FolderAddress, type FolderTotals, loadFolderTotals } from '../operations/folders/folder-totals.js';
import type { GroupInfo } from '../operations/identities/find-group.js';
import { countMembers, loadMemberPages, type MemberPage } from '../operations/identities/load-group-members.js';
import { loadTenantsById, loadUsersById } from '../operations/identities/load-identities-by-id.js';
import { loadBucketsById, loadPlacementsById, loadPoliciesById } from '../operations/load-by-id.js';
import { type KeyVersions, loadKeyVersions } from '../operations/objects/list-versions.js';
import type { PageRequest } from '../operations/page.js';
import type { PolicyInfo } from '../operations/policies/find-policy.js';
import type { InlinePolicyInfo } from '../operations/policies/inline-policies.js';
import {
  type EffectivePolicy,
  loadAttachedPolicies,
  loadEffectivePolicies,
  loadGroupsOfUsers,
  loadInlinePolicies,
} from '../operations/policies/load-policies-of.js';
import type { PolicyVersionInfo } from '../operations/policies/policy-version-rows.js';
import { loadPolicyVersions, type VersionedPolicy } from '../operations/policies/policy-versions.js';
import { type FollowedTarget, loadFollowedTargets } from '../operations/replication/get-bucket-replication.js';
import { loadReplicationTasks, type ReplicationTaskInfo } from '../operations/replication/object-replication.js';
import { countAccessesOf, loadAccessPages, type ShareAccessPage } from '../operations/shares/load-share-accesses.js';
import {
  countShareLinksOf,
  loadShareLinkPages,
  type ShareLinkPage,
  type SharesOf,
} from '../operations/shares/load-share-links.js';
import { loadSecondFactors } from '../operations/sign-in/load-second-factors.js';
import { loadTenantPurges } from '../operations/tenants/tenant-purges.js';
import type { BucketInfo, ObjectAddress } from '../operations/types.js';
import { loadPartPages, type PartPage } from '../operations/uploads/load-part-pages.js';
import { createPartLinks, type PartLink, type WantedLinks } from '../operations/uploads/part-links.js';
import type { StagedUpload } from '../operations/uploads/staged-upload.js';
import { type TenantSource, toTenantSource, toUserSource, type UserSource } from './sources.js';

/** Collects the look-ups of one request, so that a page of any length costs one query for each kind of relation. */
export interface Loaders {
  readonly members: DataLoader<{ groupId: number; page: PageRequest }, MemberPage, string>;
  readonly memberCounts: DataLoader<number, number>;
  readonly groupsOfUsers: DataLoader<number, GroupInfo[]>;
  readonly userPolicies: DataLoader<number, PolicyInfo[]>;
  readonly groupPolicies: DataLoader<number, PolicyInfo[]>;
  readonly keyPolicies: DataLoader<string, PolicyInfo[]>;
  readonly userInlinePolicies: DataLoader<number, InlinePolicyInfo[]>;
  readonly groupInlinePolicies: DataLoader<number, InlinePolicyInfo[]>;
  readonly effectivePolicies: DataLoader<number, EffectivePolicy[]>;
  readonly boundaries: DataLoader<number, string | null>;
  readonly policyVersions: DataLoader<VersionedPolicy, PolicyVersionInfo[], string>;
  readonly tenants: DataLoader<number, TenantSource | null>;
  readonly users: DataLoader<number, UserSource | null>;
  readonly secondFactors: DataLoader<number, boolean>;
  readonly buckets: DataLoader<number, BucketInfo | null>;
  readonly usages: DataLoader<number, Usage>;
  readonly folderTotals: DataLoader<FolderAddress, FolderTotals | null, string>;
  readonly tenantUsages: DataLoader<number, TenantUsage | null>;
  readonly tenantPurges: DataLoader<number, TenantPurge | null>;
  readonly favourites: DataLoader<ShownKey, boolean, string>;
  readonly damage: DataLoader<number, BlobDamage | null>;
  readonly blobUses: DataLoader<string, BlobUse[]>;
  readonly placements: DataLoader<number, readonly PlacementRule[] | null>;
  readonly policies: DataLoader<number, object | null>;
  readonly jobErrors: DataLoader<{ jobId: number; page: PageRequest }, ErrorPage, string>;
  readonly replications: DataLoader<number, ReplicationTaskInfo[]>;
  readonly followedTargets: DataLoader<number, FollowedTarget[]>;
  readonly storedAcls: DataLoader<number, StoredAcl | null>;
  readonly keyVersions: DataLoader<FirstVersions, KeyVersions | null, string>;
  readonly shareAccesses: DataLoader<{ of: number; page: PageRequest }, ShareAccessPage, string>;
  readonly shareLinks: DataLoader<{ of: SharesOf; page: PageRequest }, ShareLinkPage, string>;
  readonly shareLinkCounts: DataLoader<SharesOf, number, string>;
  readonly shareAccessCounts: DataLoader<number, number>;
  readonly uploadParts: DataLoader<{ of: StagedUpload; page: PageRequest }, PartPage | null, string>;
  readonly partLinks: DataLoader<WantedLinks, PartLink[], string>;
}

interface FirstVersions {
  address: ObjectAddress;
  page: PageRequest;
}

export function createLoaders(context: RequestContext): Loaders {
  return {
    ...createPolicyLoaders(context),
    tenants: new DataLoader((ids) => orNulls(loadTenantsById(context, ids), toTenantSource)),
    users: new DataLoader((ids) => orNulls(loadUsersById(context, ids), toUserSource)),
    secondFactors: new DataLoader((ids) => loadSecondFactors(context, ids)),
    buckets: new DataLoader((ids) => loadBucketsById(context, ids)),
    usages: new DataLoader((ids) => loadBucketUsages(context, [...ids])),
    folderTotals: new DataLoader((folders: readonly FolderAddress[]) => loadFolderTotals(context, folders), {
      cacheKeyFn: (folder) => JSON.stringify(folder),
    }),
    tenantUsages: new DataLoader((ids) => loadTenantUsages(context, ids)),
    tenantPurges: new DataLoader((ids) => loadTenantPurges(context, ids)),
    favourites: new DataLoader((keys: readonly ShownKey[]) => loadFavourites(context, keys), {
      cacheKeyFn: ({ bucketId, key }) => `${bucketId}/${key}`,
    }),
    damage: new DataLoader((ids) => loadDamage(context.granary, ids)),
    blobUses: new DataLoader((ids) => loadBlobUses(context, ids)),
    placements: new DataLoader((ids) => loadPlacementsById(context, ids)),
    policies: new DataLoader((ids) => loadPoliciesById(context, ids)),
    jobErrors: new DataLoader((asked: readonly { jobId: number; page: PageRequest }[]) => loadErrors(context, asked), {
      cacheKeyFn: (one) => JSON.stringify(one),
    }),
    replications: new DataLoader((ids) => loadReplicationTasks(context, ids)),
    followedTargets: new DataLoader((ids) => loadFollowedTargets(context, ids)),
    storedAcls: new DataLoader((ids) => loadStoredAcls(context, ids)),
    keyVersions: new DataLoader((asked: readonly FirstVersions[]) => loadFirstVersions(context, asked), {
      cacheKeyFn: (one) => JSON.stringify(one),
    }),
    shareAccesses: new DataLoader((asked) => loadAccesses(context, asked), {
      cacheKeyFn: (one) => JSON.stringify(one),
    }),
    shareLinks: new DataLoader((asked) => loadShares(context, asked), { cacheKeyFn: (one) => JSON.stringify(one) }),
    shareLinkCounts: new DataLoader((asked) => countShareLinksOf(context, asked), {
      cacheKeyFn: (one) => JSON.stringify(one),
    }),
    shareAccessCounts: new DataLoader((ids) => countAccessesOf(context, ids)),
    ...createUploadLoaders(context),
  };
}

function createUploadLoaders(context: RequestContext): Pick<Loaders, 'uploadParts' | 'partLinks'> {
  return {
    uploadParts: new DataLoader((asked) => loadPages(asked, (uploads, page) => loadPartPages(context, uploads, page)), {
      cacheKeyFn: ({ of: { upload }, page }) => JSON.stringify([upload.id, page]),
    }),
    partLinks: new DataLoader((wanted) => createPartLinks(context, wanted), {
      cacheKeyFn: ({ staged, partNumbers, expiresIn }) => JSON.stringify([staged.upload.id, partNumbers, expiresIn]),
    }),
  };
}

function createPolicyLoaders(context: RequestContext) {
  return {
    members: new DataLoader((asked: readonly { groupId: number; page: PageRequest }[]) => loadMembers(context, asked), {
      cacheKeyFn: (one) => JSON.stringify(one),
    }),
    memberCounts: new DataLoader((ids: readonly number[]) => countMembers(context, ids)),
    groupsOfUsers: new DataLoader((ids: readonly number[]) => loadGroupsOfUsers(context, ids)),
    userPolicies: new DataLoader((ids: readonly number[]) => loadAttachedPolicies(context, 'user', ids)),
    groupPolicies: new DataLoader((ids: readonly number[]) => loadAttachedPolicies(context, 'group', ids)),
    keyPolicies: new DataLoader((ids: readonly string[]) => loadAttachedPolicies(context, 'accessKey', ids)),
    userInlinePolicies: new DataLoader((ids: readonly number[]) => loadInlinePolicies(context, 'user', ids)),
    groupInlinePolicies: new DataLoader((ids: readonly number[]) => loadInlinePolicies(context, 'group', ids)),
    effectivePolicies: new DataLoader((ids: readonly number[]) => loadEffectivePolicies(context, ids)),
    boundaries: new DataLoader(async (ids: readonly number[]) =>
      (await loadBoundaries(context, ids)).map((boundary) => boundary?.name ?? null),
    ),
    policyVersions: new DataLoader((policies: readonly VersionedPolicy[]) => loadPolicyVersions(context, policies), {
      cacheKeyFn: ({ id, name }) => String(id ?? name),
    }),
  };
}

/** One query for each page that the request's document asks for, however many groups there are. */
async function loadMembers(
  context: RequestContext,
  asked: readonly { groupId: number; page: PageRequest }[],
): Promise<MemberPage[]> {
  const pages = asked.map(({ groupId: of, page }) => ({ of, page }));
  return loadPages(pages, (ids, page) => loadMemberPages(context, ids, page));
}

/** The same of the visits to links. */
function loadAccesses(
  context: RequestContext,
  asked: readonly { of: number; page: PageRequest }[],
): Promise<ShareAccessPage[]> {
  return loadPages(asked, (ids, page) => loadAccessPages(context, ids, page));
}

/** The same of the links into buckets, or to objects. */
function loadShares(
  context: RequestContext,
  asked: readonly { of: SharesOf; page: PageRequest }[],
): Promise<ShareLinkPage[]> {
  return loadPages(asked, (scopes, page) => loadShareLinkPages(context, scopes, page));
}

async function loadPages<Of, Page>(
  asked: readonly { of: Of; page: PageRequest }[],
  load: (of: readonly Of[], page: PageRequest) => Promise<Page[]>,
): Promise<Page[]> {
  const found = new Map<object, Page>();
  for (const [page, group] of Map.groupBy(asked, (one) => JSON.stringify(one.page))) {
    const pages = await load(
      group.map(({ of }) => of),
      JSON.parse(page) as PageRequest,
    );
    for (const [index, one] of group.entries()) {
      found.set(one, pages[index] as Page);
    }
  }
  return asked.map((one) => found.get(one) as Page);
}

/** The same of the versions of keys. */
function loadFirstVersions(context: RequestContext, asked: readonly FirstVersions[]): Promise<(KeyVersions | null)[]> {
  const pages = asked.map(({ address: of, page }) => ({ of, page }));
  return loadPages(pages, (keys, page) => loadKeyVersions(context, keys, page));
}

/** The same of what jobs could not do. */
function loadErrors(
  context: RequestContext,
  asked: readonly { jobId: number; page: PageRequest }[],
): Promise<ErrorPage[]> {
  const pages = asked.map(({ jobId: of, page }) => ({ of, page }));
  return loadPages(pages, (ids, page) => loadJobErrors(context, ids, page));
}

async function orNulls<Row, Source>(
  rows: Promise<(Row | null)[]>,
  convert: (row: Row) => Source,
): Promise<(Source | null)[]> {
  return (await rows).map((row) => (row === null ? null : convert(row)));
}
