import { AndFilter, type Entry, EqualityFilter, ExtensibleFilter, type Filter, FilterParser, OrFilter } from 'ldapts';
import { commonNameOf, dnKey, isBelow } from './distinguished-name.js';
import type { LdapConnection } from './ldap-connection.js';
import { isCutShort, textsOf } from './ldap-entry.js';
import { LdapFailure } from './ldap-failure.js';
import type { LdapGroup, LdapSettings, LdapUser } from './ldap-settings.js';

/** Follows membership through any number of groups. https://learn.microsoft.com/en-us/windows/win32/adsi/search-filter-syntax */
const matchingRuleInChain = '1.2.840.113556.1.4.1941';

/** A chain of groups in groups that is longer, and more groups of one user, are refused: leaving some out could give rights. */
const limits = { depth: 16, groups: 1000 };

/** How many groups one search asks for. */
const batchSize = 20;

interface Lookup {
  connection: LdapConnection;
  settings: LdapSettings;
  user: LdapUser;
}

/** The groups that a user is in, also through other groups where the settings say so. @throws LdapFailure */
export async function findGroups(lookup: Lookup): Promise<LdapGroup[]> {
  const { settings } = lookup;
  if (settings.groupLookup === 'NONE') {
    return [];
  }
  if (settings.groupLookup === 'POSIX') {
    return searchGroups(lookup, posixFilter(lookup.user));
  }
  if (settings.nesting === 'IN_CHAIN') {
    return searchGroups(lookup, inChain(lookup.user.dn));
  }
  const direct = settings.groupLookup === 'MEMBER' ? await groupsAbove(lookup, [lookup.user.dn]) : memberOfUser(lookup);
  const found = settings.nesting === 'WALK' ? await walk(lookup, direct) : direct;
  const base = settings.groupBaseDn ?? settings.baseDn;
  return found.filter(({ dn }) => isBelow(dn, base));
}

/** Groups in which groups are, level by level; each is visited once, so that circles end. */
async function walk(lookup: Lookup, direct: LdapGroup[]): Promise<LdapGroup[]> {
  const found = new Map<string, LdapGroup>();
  let level = direct;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= limits.depth) {
      throw new LdapFailure('LIMIT', `Groups are in groups more than ${limits.depth} levels deep.`);
    }
    const fresh = level.filter(({ dn }) => !found.has(dnKey(dn)));
    for (const group of fresh) {
      found.set(dnKey(group.dn), group);
    }
    checkCount(found.size);
    const names = fresh.map(({ dn }) => dn);
    level = lookup.settings.groupLookup === 'MEMBER' ? await groupsAbove(lookup, names) : await namedBy(lookup, names);
  }
  return [...found.values()];
}

/** The groups that have any of these as a member. */
async function groupsAbove(lookup: Lookup, members: string[]): Promise<LdapGroup[]> {
  const found: LdapGroup[] = [];
  for (let start = 0; start < members.length; start += batchSize) {
    const filters = members
      .slice(start, start + batchSize)
      .flatMap((value) => [
        new EqualityFilter({ attribute: 'member', value }),
        new EqualityFilter({ attribute: 'uniqueMember', value }),
      ]);
    found.push(...(await searchGroups(lookup, new OrFilter({ filters }))));
    checkCount(found.length);
  }
  return found;
}

/** The groups that the entries of groups name as theirs. */
async function namedBy({ connection }: Lookup, groups: string[]): Promise<LdapGroup[]> {
  const found: LdapGroup[] = [];
  for (const base of groups) {
    const entries = await connection.search({
      ...{ base, scope: 'base', filter: '(objectClass=*)', attributes: ['memberOf'], limit: 1 },
    });
    found.push(...entries.flatMap(namedGroups));
    checkCount(found.length);
  }
  return found;
}

async function searchGroups({ connection, settings }: Lookup, filter: Filter): Promise<LdapGroup[]> {
  const entries = await connection.search({
    base: settings.groupBaseDn ?? settings.baseDn,
    scope: 'sub',
    filter: new AndFilter({ filters: [FilterParser.parseString(settings.groupFilter), filter] }),
    attributes: ['cn'],
    limit: limits.groups,
  });
  return entries.map((entry) => ({ dn: entry.dn, cn: textsOf(entry, 'cn')[0] ?? commonNameOf(entry.dn) }));
}

function memberOfUser({ user }: Lookup): LdapGroup[] {
  checkCount(user.memberOf.length);
  return user.memberOf.map(toGroup);
}

function namedGroups(entry: Entry): LdapGroup[] {
  if (isCutShort(entry, 'memberOf')) {
    throw tooMany();
  }
  return textsOf(entry, 'memberOf').map(toGroup);
}

function toGroup(dn: string): LdapGroup {
  return { dn, cn: commonNameOf(dn) };
}

/** By name, and the primary group by its number. https://www.rfc-editor.org/rfc/rfc2307 */
function posixFilter({ username, gidNumber }: LdapUser): Filter {
  const byName = new EqualityFilter({ attribute: 'memberUid', value: username });
  if (gidNumber === undefined) {
    return byName;
  }
  // Users have the number as well.
  const isGroup = new EqualityFilter({ attribute: 'objectClass', value: 'posixGroup' });
  const byNumber = [isGroup, new EqualityFilter({ attribute: 'gidNumber', value: gidNumber })];
  return new OrFilter({ filters: [byName, new AndFilter({ filters: byNumber })] });
}

function inChain(dn: string): Filter {
  return new ExtensibleFilter({ matchType: 'member', rule: matchingRuleInChain, value: dn });
}

function checkCount(count: number): void {
  if (count > limits.groups) {
    throw tooMany();
  }
}

function tooMany(): LdapFailure {
  return new LdapFailure('LIMIT', `The user is in more than ${limits.groups} groups.`);
}
