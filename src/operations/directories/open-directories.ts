import { LdapDirectory } from '../../auth/ldap/ldap-directory.js';
import type { SecretBox } from '../../auth/secret-box.js';
import type { Database } from '../../database/database.js';
import { DIRECTORY_CHANNEL, findEnabledDirectories, openDirectorySettings } from './ldap-directory-rows.js';
import { type DirectorySettings, fallbackTenant } from './ldap-directory-settings.js';

/** A directory that can be asked. */
export interface OpenDirectory {
  readonly id: string;
  readonly name: string;
  /** Whose users it has; null when its groups say so. */
  readonly tenant: string | null;
  readonly settings: DirectorySettings;
  readonly ldap: LdapDirectory;
}

/** The enabled directories in the order in which they are asked, with their connections. Changes are followed. */
export class OpenDirectories {
  readonly #database: Database;
  readonly #secretBox: SecretBox;
  #opened: Promise<OpenDirectory[]> | undefined;
  #stopListening: (() => Promise<void>) | undefined;

  constructor(parts: { database: Database; secretBox: SecretBox }) {
    this.#database = parts.database;
    this.#secretBox = parts.secretBox;
  }

  /** Follows what other processes change. */
  async start(): Promise<void> {
    const forget = (): Promise<void> => this.clear();
    this.#stopListening = await this.#database.listen(DIRECTORY_CHANNEL, forget, forget);
  }

  async stop(): Promise<void> {
    await this.#stopListening?.();
    await this.clear();
  }

  all(): Promise<OpenDirectory[]> {
    if (this.#opened === undefined) {
      const opening = this.#open();
      this.#opened = opening;
      opening.catch(() => {
        this.#opened = this.#opened === opening ? undefined : this.#opened;
      });
    }
    return this.#opened;
  }

  /** Those that may have users of a tenant, its own first. */
  async ofTenant(tenant: string): Promise<OpenDirectory[]> {
    const all = await this.all();
    const shared = all.filter((directory) => directory.tenant === null);
    return [...all.filter((directory) => directory.tenant === tenant), ...shared];
  }

  /** Closes idle connections; what is under way ends on its own. */
  async clear(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    for (const { ldap } of (await opened?.catch(() => [])) ?? []) {
      ldap.close();
    }
  }

  async #open(): Promise<OpenDirectory[]> {
    const rows = await findEnabledDirectories(this.#database);
    return rows.map((row) => ({
      ...{ id: row.id, name: row.name, tenant: row.tenant, settings: row.settings },
      ldap: new LdapDirectory(openDirectorySettings(this.#secretBox, row)),
    }));
  }
}

/** How the groups of a directory are read. */
export function mappingRules({ settings, tenant }: Pick<OpenDirectory, 'settings' | 'tenant'>) {
  const { mappings, defaultRole } = settings;
  return { mappings, defaultRole, homeTenant: tenant ?? fallbackTenant };
}
