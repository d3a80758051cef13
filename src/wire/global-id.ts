/** The types that have a global id. */
export type NodeType =
  | 'Tenant'
  | 'User'
  | 'AccessKey'
  | 'ApiKey'
  | 'Bucket'
  | 'StoredObject'
  | 'EncryptionKey'
  | 'OidcProvider'
  | 'Group'
  | 'IamRole'
  | 'Policy'
  | 'ShareLink'
  | 'Job';

const nodeTypes = new Set<string>([
  'Tenant',
  'User',
  'AccessKey',
  'ApiKey',
  'Bucket',
  'StoredObject',
  'EncryptionKey',
  'OidcProvider',
  'Group',
  'IamRole',
  'Policy',
  'ShareLink',
  'Job',
] satisfies NodeType[]);

/** The global id of a row: opaque to clients, and no secret, for every look-up checks the tenant. */
export function toGlobalId(type: NodeType, id: number | string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url');
}

/** What a global id stands for; undefined for what this server never gave out. */
export function parseGlobalId(globalId: string): { type: NodeType; id: string } | undefined {
  const text = Buffer.from(globalId.slice(0, 512), 'base64url').toString();
  const separator = text.indexOf(':');
  const type = text.slice(0, separator);
  const id = text.slice(separator + 1);
  const isWhole = separator > 0 && id !== '' && nodeTypes.has(type) && toGlobalId(type as NodeType, id) === globalId;
  return isWhole ? { type: type as NodeType, id } : undefined;
}

/** The row id in a global id; undefined unless it is a positive integer. */
export function parseRowId(id: string): number | undefined {
  return /^[1-9]\d{0,15}$/.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : undefined;
}
