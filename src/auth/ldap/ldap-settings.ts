import type {
  DirectoryBindMode,
  DirectoryGroupLookup,
  DirectoryNesting,
  DirectoryTransport,
} from '../../entities/directory-enums.js';
import type { Role } from '../../entities/enums.js';

/** What members of a group of the directory get here. */
export interface GroupMapping {
  /** A DN, or what is compared with the CN; in both `*` and `?` stand for characters, never across the parts of a DN. */
  readonly group: string;
  /** The tenant whose user a member is; only in a directory of no tenant. Without it the tenant `default`. */
  readonly tenant?: string | undefined;
  readonly role?: Role | undefined;
  /** Names of groups of that tenant. */
  readonly groups: readonly string[];
  /** Names of policies of that tenant. */
  readonly policies: readonly string[];
}

/** Where in an entry what is, by the names of attributes. */
export interface DirectoryAttributes {
  readonly username: string;
  readonly displayName: string;
  readonly email: string;
  /** What stays the same when the entry is renamed or moved: `entryUUID`, `objectGUID`. */
  readonly uniqueId: string;
}

/** How the servers of a directory are reached and asked. */
export interface LdapSettings {
  /** `ldap://host:port` and `ldaps://host:port`, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** With TLS, an `ldap://` server must take StartTLS. */
  readonly transport: DirectoryTransport;
  /** Authorities in PEM form that vouch for the servers; null for those that Node.js knows. */
  readonly caCertificates: string | null;
  /** The name that the certificate must have; null for the one in the URL. */
  readonly serverName: string | null;
  readonly bindMode: DirectoryBindMode;
  /** Who searches; null for nobody, that is, anonymously. */
  readonly bindDn: string | null;
  readonly bindPassword: string | null;
  /** For direct binds, with `{username}`: a DN, or what else the directory takes, such as `{username}@example.com`. */
  readonly userDnTemplate: string | null;
  readonly baseDn: string;
  /** With `{username}`. */
  readonly userFilter: string;
  readonly attributes: DirectoryAttributes;
  readonly groupLookup: DirectoryGroupLookup;
  readonly nesting: DirectoryNesting;
  /** Where groups are; null for {@link baseDn}. */
  readonly groupBaseDn: string | null;
  /** Which entries are groups. */
  readonly groupFilter: string;
  readonly connectTimeoutMs: number;
  readonly operationTimeoutMs: number;
  /** Most connections for searches. */
  readonly poolSize: number;
}

/** A group of the directory that somebody is in. */
export interface LdapGroup {
  readonly dn: string;
  readonly cn: string;
}

/** Somebody's entry in the directory. */
export interface LdapUser {
  readonly dn: string;
  readonly externalId: string;
  readonly username: string;
  readonly displayName: string | undefined;
  readonly email: string | undefined;
  /** True when the entry says that nobody may sign in with it. */
  readonly disabled: boolean;
  /** Where the directory keeps them in the user's entry. */
  readonly memberOf: readonly string[];
  readonly gidNumber: string | undefined;
}
