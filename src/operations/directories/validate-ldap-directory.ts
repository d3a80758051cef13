import { X509Certificate } from 'node:crypto';
import { FilterParser } from 'ldapts';
import { parseDn } from '../../auth/ldap/distinguished-name.js';
import { fillFilter, hasPlaceholder, matchAnyUser } from '../../auth/ldap/ldap-escape.js';
import type { GroupMapping } from '../../auth/ldap/ldap-settings.js';
import { GranaryError } from '../../errors.js';
import { isTenantName } from '../identities/identity-input.js';
import { type DirectorySettings, fallbackTenant } from './ldap-directory-settings.js';

const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const attributePattern = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
const hostPattern = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})$/;
const most = { urls: 8, mappings: 1000, names: 100, text: 1024, certificates: 2 ** 16 };

export function validateDirectoryName(name: string): void {
  check(namePattern.test(name), 'name', 'A name has 1 to 63 characters: lower-case letters, digits and - inside.');
}

/** Throws `InvalidInput` that names the field and what is wrong with it. */
export function validateDirectory(settings: DirectorySettings, tenant: string | null): void {
  validateServers(settings);
  validateUsers(settings);
  validateGroups(settings);
  validateLimits(settings);
  for (const [index, mapping] of settings.mappings.entries()) {
    validateMapping(mapping, `mappings[${index}]`, tenant);
  }
  const isServerWide = settings.defaultRole === 'ADMINISTRATOR';
  check(!isServerWide, 'defaultRole', 'Global administrators are those of a group: the default role cannot make them.');
}

function validateServers({ urls, transport, caCertificates, serverName }: DirectorySettings): void {
  check(urls.length >= 1 && urls.length <= most.urls, 'urls', `A directory has 1 to ${most.urls} servers.`);
  check(new Set(urls).size === urls.length, 'urls', 'A server is named twice.');
  for (const text of urls) {
    const url = URL.parse(text);
    check(
      url !== null && isServerUrl(url),
      'urls',
      'A server is ldap://host or ldaps://host, perhaps with a port, and nothing else.',
    );
    check(
      transport === 'TLS' || url?.protocol === 'ldap:',
      'transport',
      'CLEARTEXT goes with ldap:// servers only; ldaps:// is TLS.',
    );
  }
  check(serverName === null || hostPattern.test(serverName), 'serverName', 'serverName is the name of a host.');
  check(
    caCertificates === null || areCertificates(caCertificates),
    'caCertificates',
    'These are no certificates in PEM form.',
  );
}

function isServerUrl(url: URL): boolean {
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const isLdap = url.protocol === 'ldap:' || url.protocol === 'ldaps:';
  return isLdap && isBare && (url.pathname === '' || url.pathname === '/') && hostPattern.test(url.hostname);
}

function areCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return pem.length <= most.certificates && blocks.length > 0 && blocks.every((block) => new X509Certificate(block));
  } catch {
    return false;
  }
}

function validateUsers(settings: DirectorySettings): void {
  const { bindMode, bindDn, userDnTemplate, baseDn, userFilter, attributes } = settings;
  check(isDn(baseDn), 'baseDn', 'baseDn is a name such as dc=example,dc=com.');
  check(bindDn === null || isText(bindDn), 'bindDn', 'bindDn is a name such as cn=reader,dc=example,dc=com.');
  check(
    isFilter(userFilter) && hasPlaceholder(userFilter),
    'userFilter',
    'userFilter is a search filter that has {username}.',
  );
  check(
    bindMode === 'SEARCH' || (userDnTemplate !== null && isText(userDnTemplate) && hasPlaceholder(userDnTemplate)),
    'userDnTemplate',
    'Direct binds need a template that has {username}.',
  );
  for (const [field, attribute] of Object.entries(attributes)) {
    check(attributePattern.test(attribute), `${field}Attribute`, 'This is not the name of an attribute.');
  }
}

function validateGroups({ groupLookup, nesting, groupBaseDn, groupFilter }: DirectorySettings): void {
  check(
    groupBaseDn === null || isDn(groupBaseDn),
    'groupBaseDn',
    'groupBaseDn is a name such as ou=groups,dc=example,dc=com.',
  );
  check(isFilter(groupFilter), 'groupFilter', 'groupFilter is a search filter such as (objectClass=groupOfNames).');
  check(
    groupLookup !== 'POSIX' || nesting !== 'IN_CHAIN',
    'nesting',
    'The matching rule of Active Directory does not know posix groups.',
  );
}

function validateLimits({ connectTimeoutMs, operationTimeoutMs, poolSize }: DirectorySettings): void {
  const isTime = (value: number): boolean => value >= 100 && value <= 60_000;
  check(isTime(connectTimeoutMs), 'connectTimeoutMs', 'connectTimeoutMs is 100 to 60000.');
  check(isTime(operationTimeoutMs), 'operationTimeoutMs', 'operationTimeoutMs is 100 to 60000.');
  check(poolSize >= 1 && poolSize <= 64, 'poolSize', 'poolSize is 1 to 64.');
}

function validateMapping(mapping: GroupMapping, field: string, tenant: string | null): void {
  const { group, role, groups, policies } = mapping;
  check(isText(group) && (!group.includes('=') || isDn(group)), field, 'A group is a DN or a CN.');
  check(
    tenant === null || mapping.tenant === undefined,
    field,
    'Only a directory of no tenant leads to other tenants.',
  );
  check(mapping.tenant === undefined || isTenantName(mapping.tenant), field, 'This is not the name of a tenant.');
  check(
    role !== 'ADMINISTRATOR' || (mapping.tenant ?? tenant ?? fallbackTenant) === fallbackTenant,
    field,
    `Global administrators are users of the tenant "${fallbackTenant}".`,
  );
  for (const names of [groups, policies]) {
    check(names.length <= most.names && names.every(isText), field, 'These are not names of groups or policies.');
  }
}

function isFilter(filter: string): boolean {
  try {
    FilterParser.parseString(fillFilter(filter, 'x'));
    FilterParser.parseString(matchAnyUser(filter));
    return filter.length <= most.text;
  } catch {
    return false;
  }
}

function isDn(text: string): boolean {
  const parts = parseDn(text);
  return isText(text) && parts.length > 0 && parts.every((part) => /^[a-z0-9.-]+=./s.test(part));
}

function isText(text: string): boolean {
  return text !== '' && text.length <= most.text && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function check(holds: boolean, field: string, message: string): void {
  if (!holds) {
    throw new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['input', field] });
  }
}
