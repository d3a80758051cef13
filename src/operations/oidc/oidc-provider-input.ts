import type { ClaimMapping, ClaimPaths, ClaimRule } from '../../auth/claim-mapping.js';
import type { Role } from '../../entities/enums.js';
import { SigningAlgorithm } from '../../entities/signing-algorithm.js';
import { GranaryError } from '../../errors.js';
import { isPlainText, isTenantName } from '../identities/identity-input.js';
import type { OidcClient } from './oidc-client.js';

/** What can be changed of a provider; what is absent stays, or is as it is by default. */
export interface OidcProviderSettings {
  displayName?: string | undefined;
  enabled?: boolean | undefined;
  clientId?: string | undefined;
  /** Empty for a client without one. */
  clientSecret?: string | undefined;
  audiences?: string[] | undefined;
  algorithms?: SigningAlgorithm[] | undefined;
  scopes?: string[] | undefined;
  clockSkewSeconds?: number | undefined;
  claims?: Partial<Record<keyof ClaimPaths, string | null | undefined>> | undefined;
  rules?: ClaimRule[] | undefined;
  defaultTenant?: string | null | undefined;
  defaultRole?: Role | null | undefined;
  acceptBearer?: boolean | undefined;
  offerLogin?: boolean | undefined;
}

/** A provider's settings without gaps and without its secret. */
export interface WholeOidcSettings {
  displayName: string;
  enabled: boolean;
  clientId: string;
  audiences: string[];
  algorithms: SigningAlgorithm[];
  scopes: string[];
  clockSkewSeconds: number;
  mapping: ClaimMapping;
  acceptBearer: boolean;
  offerLogin: boolean;
}

const limits = { text: 512, list: 50, rules: 200, skew: 300 };
const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const printable = /^[\x21-\x7e]+$/;
/** https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const defaultClaims: ClaimPaths = {
  username: 'preferred_username',
  displayName: 'name',
  email: 'email',
  tenant: null,
  role: null,
  groups: null,
  policies: null,
};

/** What a new provider is, apart from what was asked for. */
export const defaultOidcSettings: Omit<WholeOidcSettings, 'clientId' | 'displayName'> = {
  enabled: true,
  audiences: [],
  algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  scopes: ['openid', 'profile', 'email'],
  clockSkewSeconds: 30,
  mapping: { claims: defaultClaims, rules: [], defaultTenant: null, defaultRole: null },
  acceptBearer: false,
  offerLogin: true,
};

/** The settings with the changes in them. Throws `InvalidInput` for what is not allowed; `kind` says whose users they are for. */
export function applyOidcSettings(
  before: WholeOidcSettings,
  change: OidcProviderSettings,
  kind: 'tenant' | 'global',
): WholeOidcSettings {
  const { claims, rules, defaultTenant, defaultRole } = before.mapping;
  const after: WholeOidcSettings = {
    displayName: change.displayName ?? before.displayName,
    enabled: change.enabled ?? before.enabled,
    clientId: change.clientId ?? before.clientId,
    audiences: change.audiences ?? before.audiences,
    algorithms: change.algorithms ?? before.algorithms,
    scopes: withOpenid(change.scopes ?? before.scopes),
    clockSkewSeconds: change.clockSkewSeconds ?? before.clockSkewSeconds,
    mapping: {
      claims: { ...claims, ...changedPaths(change.claims) },
      rules: change.rules ?? rules,
      defaultTenant: change.defaultTenant === undefined ? defaultTenant : change.defaultTenant,
      defaultRole: change.defaultRole === undefined ? defaultRole : change.defaultRole,
    },
    acceptBearer: change.acceptBearer ?? before.acceptBearer,
    offerLogin: change.offerLogin ?? before.offerLogin,
  };
  validateSettings(after);
  validateMapping(after.mapping);
  if (kind === 'tenant') {
    refuseReach(after.mapping);
  }
  validateSecret(change.clientSecret);
  return after;
}

export function validateProviderName(name: string): void {
  require(namePattern.test(name), 'name', 'The name of a provider has 1 to 63 lower-case letters, digits and -');
}

