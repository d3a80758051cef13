import type { LdapSettings } from '../../auth/ldap/ldap-settings.js';
import type { SecretBox } from '../../auth/secret-box.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { DirectorySettings } from './ldap-directory-settings.js';

/** Tells every process that a directory was made, changed or removed. */
export const DIRECTORY_CHANNEL = 'granary_directory';

/** A directory as it is shown; the password of the account that searches never is. */
export interface LdapDirectoryInfo {
  id: string;
  name: string;
  /** Whose users it has; null when its groups say so. */
  tenant: string | null;
  enabled: boolean;
  priority: number;
  settings: DirectorySettings;
  createdAt: Date;
  updatedAt: Date;
}

/** A directory with the sealed password. */
export interface LdapDirectoryState extends LdapDirectoryInfo {
  bindPasswordSealed: Buffer;
}

const columns = `
  d.id, d.name, t.name AS tenant, d.enabled, d.priority, d.settings, d.created_at AS "createdAt",
  d.updated_at AS "updatedAt", d.bind_password_sealed AS "bindPasswordSealed"`;

const findByName = statement(
  'find_ldap_directory',
  `SELECT ${columns} FROM ldap_directory d LEFT JOIN tenant t ON t.id = d.tenant_id WHERE d.name = $1`,
);
const findForUpdate = statement(
  'find_ldap_directory_for_update',
  `SELECT ${columns} FROM ldap_directory d LEFT JOIN tenant t ON t.id = d.tenant_id WHERE d.name = $1 FOR UPDATE OF d`,
);
const findEnabled = statement(
  'find_enabled_ldap_directories',
  `SELECT ${columns} FROM ldap_directory d LEFT JOIN tenant t ON t.id = d.tenant_id
   WHERE d.enabled ORDER BY d.priority, d.name`,
);
const notify = statement('notify_ldap_directory', 'SELECT pg_notify($1, $2)');

/** What the password of the account that searches is sealed for. */
export function directorySealContext(id: string): string {
  return `ldap_directory/${id}`;
}

/** The directory of this name. @throws GranaryError NotFound */
export async function findLdapDirectory(
  database: Queryable,
  name: string,
  purpose: 'READ' | 'CHANGE',
): Promise<LdapDirectoryState> {
  const [row] = await database.query<LdapDirectoryState>(purpose === 'READ' ? findByName : findForUpdate, [name]);
  if (row === undefined) {
    throw new GranaryError('NotFound', 'There is no such directory.', {
      reason: 'NoSuchDirectory',
      field: ['input', 'name'],
    });
  }
  return row;
}

/** The directories that are asked, in the order in which they are. */
export function findEnabledDirectories(database: Queryable): Promise<LdapDirectoryState[]> {
  return database.query<LdapDirectoryState>(findEnabled, []);
}

/** The settings with the password, for connections. */
export function openDirectorySettings(secretBox: SecretBox, state: LdapDirectoryState): LdapSettings {
  const bindPassword = secretBox.open(state.bindPasswordSealed, directorySealContext(state.id));
  return { ...state.settings, bindPassword: bindPassword === '' ? null : bindPassword };
}

/** Tells every process, when the transaction commits, that what it knows of directories is old. */
export async function announceDirectoryChange(tx: Queryable, id: string): Promise<void> {
  await tx.query(notify, [DIRECTORY_CHANNEL, id]);
}

/** Without what is not shown. */
export function toDirectoryInfo({ bindPasswordSealed: _, ...info }: LdapDirectoryState): LdapDirectoryInfo {
  return info;
}
