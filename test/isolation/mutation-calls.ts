import { formBytes } from '../http/multipart.js';
import type { Person, Reply, TenantWorld } from './tenant-world.js';

/** How one mutation is called, on something that a tenant has. */
export interface MutationCall {
  /** The input; what it is about belongs to this world, and its `tenant` names that world's. */
  input(world: TenantWorld): Promise<object>;
  /** Whose right it takes; the tenant's administrator when absent. `nobody`: it is called without a token. */
  by?: 'administrator' | 'nobody';
  /** Who calls, when it is about whoever calls: somebody of this world. */
  token?(world: TenantWorld): Promise<string>;
  /** How many events it writes; one when absent. */
  events?: number;
  /** Why it writes another number of events than one. */
  because?: string;
  /** It makes something: without `tenant` it does so for whoever calls. */
  makes?: true;
  /** How it is sent, when not as one input in JSON. */
  send?(world: TenantWorld, input: object, token: string | null): Promise<Reply>;
}

const onBucket = (rest: object = {}): MutationCall => ({
  input: async (w) => ({ bucket: await w.bucket(), tenant: w.tenant, ...rest }),
});

const tierings = [{ accessTier: 'ARCHIVE_ACCESS', days: 90 }];

/** A configuration with an id, of a bucket that the mutation gives one. */
const onConfiguration = (mutation: string, more: object | 'itself' = {}): MutationCall => ({
  input: async (w) => {
    const bucket = await w.bucket();
    await w.make(mutation, { bucket, id: 'a', ...(more === 'itself' ? { destination: { bucket } } : more) }, '');
    return { bucket, tenant: w.tenant, id: 'a' };
  },
});

const onObject = (rest: object = {}): MutationCall => ({
  input: async (w) => {
    const { bucket, key } = await w.object();
    return { bucket, key, tenant: w.tenant, ...rest };
  },
});

const onFolder = (rest: object = {}): MutationCall => ({
  input: async (w) => ({ bucket: (await w.object()).bucket, tenant: w.tenant, folder: '', ...rest }),
});

/** A folder, and another bucket of the tenant for it. */
const intoBucket: MutationCall = {
  input: async (w) => ({
    ...{ bucket: (await w.object()).bucket, tenant: w.tenant, folder: '' },
    target: { bucket: await w.bucket(), tenant: w.tenant, folder: 'in' },
  }),
};

/** An object among those that are named. */
const onSelection = (rest: object = {}): MutationCall => ({
  input: async (w) => {
    const { bucket, key } = await w.object();
    return { bucket, tenant: w.tenant, keys: [key], ...rest };
  },
});

/** The same, and another bucket of the tenant for it. */
const selectionIntoBucket: MutationCall = {
  input: async (w) => {
    const { bucket, key } = await w.object();
    const target = { bucket: await w.bucket(), tenant: w.tenant, folder: 'in' };
    return { bucket, tenant: w.tenant, keys: [key], target };
  },
};

const onTenant = (rest: object = {}): MutationCall => ({
  by: 'administrator',
  input: async (w) => ({ tenant: await w.spareTenant(), ...rest }),
});

const onTarget = (rest: object = {}): MutationCall => ({
  input: async (w) => ({ tenant: w.tenant, name: await w.notificationTarget(), ...rest }),
});

const retainUntil = new Date(Date.now() + 3_600_000).toISOString();

const provider = { issuer: 'https://issuer.example.com', clientId: 'client' };

const anyPolicy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] };

const anyTrust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
};

const password = 'a long enough password';

const onUser = (): MutationCall => ({ input: async (w) => ({ tenant: w.tenant, username: await w.user() }) });

/** On the caller itself, who is somebody with a second factor. */
function onSecondFactor(input: (codes: Person) => object, rest: Partial<MutationCall> = {}): MutationCall {
  let person: Person | undefined;
  return {
    input: async (w) => {
      person = await w.personWithSecondFactor();
      return input(person);
    },
    token: async () => person?.token ?? '',
    ...rest,
  };
}

