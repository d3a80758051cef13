import {
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import type { TenantWorld } from './tenant-world.js';

const inTenant = async (w: TenantWorld): Promise<string> => `first: 5, tenant: "${w.tenant}"`;

/** Every query of the schema, with arguments that ask for what belongs to a tenant. */
export const queryCalls: Record<string, (world: TenantWorld) => Promise<string>> = {
  accessKeys: async (w) => `first: 5, tenant: "${w.tenant}", username: "boss"`,
  apiKeys: async (w) => `first: 5, tenant: "${w.tenant}", username: "boss"`,
  auditLog: inTenant,
  bucket: async (w) => `tenant: "${w.tenant}", name: "${await w.bucket()}"`,
  // Of each bucket everything is asked, which no page of five may cost.
  buckets: async (w) => `first: 2, tenant: "${w.tenant}"`,
  builtinPolicies: async () => '',
  deadLetters: inTenant,
  decision: async (w) => `id: "${await w.decision()}"`,
  encryptionKeys: inTenant,
  eventCursor: async (w) => `tenant: "${w.tenant}", bucket: "${await w.bucket()}"`,
  explainAccess: async (w) =>
    `input: { tenant: "${w.tenant}", action: "s3:GetObject", bucket: "${await w.bucket()}", key: "zeta", principal: { username: "boss" } }`,
  group: async (w) => `tenant: "${w.tenant}", name: "${await w.group()}"`,
  groups: inTenant,
  iamRole: async (w) => `tenant: "${w.tenant}", name: "${await w.role()}"`,
  iamRoles: inTenant,
  job: async (w) => `id: "${await w.job()}"`,
  jobs: inTenant,
  ldapDirectories: async () => 'first: 5',
  ldapDirectory: async (w) => `name: "${await w.directory()}"`,
  node: async (w) => `id: "${(await nodeIds(w)).Bucket}"`,
  nodes: async (w) => `ids: ${JSON.stringify(Object.values(await nodeIds(w)))}`,
  notificationTargets: inTenant,
  object: async (w) => {
    const { bucket, key } = await w.object();
    return `tenant: "${w.tenant}", bucket: "${bucket}", key: "${key}"`;
  },
  oidcProviders: inTenant,
  policies: inTenant,
  policy: async (w) => `tenant: "${w.tenant}", name: "${await w.policy()}"`,
  policyActions: async () => '',
  search: inTenant,
  sessions: async (w) => `first: 5, tenant: "${w.tenant}", username: "boss"`,
  shareLinks: inTenant,
  signInMethods: async (w) => `tenant: "${w.tenant}"`,
  storage: async () => '',
  tenantPurges: async () => 'first: 5',
  tenant: async (w) => `name: "${w.tenant}"`,
  tenants: async () => 'first: 5',
  upload: async (w) => `id: "${await w.uploadId(await w.object())}"`,
  user: async (w) => `tenant: "${w.tenant}", username: "boss"`,
  users: inTenant,
  viewer: async () => '',
};

/** Every subscription of the schema, to what belongs to a tenant. */
export const subscriptionCalls: Record<string, (world: TenantWorld) => Promise<string>> = {
  jobProgress: async (w) => `id: "${await w.job()}"`,
  objectEvents: async (w) => `tenant: "${w.tenant}", bucket: "${await w.bucket()}"`,
  uploadProgress: async (w) => `uploadId: "${await w.uploadId(await w.object())}"`,
};

/** What anybody may ask before signing in: it shows what is meant for everybody. */
export const openQueries = new Set(['signInMethods']);

/** A global id of every type that has them, of something that a tenant has. */
export async function nodeIds(world: TenantWorld): Promise<Record<string, string>> {
  const object = await world.object();
  const key = await world.encryptionKey();
  const group = await world.group();
  const role = await world.role();
  const [row] = await world.sql<Record<string, string>>(
    `SELECT t.id AS "Tenant", u.id AS "User", b.id AS "Bucket", v.id AS "StoredObject", e.id AS "EncryptionKey",
       g.id AS "Group", p.id AS "Policy", r.user_id AS "IamRole"
     FROM tenant t JOIN user_account u ON u.tenant_id = t.id JOIN bucket b ON b.tenant_id = t.id
       JOIN object_version v ON v.bucket_id = b.id JOIN encryption_key e ON e.tenant_id = t.id
       JOIN user_group g ON g.tenant_id = t.id JOIN policy p ON p.tenant_id = t.id
       JOIN assumable_role r ON r.tenant_id = t.id
     WHERE t.name = $1 AND u.username = 'boss' AND v.key = $2 AND e.name = $3 AND g.name = $4 AND p.name = $5
       AND r.name = $6`,
    [world.tenant, object.key, key, group, await world.policy(), role],
  );
  const ids = Object.entries(row ?? {}).map(([type, id]) => [type, toGlobalId(type, id)]);
  return {
    ...Object.fromEntries(ids),
    AccessKey: toGlobalId('AccessKey', await world.accessKeyId()),
    OidcProvider: await world.oidcProvider(),
    ShareLink: await world.shareLink(),
    ApiKey: toGlobalId('ApiKey', await world.apiKey()),
    Job: await world.job(),
  };
}

/** As the server makes them; also of types that it does not look up yet. */
function toGlobalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url');
}

const deepest = 3;

interface Selection {
  depth?: number;
  /** Fields that are not asked for, as `Type.field`. */
  without?: readonly string[];
}

/** Everything that can be asked of a type without arguments, some levels deep; of lists the first few. */
export function selectionOf(schema: GraphQLSchema, output: GraphQLOutputType, how: Selection = {}): string {
  const { depth = 0, without = [] } = how;
  const type = getNamedType(output);
  if (!isCompositeType(type)) {
    return '';
  }
  if (depth === deepest) {
    return '{ __typename }';
  }
  const deeper = (inner: GraphQLOutputType, field?: string) =>
    selectionOf(schema, inner, { depth: depth + 1, without: field === undefined ? without : [...without, field] });
  if (isUnionType(type)) {
    return `{ __typename ${schema
      .getPossibleTypes(type)
      .map((one) => `... on ${one.name} ${deeper(one)}`)
      .join(' ')} }`;
  }
  // A list inside itself is more than one may ask for.
  const ofItsOwn = (field: GraphQLField<unknown, unknown>) =>
    getNamedType(field.type) === type ? `${type.name}.${field.name}` : undefined;
  const own = Object.values(type.getFields()).flatMap((field) => {
    const needed = field.args.filter(({ name }) => name === 'first').map(() => '(first: 2)');
    const isAskable = field.args.every((arg) => arg.name === 'first' || !isRequiredArgument(arg));
    const isCostly = ['totalCount', 'archive', 'edges'].includes(field.name);
    return isAskable && !isCostly && !without.includes(`${type.name}.${field.name}`)
      ? [`${field.name}${needed.join('')} ${deeper(field.type, ofItsOwn(field))}`]
      : [];
  });
  const variants = isInterfaceType(type)
    ? schema
        .getPossibleTypes(type)
        .filter(isObjectType)
        .map((one) => `... on ${one.name} { __typename }`)
    : [];
  return `{ ${[...own, ...variants].join(' ')} }`;
}
