import { AndFilter, type Entry, type Filter, FilterParser } from 'ldapts';
import { dnKey } from './distinguished-name.js';
import type { LdapConnection } from './ldap-connection.js';
import { binaryAttributesOf, bytesOf, readUser, uniqueIdFilter, userAttributes } from './ldap-entry.js';
import { fillFilter, matchAnyUser } from './ldap-escape.js';
import { LdapFailure } from './ldap-failure.js';
import type { LdapSettings, LdapUser } from './ldap-settings.js';

/** The user of this name; undefined when no entry fits the filter. @throws LdapFailure LIMIT when several do. */
export async function findUserByName(
  connection: LdapConnection,
  settings: LdapSettings,
  username: string,
): Promise<LdapUser | undefined> {
  const filter = FilterParser.parseString(fillFilter(settings.userFilter, username));
  return findOne(connection, settings, { base: settings.baseDn, scope: 'sub', filter });
}

/** The user with this DN. */
export async function findUserByDn(
  connection: LdapConnection,
  settings: LdapSettings,
  dn: string,
): Promise<LdapUser | undefined> {
  return findOne(connection, settings, { base: dn, scope: 'base', filter: anyEntry });
}

/**
 * The user that had this external id, whatever its name is now; undefined when it is gone or no longer one of those
 * that the filter is for. @throws LdapFailure when nothing can be seen below the base, which says nothing of anybody.
 */
export async function findUserById(
  connection: LdapConnection,
  settings: LdapSettings,
  externalId: string,
): Promise<LdapUser | undefined> {
  const { baseDn, userFilter, attributes } = settings;
  const filters = [uniqueIdFilter(attributes.uniqueId, externalId), FilterParser.parseString(matchAnyUser(userFilter))];
  const user = await findOne(connection, settings, { base: baseDn, scope: 'sub', filter: new AndFilter({ filters }) });
  if (user === undefined) {
    await requireBase(connection, baseDn);
  }
  return user;
}

/**
 * The user of this name, when it is the one that the server takes the connection for. Names that are no DN can mean
 * somebody else than the search finds: in Active Directory what stands before the @ need not be the account's name.
 */
export async function findBoundUser(
  connection: LdapConnection,
  settings: LdapSettings,
  username: string,
): Promise<LdapUser | undefined> {
  const user = await findUserByName(connection, settings, username);
  return user !== undefined && (await isBoundAs(connection, user.dn)) ? user : undefined;
}

async function isBoundAs(connection: LdapConnection, dn: string): Promise<boolean> {
  const [own] = await securityIds(connection, '', 'tokenGroups');
  if (own === undefined) {
    const identity = await connection.whoAmI();
    return identity.startsWith('dn:') && dnKey(identity.slice(3)) === dnKey(dn);
  }
  const [found] = await securityIds(connection, dn, 'objectSid');
  return found?.equals(own) === true;
}

/** In Active Directory the root tells the ids of the connection, its own first, and each entry its own. */
async function securityIds(connection: LdapConnection, base: string, attribute: string): Promise<Buffer[]> {
  const entries = await connection.search({
    ...{ base, scope: 'base', filter: anyEntry, attributes: [attribute], binary: [attribute], limit: 1 },
  });
  return entries.flatMap((entry) => bytesOf(entry, attribute));
}

const anyEntry = '(objectClass=*)';

async function findOne(
  connection: LdapConnection,
  settings: LdapSettings,
  where: { base: string; scope: 'base' | 'sub'; filter: string | Filter },
): Promise<LdapUser | undefined> {
  const [entry]: Entry[] = await connection.search({
    ...where,
    attributes: userAttributes(settings),
    binary: binaryAttributesOf(settings),
    limit: 1,
  });
  if (entry === undefined) {
    return undefined;
  }
  const user = readUser(entry, settings);
  if (user === undefined) {
    const { username, uniqueId } = settings.attributes;
    throw new LdapFailure('PROTOCOL', `The entry ${entry.dn} has no ${username} or no ${uniqueId} that can be read.`);
  }
  return user;
}

async function requireBase(connection: LdapConnection, base: string): Promise<void> {
  const found = await connection.search({ base, scope: 'base', filter: anyEntry, attributes: ['1.1'], limit: 1 });
  if (found.length === 0) {
    throw new LdapFailure('PROTOCOL', `The base ${base} is not there, or may not be read.`);
  }
}