/** Every mutation of the schema. Whoever adds one adds how it is called, or the tests of audit and isolation fail. */
export const mutationCalls: Record<string, MutationCall> = {
  abortUpload: { input: async (w) => ({ uploadId: await w.uploadId(await w.object()) }) },
  addFavourite: onObject(),
  addUserToGroup: {
    input: async (w) => ({ tenant: w.tenant, group: await w.group(), username: await w.user() }),
  },
  attachPolicy: {
    input: async (w) => ({ tenant: w.tenant, policy: await w.policy(), username: await w.user() }),
  },
  changePassword: {
    input: async () => ({ oldPassword: password, newPassword: 'another long password' }),
    token: (w) => w.personToken(),
  },
  cancelJob: { input: async (w) => ({ id: await w.job() }) },
  completeLogin: {
    by: 'nobody',
    input: async (w) => ({ challenge: await w.challenge(), newPassword: 'another long password' }),
    events: 2,
    because: 'the password is changed, and somebody signs in',
  },
  completeUpload: { input: async (w) => ({ uploadId: await w.uploadId(await w.object()) }) },
  confirmSecondFactor: {
    input: async (w) => ({ code: await w.enrolledCode() }),
    token: (w) => w.lastPersonToken(),
  },
  copyFolder: intoBucket,
  copyObject: {
    input: async (w) => {
      const { bucket, key } = await w.object();
      const at = { bucket, tenant: w.tenant };
      return { source: { ...at, key }, target: { ...at, key: w.name() } };
    },
  },
  copySelection: selectionIntoBucket,
  createAccessKey: { input: async (w) => ({ tenant: w.tenant, username: await w.user() }) },
  createApiKey: {
    input: async (w) => ({ tenant: w.tenant, username: await w.user(), name: w.name(), scopes: ['FULL'] }),
  },
  createBucket: { makes: true, input: async (w) => ({ tenant: w.tenant, name: w.name() }) },
  createEncryptionKey: { makes: true, input: async (w) => ({ tenant: w.tenant, name: w.name() }) },
  createGroup: { makes: true, input: async (w) => ({ tenant: w.tenant, name: w.name() }) },
  createLdapDirectory: {
    by: 'administrator',
    makes: true,
    input: async (w) => ({ ...w.directoryInput(), tenant: w.tenant }),
  },
  createNotificationTarget: {
    makes: true,
    input: async (w) => ({ tenant: w.tenant, name: w.name(), kind: 'WEBHOOK', address: 'https://hooks.example.com/' }),
  },
  createOidcProvider: {
    by: 'administrator',
    makes: true,
    input: async (w) => ({ tenant: w.tenant, name: w.name(), ...provider }),
  },
  createIamRole: {
    makes: true,
    input: async (w) => ({ tenant: w.tenant, name: w.name(), trustPolicy: anyTrust }),
  },
  createPolicy: { makes: true, input: async (w) => ({ tenant: w.tenant, name: w.name(), document: anyPolicy }) },
  createPolicyVersion: {
    input: async (w) => ({ tenant: w.tenant, name: await w.policy(), document: anyPolicy }),
  },
  createShareLink: onObject(),
  createTenant: { by: 'administrator', makes: true, input: async (w) => ({ name: w.name() }) },
  createUser: {
    makes: true,
    input: async (w) => ({ tenant: w.tenant, username: w.name(), password: 'a long enough password' }),
  },
  deleteAccessKey: { input: async (w) => ({ accessKeyId: await w.accessKeyId() }) },
  deleteBucket: onBucket(),
  deleteBucketPolicy: onBucket(),
  deleteGroup: { input: async (w) => ({ tenant: w.tenant, name: await w.group() }) },
  deleteIamRole: { input: async (w) => ({ tenant: w.tenant, name: await w.role() }) },
  deleteInlinePolicy: {
    input: async (w) => {
      const inline = { tenant: w.tenant, group: await w.group(), name: w.name() };
      await w.make('putInlinePolicy', { ...inline, document: anyPolicy }, '');
      return inline;
    },
  },
  deleteLdapDirectory: { by: 'administrator', input: async (w) => ({ name: await w.directory() }) },
  deleteFolder: onFolder(),
  deleteSelection: onSelection(),
  deleteFromTrash: { input: async (w) => ({ ...(await w.deletedObject()), tenant: w.tenant }) },
  deleteObject: onObject(),
  deleteObjects: {
    input: async (w) => {
      const { bucket, key } = await w.object();
      return { bucket, tenant: w.tenant, keys: [key, (await w.object(bucket)).key] };
    },
    events: 2,
    because: 'each object that is deleted has its own',
  },
  deleteNotificationTarget: onTarget(),
  deleteOidcProvider: { by: 'administrator', input: async (w) => ({ id: await w.oidcProvider() }) },
  deletePolicy: { input: async (w) => ({ tenant: w.tenant, name: await w.policy() }) },
  deleteTenant: onTenant(),
  deleteUser: onUser(),
  deletePolicyVersion: {
    input: async (w) => ({ tenant: w.tenant, name: await w.policyWithVersions(), number: 2 }),
  },
  detachPolicy: {
    input: async (w) => {
      const attachment = { tenant: w.tenant, policy: await w.policy(), username: await w.user() };
      await w.make('attachPolicy', attachment, '', { type: 'PolicyAttachmentInput' });
      return attachment;
    },
  },
  discardDeadLetters: {
    input: async (w) => ({ tenant: w.tenant, target: await w.deadLetters() }),
  },
  disableSecondFactor: onSecondFactor(({ recoveryCodes }) => ({ code: recoveryCodes[0], password })),
  disableUser: onUser(),
  emptyTrash: onBucket(),
  enableUser: onUser(),
  enrollSecondFactor: {
    input: async () => ({}),
    token: (w) => w.personToken(),
    send: (w, _input, token) =>
      w.ask('mutation { answer: enrollSecondFactor { userErrors { code message } } }', {}, token),
  },
  login: {
    by: 'nobody',
    input: async (w) => ({ tenant: w.tenant, username: await w.user(), password: 'a long enough password' }),
  },
  logout: { input: async () => ({}), token: (w) => w.personToken() },
  moveFolder: intoBucket,
  moveSelection: selectionIntoBucket,
  moveObject: {
    input: async (w) => {
      const { bucket, key } = await w.object();
      const at = { bucket, tenant: w.tenant };
      return { source: { ...at, key }, target: { ...at, key: w.name() } };
    },
    events: 2,
    because: 'the key that it leaves has one, and the key that it gets',
  },
  purgeTenant: {
    by: 'administrator',
    input: async (w) => {
      const tenant = await w.spareTenant();
      await w.make('suspendTenant', { tenant }, 'tenant { name }', { token: await w.server.login() });
      return { tenant, confirm: tenant };
    },
  },
  promoteVersion: {
    input: async (w) => ({ ...(await w.formerVersion()), tenant: w.tenant }),
  },
  putBucketPolicy: {
    input: async (w) => {
      const bucket = await w.bucket();
      const Resource = `arn:aws:s3:::${bucket}/*`;
      const statement = { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource };
      return { bucket, tenant: w.tenant, policy: { Version: '2012-10-17', Statement: [statement] } };
    },
  },
  putInlinePolicy: {
    input: async (w) => ({ tenant: w.tenant, group: await w.group(), name: w.name(), document: anyPolicy }),
  },
  refreshSession: { by: 'nobody', input: async (w) => ({ refreshToken: await w.refreshToken() }) },
  removeFavourite: { input: async (w) => ({ ...(await w.favourite()), tenant: w.tenant }) },
  removeUserFromGroup: {
    input: async (w) => {
      const membership = { tenant: w.tenant, group: await w.group(), username: await w.user() };
      await w.make('addUserToGroup', membership, '', { type: 'GroupMembershipInput' });
      return membership;
    },
  },
  renewRecoveryCodes: onSecondFactor(({ nextCode }) => ({ code: nextCode })),
  repairBlob: {
    by: 'administrator',
    input: async (w) => {
      const { key } = await w.object();
      const [row] = await w.sql<{ id: string }>('SELECT blob_id AS id FROM object_version WHERE key = $1', [key]);
      return { id: row?.id ?? '' };
    },
    events: 0,
    because: 'nothing is wrong with the blob, and so nothing changes',
  },
  resetPassword: onUser(),
  replayDeadLetters: {
    input: async (w) => ({ tenant: w.tenant, target: await w.deadLetters() }),
  },
  resetSecondFactor: {
    input: async (w) => ({ tenant: w.tenant, username: (await w.personWithSecondFactor()).username }),
  },
  restoreFolder: onFolder(),
  restoreSelection: onSelection(),
  restoreObject: {
    input: async (w) => ({ ...(await w.deletedObject()), tenant: w.tenant }),
  },
  resumeTenant: {
    by: 'administrator',
    input: async (w) => {
      const tenant = await w.spareTenant();
      await w.make('suspendTenant', { tenant }, 'tenant { name }', { token: await w.server.login() });
      return { tenant };
    },
  },
  resyncReplication: {
    input: async (w) => ({ bucket: (await w.replicatedBucket()).bucket, tenant: w.tenant }),
  },
  retryReplication: {
    input: async (w) => {
      const { bucket } = await w.replicatedBucket();
      const { key } = await w.object(bucket);
      await w.sql(
        `UPDATE replication_task SET state = 'FAILED' WHERE version_id = (SELECT id FROM object_version WHERE key = $1)`,
        [key],
      );
      return { bucket, key, tenant: w.tenant };
    },
  },
  revokeApiKey: { input: async (w) => ({ keyId: await w.apiKey() }) },
  revokeShareLink: { input: async (w) => ({ id: await w.shareLink() }) },
  rotateSigningKeys: { by: 'administrator', input: async () => ({}) },
  revokeSession: {
    input: async (w) => ({ sessionId: await w.sessionId() }),
  },
  setBucketAcl: {
    input: async (w) => ({ bucket: await w.bucketWithAcl(), tenant: w.tenant, acl: { canned: 'PRIVATE' } }),
  },
  setBucketAcceleration: onBucket({ acceleration: 'ENABLED' }),
  setBucketCors: onBucket({ rules: [{ allowedMethods: ['GET'], allowedOrigins: ['*'] }] }),
  setBucketEncryption: onBucket({ encryption: { algorithm: 'AES256' } }),
  setBucketLifecycle: onBucket({ rules: [{ expiration: { days: 3 } }] }),
  setBucketNotifications: {
    input: async (w) => ({
      bucket: await w.bucket(),
      tenant: w.tenant,
      rules: [{ target: await w.notificationTarget(), events: ['s3:ObjectCreated:*'] }],
    }),
  },
  deleteBucketAnalytics: onConfiguration('setBucketAnalytics'),
  deleteBucketIntelligentTiering: onConfiguration('setBucketIntelligentTiering', { tierings }),
  deleteBucketInventory: onConfiguration('setBucketInventory', 'itself'),
  deleteBucketMetrics: onConfiguration('setBucketMetrics'),
  setBucketAnalytics: onBucket({ id: 'a' }),
  setBucketIntelligentTiering: onBucket({ id: 'a', tierings }),
  setBucketInventory: {
    input: async (w) => {
      const bucket = await w.bucket();
      return { bucket, tenant: w.tenant, id: 'a', destination: { bucket } };
    },
  },
  setBucketMetrics: onBucket({ id: 'a' }),
  setBucketLogging: onBucket({ logging: null }),
  setBucketObjectLock: {
    input: async (w) => ({ bucket: await w.bucket({ objectLock: {} }), tenant: w.tenant, defaultRetention: null }),
  },
  setBucketOwnership: onBucket({ ownership: 'BUCKET_OWNER_ENFORCED' }),
  setBucketPlacement: onBucket({ rules: [{ prefix: 'a/', store: 'cold' }] }),
  setBucketQuota: onBucket({ quota: { bytes: 1_000_000 } }),
  setBucketReplication: {
    input: async (w) => ({ bucket: (await w.replicatedBucket()).bucket, tenant: w.tenant, rules: [] }),
  },
  setBucketRequestPayment: onBucket({ payer: 'BUCKET_OWNER' }),
  setBucketSharing: onBucket({ sharing: { passwordRequired: true } }),
  setBucketTags: onBucket({ tags: [{ key: 'a', value: 'b' }] }),
  setBucketVersioning: onBucket({ versioning: 'ENABLED' }),
  setBucketWebsite: onBucket({ website: { indexSuffix: 'index.html' } }),
  setObjectAcl: {
    input: async (w) => {
      const { bucket, key } = await w.object(await w.bucketWithAcl());
      return { bucket, key, tenant: w.tenant, acl: { canned: 'PRIVATE' } };
    },
  },
  setObjectLegalHold: {
    input: async (w) => ({ ...(await w.lockedObject()), tenant: w.tenant, legalHold: false }),
  },
  setObjectMetadata: onObject({ metadata: { a: 'b' } }),
  setObjectRetention: {
    input: async (w) => ({
      ...(await w.lockedObject()),
      tenant: w.tenant,
      retention: { mode: 'GOVERNANCE', retainUntil },
    }),
  },
  setObjectStorageClass: onObject({ storageClass: 'STANDARD_IA' }),
  setObjectTags: onObject({ tags: [{ key: 'a', value: 'b' }] }),
  setDefaultPolicyVersion: {
    input: async (w) => ({ tenant: w.tenant, name: await w.policyWithVersions(), number: 2 }),
  },
  setPermissionsBoundary: {
    input: async (w) => ({ tenant: w.tenant, username: await w.user(), policy: await w.policy() }),
  },
  setPublicAccessBlock: onBucket({ block: { blockPublicPolicy: true } }),
  setTenantQuota: onTenant({ quota: { bytes: 1_000_000 } }),
  signOutEverywhere: { input: async (w) => ({ tenant: w.tenant, username: (await w.person()).username }) },
  setTenantRateLimits: onTenant({ rateLimits: {} }),
  setTenantSharing: { makes: true, input: async (w) => ({ tenant: w.tenant, sharing: { longestSeconds: 86_400 } }) },
  startUpload: onObject({ size: 3 }),
  startScrub: {
    by: 'administrator',
    input: async () => ({}),
    send: (w, _input, token) => w.ask('mutation { answer: startScrub { userErrors { code } } }', {}, token),
  },
  suspendTenant: onTenant(),
  tagFolder: onFolder({ tags: [{ key: 'a', value: 'b' }] }),
  tagSelection: onSelection({ tags: [{ key: 'a', value: 'b' }] }),
  testLdap: { by: 'administrator', input: async (w) => ({ name: await w.directory() }) },
  testNotificationTarget: onTarget(),
  testOidcProvider: {
    by: 'administrator',
    input: async (w) => ({ id: await w.oidcProvider() }),
    events: 0,
    because: 'it changes nothing',
  },
  testReplication: {
    input: async (w) => ({ ...(await w.replicatedBucket()), tenant: w.tenant }),
    events: 0,
    because: 'it changes nothing here',
  },
  unlockUser: onUser(),
  updateAccessKey: { input: async (w) => ({ accessKeyId: await w.accessKeyId(), description: 'Another' }) },
  updateBucket: onBucket({ trashSeconds: 60 }),
  updateEncryptionKey: {
    input: async (w) => ({ name: await w.encryptionKey(), tenant: w.tenant, state: 'DISABLED' }),
  },
  updateGroup: { input: async (w) => ({ tenant: w.tenant, name: await w.group(), description: 'Another' }) },
  updateIamRole: { input: async (w) => ({ tenant: w.tenant, name: await w.role(), description: 'Another' }) },
  updateLdapDirectory: { by: 'administrator', input: async (w) => ({ name: await w.directory(), priority: 7 }) },
  updateNotificationTarget: onTarget({ enabled: false }),
  updateOidcProvider: {
    by: 'administrator',
    input: async (w) => ({ id: await w.oidcProvider(), displayName: 'Another' }),
  },
  updatePolicy: { input: async (w) => ({ tenant: w.tenant, name: await w.policy(), description: 'Another' }) },
  updateShareLink: { input: async (w) => ({ id: await w.shareLink(), maxDownloads: 3 }) },
  updateTenant: onTenant({ displayName: 'Another' }),
  updateUser: { input: async (w) => ({ tenant: w.tenant, username: await w.user(), displayName: 'Another' }) },
  uploadObject: {
    input: async (w) => ({ bucket: await w.bucket(), tenant: w.tenant, key: w.name(), file: null }),
    send: (w, input, token) => upload(w, { mutation: 'uploadObject', place: 'variables.input.file', input, token }),
  },
  uploadObjects: {
    input: async (w) => ({ bucket: await w.bucket(), tenant: w.tenant, files: [{ key: w.name(), file: null }] }),
    send: (w, input, token) =>
      upload(w, { mutation: 'uploadObjects', place: 'variables.input.files.0.file', input, token }),
  },
  wantBucketCopies: onBucket(),
};

