import { type Entry, EqualityFilter } from 'ldapts';
import type { LdapSettings, LdapUser } from './ldap-settings.js';

/** Of which attributes the values are bytes, and not text. */
const binaryAttributes = new Set(['objectguid', 'objectsid', 'guid']);

/** Attributes that say whether somebody may sign in, by the directory that has them. */
const accountAttributes = ['userAccountControl', 'accountExpires', 'pwdAccountLockedTime', 'nsAccountLock'];

/** https://learn.microsoft.com/en-us/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties */
const accountDisabledFlag = 0x2;
/** An account without an end. https://learn.microsoft.com/en-us/windows/win32/adschema/a-accountexpires */
const neverExpires = new Set(['0', '9223372036854775807']);
/** 100-nanosecond steps since 1601, as Active Directory counts time, at the beginning of 1970. */
const windowsEpoch = 116_444_736_000_000_000n;
/** Locked until an administrator unlocks it; other times are pauses after wrong passwords, which the bind judges. */
const lockedForGood = '000001010000Z';

/** What is asked for of a user's entry. */
export function userAttributes({ attributes }: LdapSettings): string[] {
  const { username, displayName, email, uniqueId } = attributes;
  return [...new Set([username, displayName, email, uniqueId, 'memberOf', 'gidNumber', ...accountAttributes])];
}

export function binaryAttributesOf({ attributes }: LdapSettings): string[] {
  return isBinary(attributes.uniqueId) ? [attributes.uniqueId] : [];
}

/** An entry as a user; undefined when it lacks its name or what tells it from all others. */
export function readUser(entry: Entry, settings: LdapSettings): LdapUser | undefined {
  const { attributes } = settings;
  const externalId = readUniqueId(entry, attributes.uniqueId);
  const username = textOf(entry, attributes.username);
  if (externalId === undefined || username === undefined) {
    return undefined;
  }
  return {
    ...{ dn: entry.dn, externalId, username },
    displayName: textOf(entry, attributes.displayName),
    email: textOf(entry, attributes.email),
    disabled: isDisabled(entry),
    memberOf: textsOf(entry, 'memberOf'),
    gidNumber: textOf(entry, 'gidNumber'),
  };
}

/** The filter that finds an entry by what {@link readUser} gave as its external id. */
export function uniqueIdFilter(attribute: string, externalId: string): EqualityFilter {
  return new EqualityFilter({ attribute, value: isBinary(attribute) ? Buffer.from(externalId, 'hex') : externalId });
}

/** The values of an attribute that are text. Names of attributes have no case. */
export function textsOf(entry: Entry, attribute: string): string[] {
  return valuesOf(entry, attribute).filter((value): value is string => typeof value === 'string');
}

/** The values of an attribute that was asked for as bytes. */
export function bytesOf(entry: Entry, attribute: string): Buffer[] {
  return valuesOf(entry, attribute).filter((value): value is Buffer => typeof value !== 'string');
}

/** True when the server gave only some of the values: `memberOf;range=0-1499`. */
export function isCutShort(entry: Entry, attribute: string): boolean {
  const start = `${attribute.toLowerCase()};range=`;
  return Object.keys(entry).some((name) => name.toLowerCase().startsWith(start));
}

function isBinary(attribute: string): boolean {
  return binaryAttributes.has(attribute.toLowerCase());
}

function readUniqueId(entry: Entry, attribute: string): string | undefined {
  const [value] = valuesOf(entry, attribute);
  const text = typeof value === 'string' ? value : value?.toString('hex');
  return text === '' ? undefined : text;
}

function textOf(entry: Entry, attribute: string): string | undefined {
  return textsOf(entry, attribute).find((value) => value !== '');
}

function valuesOf(entry: Entry, attribute: string): (string | Buffer)[] {
  const wanted = attribute.toLowerCase();
  return Object.entries(entry).flatMap(([name, value]) => (name.toLowerCase() === wanted ? value : []));
}

function isDisabled(entry: Entry): boolean {
  const flags = Number(textOf(entry, 'userAccountControl') ?? '0');
  const expires = textOf(entry, 'accountExpires');
  return (
    (flags & accountDisabledFlag) !== 0 ||
    (expires !== undefined && hasExpired(expires)) ||
    textOf(entry, 'pwdAccountLockedTime') === lockedForGood ||
    textOf(entry, 'nsAccountLock')?.toLowerCase() === 'true'
  );
}

function hasExpired(fileTime: string): boolean {
  return /^\d{1,19}$/.test(fileTime) && !neverExpires.has(fileTime) && toMilliseconds(fileTime) <= Date.now();
}

function toMilliseconds(fileTime: string): number {
  return Number((BigInt(fileTime) - windowsEpoch) / 10_000n);
}
