import { randomUUID } from 'node:crypto';
import { WorkGate } from '../../turns/work-gate.js';
import { findGroups } from './find-groups.js';
import { findBoundUser, findUserByDn, findUserById, findUserByName } from './find-user.js';
import type { LdapConnection } from './ldap-connection.js';
import { fillBindName, isDnTemplate } from './ldap-escape.js';
import { LdapFailure } from './ldap-failure.js';
import { LdapPool } from './ldap-pool.js';
import { LdapServers } from './ldap-servers.js';
import type { LdapGroup, LdapSettings, LdapUser } from './ldap-settings.js';

/** Somebody of the directory, and the groups there. */
export interface DirectoryUser {
  readonly user: LdapUser;
  readonly groups: readonly LdapGroup[];
}

const idleMs = 60_000;

/** A directory that passwords and users are asked of. Every method may throw LdapFailure when it does not answer. */
export class LdapDirectory {
  readonly #settings: LdapSettings;
  readonly #servers: LdapServers;
  readonly #pool: LdapPool;
  readonly #signIns = new WorkGate({ running: 16, waiting: 64 });

  constructor(settings: LdapSettings) {
    this.#settings = settings;
    this.#servers = new LdapServers(settings);
    this.#pool = new LdapPool({
      open: () => this.#openForSearches(),
      size: settings.poolSize,
      idleMs,
      waitMs: settings.operationTimeoutMs,
    });
  }

  /** Whether users can be looked up without their passwords. */
  get canSearch(): boolean {
    return this.#settings.bindMode === 'SEARCH' || this.#settings.bindDn !== null;
  }

  /** Who has this name and password; undefined when nobody has, which an empty password never does. */
  async authenticate(username: string, password: string): Promise<DirectoryUser | undefined> {
    if (username === '' || password === '') {
      return undefined;
    }
    const isDirect = this.#settings.bindMode === 'DIRECT';
    return this.#signIns.run(() =>
      isDirect ? this.#bindFirst(username, password) : this.#searchFirst(username, password),
    );
  }

  /** Who has this external id now; undefined when nobody has. Only where {@link canSearch}. */
  find(externalId: string): Promise<DirectoryUser | undefined> {
    return this.#pool.run(async (connection) =>
      this.#withGroups(connection, await findUserById(connection, this.#settings, externalId)),
    );
  }

  close(): void {
    this.#pool.close();
  }

  async #searchFirst(username: string, password: string): Promise<DirectoryUser | undefined> {
    const user = await this.#pool.run((connection) => findUserByName(connection, this.#settings, username));
    // Whoever is not there is asked for as well, so that the answer takes as long.
    const dn = user?.dn ?? `cn=${randomUUID()},${this.#settings.baseDn}`;
    const connection = await this.#servers.connect();
    const { accepted } = await connection.bind(dn, password).finally(() => connection.close());
    return accepted && user !== undefined
      ? this.#pool.run((searching) => this.#withGroups(searching, user))
      : undefined;
  }

  async #bindFirst(username: string, password: string): Promise<DirectoryUser | undefined> {
    const template = this.#settings.userDnTemplate ?? '';
    const name = fillBindName(template, username);
    const connection = await this.#servers.connect();
    try {
      const { accepted } = await connection.bind(name, password);
      if (!accepted) {
        return undefined;
      }
      const user = isDnTemplate(template)
        ? await findUserByDn(connection, this.#settings, name)
        : await findBoundUser(connection, this.#settings, username);
      return await this.#withGroups(connection, user);
    } finally {
      connection.close();
    }
  }

  async #withGroups(connection: LdapConnection, user: LdapUser | undefined): Promise<DirectoryUser | undefined> {
    return user === undefined
      ? undefined
      : { user, groups: await findGroups({ connection, settings: this.#settings, user }) };
  }

  async #openForSearches(): Promise<LdapConnection> {
    const connection = await this.#servers.connect();
    try {
      await bindForSearches(connection, this.#settings);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }
}

/** Binds as the account that searches; nobody's connection searches anonymously. @throws LdapFailure REFUSED */
export async function bindForSearches(connection: LdapConnection, settings: LdapSettings): Promise<void> {
  if (settings.bindDn === null) {
    return;
  }
  const outcome = await connection.bind(settings.bindDn, settings.bindPassword ?? '');
  if (!outcome.accepted) {
    throw new LdapFailure('REFUSED', `The account that searches was refused: ${outcome.reason}`);
  }
}