/** Throws `InvalidInput` for what is no issuer, and for one that the settings do not let us ask. */
export function validateIssuer(issuer: string, client: OidcClient): void {
  const url = issuer.length <= limits.text ? URL.parse(issuer) : null;
  const isIssuer = url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  require(isIssuer && !/[?#\s]/.test(issuer), 'issuer', 'An issuer is an address: no user, query or fragment.');
  const problem = client.problemOf(new URL(issuer));
  require(problem === null, 'issuer', problem ?? '');
}

function validateSettings(settings: WholeOidcSettings): void {
  const { displayName, clientId, audiences, algorithms, scopes, clockSkewSeconds, acceptBearer } = settings;
  require(displayName !== '' && isPlainText(displayName), 'displayName', 'A display name has 1 to 256 characters.');
  require(isShort(clientId) && printable.test(clientId), 'clientId', 'A client id has 1 to 512 printable characters.');
  require(isList(audiences), 'audiences', 'There are at most 50 audiences, of 1 to 512 characters.');
  require(!acceptBearer || audiences.length > 0, 'audiences', 'Bearer tokens are taken for named audiences only.');
  const isKnown = (name: string): boolean => Object.hasOwn(SigningAlgorithm, name);
  require(algorithms.length > 0 && algorithms.every(isKnown), 'algorithms', 'Name at least one algorithm.');
  require(isList(scopes) && scopes.every((scope) => scopePattern.test(scope)), 'scopes', 'A scope has no spaces.');
  const isSkew = Number.isInteger(clockSkewSeconds) && clockSkewSeconds >= 0 && clockSkewSeconds <= limits.skew;
  require(isSkew, 'clockSkewSeconds', 'The clock may be off by 0 to 300 seconds.');
}

function validateMapping({ claims, rules, defaultTenant }: ClaimMapping): void {
  const paths = Object.values(claims);
  require(paths.every((path) => path === null || isShort(path)), 'claims', 'A claim is named by 1 to 512 characters.');
  require(rules.length <= limits.rules, 'rules', `There are at most ${limits.rules} rules.`);
  for (const rule of rules) {
    require(isShort(rule.claim), 'rules', 'A rule names a claim.');
    require(rule.values.length > 0 && isList(rule.values), 'rules', 'A rule names 1 to 50 values.');
    require(isList(rule.groups) && isList(rule.policies), 'rules', 'A rule names at most 50 groups and policies.');
    const gives = rule.tenant ?? rule.role ?? rule.groups[0] ?? rule.policies[0];
    require(gives !== undefined, 'rules', 'A rule gives a tenant, a role, groups or policies.');
    require(rule.tenant === null || isTenantName(rule.tenant), 'rules', 'A rule gives a tenant by its name.');
  }
  require(defaultTenant === null || isTenantName(defaultTenant), 'defaultTenant', 'This is not the name of a tenant.');
}

/** The users of a tenant's provider are that tenant's, and never administrators of all. */
function refuseReach({ claims, rules, defaultTenant, defaultRole }: ClaimMapping): void {
  const tenants = [claims.tenant, defaultTenant, ...rules.map((rule) => rule.tenant)];
  require(tenants.every((tenant) => tenant === null), 'rules', 'The users of a tenant’s provider are of that tenant.');
  const roles = [defaultRole, ...rules.map((rule) => rule.role)];
  require(!roles.includes('ADMINISTRATOR'), 'rules', 'A tenant’s provider makes nobody a global administrator.');
}

function validateSecret(secret: string | undefined): void {
  const isSecret = secret === undefined || secret === '' || (secret.length <= 1024 && isVisible(secret));
  require(isSecret, 'clientSecret', 'A client secret has at most 1024 printable characters.');
}

function changedPaths(change: OidcProviderSettings['claims']): Partial<ClaimPaths> {
  const { username, ...others } = change ?? {};
  const given = Object.entries(others).filter(([, path]) => path !== undefined);
  return { ...(username ? { username } : {}), ...Object.fromEntries(given) };
}

function withOpenid(scopes: string[]): string[] {
  return scopes.includes('openid') ? scopes : ['openid', ...scopes];
}

function isVisible(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function isShort(text: string): boolean {
  return text.length > 0 && text.length <= limits.text && isVisible(text);
}

function isList(values: readonly string[]): boolean {
  return values.length <= limits.list && values.every(isShort);
}

function require(holds: boolean, field: string, message: string): void {
  if (!holds) {
    throw new GranaryError('InvalidInput', message, { field: ['input', field] });
  }
}
