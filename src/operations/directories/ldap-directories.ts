import type { Credentials } from '../../auth/credential-cache.js';
import type { DirectoryUser } from '../../auth/ldap/ldap-directory.js';
import { LdapFailure } from '../../auth/ldap/ldap-failure.js';
import { mapGroups } from '../../auth/ldap/map-groups.js';
import type { SecretBox } from '../../auth/secret-box.js';
import { type Database, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { Log } from '../context.js';
import { provisionUser } from '../identities/provision-user.js';
import { withdrawUser } from '../identities/withdraw-user.js';
import type { Origin } from '../sign-in/session.js';
import type { Directories, DirectoryCredentials } from './directories.js';
import { mappingRules, OpenDirectories, type OpenDirectory } from './open-directories.js';

/** A user whom a directory vouches for, as it is known here. */
interface KnownUser {
  userId: number;
  tenantId: number;
  tenant: string;
  username: string;
  providerId: string;
  externalId: string;
}

const knownColumns = `
  u.id AS "userId", u.tenant_id AS "tenantId", t.name AS tenant, u.username, u.provider_id AS "providerId",
  u.external_id AS "externalId"`;
const findTenant = statement('find_tenant_of_directory_user', 'SELECT id FROM tenant WHERE name = $1');
const findKnown = statement(
  'find_directory_user',
  `SELECT ${knownColumns} FROM user_account u JOIN tenant t ON t.id = u.tenant_id
   WHERE t.name = $1 AND u.username = $2 AND u.source = 'LDAP'`,
);
const findStaleUser = statement(
  'find_stale_directory_user',
  `SELECT ${knownColumns} FROM user_account u JOIN tenant t ON t.id = u.tenant_id
   WHERE u.id = $1 AND u.source = 'LDAP'
   AND COALESCE(u.source_checked_at < now() - make_interval(secs => $2), true)`,
);
const findStaleUsers = statement(
  'find_stale_directory_users',
  `SELECT ${knownColumns} FROM user_account u JOIN tenant t ON t.id = u.tenant_id
   WHERE u.source = 'LDAP' AND u.provider_id = $1
   AND COALESCE(u.source_checked_at < now() - make_interval(secs => $2), true)
   ORDER BY u.source_checked_at NULLS FIRST LIMIT $3`,
);
const mark = statement('mark_directory_user', 'UPDATE user_account SET source_checked_at = now() WHERE id = $1');

/** How many users of one directory a round checks; the next round goes on with those that were checked longest ago. */
const mostPerRound = 1000;
const roundOrigin: Origin = { requestId: 'directories', sourceIp: null };

/** The LDAP directories that are configured, and what becomes of their users here. */
export class LdapDirectories implements Directories {
  readonly #database: Database;
  readonly #credentials: Credentials;
  readonly #log: Log;
  readonly #recheckSeconds: number;
  readonly #open: OpenDirectories;

  constructor(parts: {
    database: Database;
    credentials: Credentials;
    secretBox: SecretBox;
    log: Log;
    recheckSeconds: number;
  }) {
    this.#database = parts.database;
    this.#credentials = parts.credentials;
    this.#log = parts.log;
    this.#recheckSeconds = parts.recheckSeconds;
    this.#open = new OpenDirectories(parts);
  }

  start(): Promise<void> {
    return this.#open.start();
  }

  stop(): Promise<void> {
    return this.#open.stop();
  }

  async signIn(credentials: DirectoryCredentials): Promise<{ userId: number } | undefined> {
    const { tenant, username, password } = credentials;
    const [known] = await this.#database.query<KnownUser>(findKnown, [tenant, username]);
    const directories = (await this.#open.ofTenant(tenant)).filter(({ id }) => id === (known?.providerId ?? id));
    const silent: OpenDirectory[] = [];
    for (const directory of directories) {
      const found = await this.#ask(directory, silent, () => directory.ldap.authenticate(username, password));
      if (found !== undefined) {
        return this.#admit(directory, found, credentials);
      }
    }
    if (silent[0] !== undefined) {
      throw unavailable(silent[0]);
    }
    return undefined;
  }

  async recheck(userId: number, origin: Origin): Promise<void> {
    const [user] = await this.#database.query<KnownUser>(findStaleUser, [userId, this.#recheckSeconds]);
    const directory = (await this.#open.all()).find(({ id }) => id === user?.providerId);
    if (user !== undefined && directory?.ldap.canSearch) {
      await this.#ask(directory, [], () => this.#check(directory, user, origin));
    }
  }

  async checkUsers({ signal }: { signal: AbortSignal }): Promise<{ checked: number }> {
    let checked = 0;
    for (const directory of await this.#open.all()) {
      checked += directory.ldap.canSearch ? await this.#checkUsersOf(directory, signal) : 0;
    }
    return { checked };
  }

  /** How many users were checked before the directory stopped answering, if it did. */
  async #checkUsersOf(directory: OpenDirectory, signal: AbortSignal): Promise<number> {
    const values = [directory.id, this.#recheckSeconds, mostPerRound];
    const users = await this.#database.query<KnownUser>(findStaleUsers, values);
    for (const [index, user] of users.entries()) {
      const silent: OpenDirectory[] = [];
      await this.#ask(directory, silent, () => this.#check(directory, user, roundOrigin));
      if (silent.length > 0 || signal.aborted) {
        return index;
      }
    }
    return users.length;
  }

  /** Who let the user in says what it may do here; undefined when that is nothing. */
  async #admit(
    directory: OpenDirectory,
    found: DirectoryUser,
    { tenant, origin }: DirectoryCredentials,
  ): Promise<{ userId: number } | undefined> {
    const access = mapGroups(found.groups, mappingRules(directory)).find((mapped) => mapped.tenant === tenant);
    const [row] = await this.#database.query<{ id: number }>(findTenant, [tenant]);
    if (access === undefined || row === undefined || found.user.disabled) {
      const reason = found.user.disabled ? 'it is disabled' : 'its groups give it no role in the tenant';
      const facts = { directory: directory.name, user: found.user.dn, tenant, reason };
      this.#log.info(facts, 'A user of a directory was refused');
      await this.#refuse(directory, found, { tenant, reason, origin });
      return undefined;
    }
    const { userId, disabled } = await this.#database.transaction((tx) =>
      provisionUser(tx, origin, { ...describe(directory, found), ...access, tenantId: row.id, disabled: false }),
    );
    this.#credentials.invalidate(userId);
    return disabled ? undefined : { userId };
  }

  /** Whoever was let in earlier is disabled; nobody is made. */
  async #refuse(
    directory: OpenDirectory,
    { user }: DirectoryUser,
    refusal: { tenant: string; reason: string; origin: Origin },
  ): Promise<void> {
    const [known] = await this.#database.query<KnownUser>(findKnown, [refusal.tenant, user.username]);
    if (known?.providerId === directory.id && known.externalId === user.externalId) {
      const withdrawal = { ...known, reason: refusal.reason };
      await this.#database.transaction((tx) => withdrawUser(tx, refusal.origin, withdrawal));
      this.#credentials.invalidate(known.userId);
    }
  }

  async #check(directory: OpenDirectory, known: KnownUser, origin: Origin): Promise<void> {
    const { tenant, tenantId } = known;
    const found = await directory.ldap.find(known.externalId);
    const mapped = found === undefined ? [] : mapGroups(found.groups, mappingRules(directory));
    const access = mapped.find((candidate) => candidate.tenant === tenant);
    await this.#database
      .transaction(async (tx) => {
        if (found === undefined) {
          await withdrawUser(tx, origin, { ...known, reason: 'the directory has it no longer' });
        } else if (access === undefined || found.user.disabled) {
          const reason = found.user.disabled ? 'the directory disabled it' : 'its groups give it no role';
          await withdrawUser(tx, origin, { ...known, reason });
        } else {
          await provisionUser(tx, origin, { ...describe(directory, found), ...access, tenantId, disabled: false });
        }
      })
      .catch((error) => this.#passOver(known, error));
    // Its own announcement reaches this process a moment later.
    this.#credentials.invalidate(known.userId);
  }

  /** A name that somebody else has here now keeps neither the round nor the session of the user from going on. */
  async #passOver(known: KnownUser, error: unknown): Promise<void> {
    if (!(error instanceof GranaryError) || (error.kind !== 'Conflict' && error.kind !== 'InvalidInput')) {
      throw error;
    }
    this.#log.warn(
      { user: known.username, error: error.message },
      'A user of a directory cannot be brought up to date',
    );
    await this.#database.query(mark, [known.userId]);
  }

  /** What the directory answers; undefined when it does not, which is logged and noted. */
  async #ask<T>(directory: OpenDirectory, silent: OpenDirectory[], work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LdapFailure)) {
        throw error;
      }
      const facts = { directory: directory.name, problem: error.problem, error: error.message };
      this.#log.warn(facts, 'A directory does not answer as it should');
      silent.push(directory);
      return undefined;
    }
  }
}

function describe({ id }: OpenDirectory, { user }: DirectoryUser) {
  const { externalId, username, displayName, email } = user;
  return { source: 'LDAP', providerId: id, externalId, username, displayName, email } as const;
}

/** Names the directory, and nothing of where it is. */
function unavailable({ name }: OpenDirectory): GranaryError {
  return new GranaryError(
    'Unavailable',
    `The directory "${name}" cannot be reached just now. Who signs in with a password of it has to wait.`,
    { reason: 'DirectoryUnavailable' },
  );
}