interface Upload {
  mutation: string;
  place: string;
  input: object;
  token: string | null;
}

async function upload({ server }: TenantWorld, { mutation, place, input, token }: Upload): Promise<Reply> {
  const operations = JSON.stringify({ query: mutationText(mutation), variables: { input } });
  const parts = [
    { name: 'operations', content: operations },
    { name: 'map', content: JSON.stringify({ 0: [place] }) },
    { name: '0', content: 'uploaded', filename: 'file.txt', type: 'text/plain' },
  ];
  const response = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'multipart/form-data; boundary=between',
      'apollo-require-preflight': 'true',
      authorization: `Bearer ${token}`,
    },
    body: formBytes(parts, 'between'),
  });
  const requestId = response.headers.get('x-request-id') ?? '';
  return { ...((await response.json()) as Reply), requestId };
}

/** Inputs that several mutations share. */
const inputTypes: Record<string, string> = {
  addUserToGroup: 'GroupMembershipInput',
  removeUserFromGroup: 'GroupMembershipInput',
  attachPolicy: 'PolicyAttachmentInput',
  detachPolicy: 'PolicyAttachmentInput',
  deletePolicyVersion: 'PolicyVersionInput',
  setDefaultPolicyVersion: 'PolicyVersionInput',
  confirmSecondFactor: 'SecondFactorCodeInput',
  renewRecoveryCodes: 'SecondFactorCodeInput',
  disableUser: 'UserInput',
  enableUser: 'UserInput',
  resetSecondFactor: 'UserInput',
  unlockUser: 'UserInput',
};

/** A mutation of the usual form, with the errors of its payload as its answer. */
export function mutationText(mutation: string): string {
  const type = inputTypes[mutation] ?? `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  return `mutation($input: ${type}!) { answer: ${mutation}(input: $input) { userErrors { code message } } }`;
}

/** Calls a mutation with a token; without one as nobody. */
export function callMutation(
  world: TenantWorld,
  { mutation, input, token }: { mutation: string; input: object; token: string | null },
): Promise<Reply> {
  const call = mutationCalls[mutation];
  return call?.send === undefined
    ? world.ask(mutationText(mutation), { input }, token)
    : call.send(world, input, token);
}
