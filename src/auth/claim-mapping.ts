import type { Role } from './caller.js';
import { claimValue, claimValues } from './claim-values.js';

/** Where a token says things, as paths of {@link claimValues}; null for what it does not say. */
export interface ClaimPaths {
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  /** Its value is a tenant's name. */
  readonly tenant: string | null;
  /** Its value is a role's name. */
  readonly role: string | null;
  /** Its values are names of groups. */
  readonly groups: string | null;
  /** Its values are names of policies. */
  readonly policies: string | null;
}

/** What a user gets for a value of a claim. */
export interface ClaimRule {
  readonly claim: string;
  /** Any of these, in full; `*` stands for every value. */
  readonly values: readonly string[];
  readonly tenant: string | null;
  readonly role: Role | null;
  readonly groups: readonly string[];
  readonly policies: readonly string[];
}

export interface ClaimMapping {
  readonly claims: ClaimPaths;
  /** In order: the first that fits and names a tenant or a role decides it; groups and policies of all add up. */
  readonly rules: readonly ClaimRule[];
  readonly defaultTenant: string | null;
  /** Null refuses whom nothing gives a role. */
  readonly defaultRole: Role | null;
}

/** What the claims of a user come to. */
export interface MappedClaims {
  username: string;
  displayName: string | undefined;
  email: string | undefined;
  tenant: string | undefined;
  role: Role | undefined;
  groups: string[];
  policies: string[];
}

const roles: ReadonlySet<string> = new Set<Role>(['ADMINISTRATOR', 'TENANT_ADMINISTRATOR', 'MEMBER', 'READ_ONLY']);

/** Applies a mapping. Rules come before the claims that name things themselves, and those before the defaults. */
export function mapClaims(claims: { sub: string }, mapping: ClaimMapping): MappedClaims {
  const { claims: paths, defaultTenant, defaultRole } = mapping;
  const rules = mapping.rules.filter((rule) => fits(claims, rule));
  const role = first(rules, (rule) => rule.role) ?? valuesAt(claims, paths.role).find(isRole) ?? defaultRole;
  const tenant = first(rules, (rule) => rule.tenant) ?? valuesAt(claims, paths.tenant)[0] ?? defaultTenant;
  return {
    username: claimValue(claims, paths.username) ?? claims.sub,
    displayName: valuesAt(claims, paths.displayName)[0],
    email: emailOf(claims, paths.email),
    tenant: tenant ?? undefined,
    role: role ?? undefined,
    groups: unique([...rules.flatMap((rule) => rule.groups), ...valuesAt(claims, paths.groups)]),
    policies: unique([...rules.flatMap((rule) => rule.policies), ...valuesAt(claims, paths.policies)]),
  };
}

function fits(claims: object, { claim, values }: ClaimRule): boolean {
  return claimValues(claims, claim).some((value) => values.includes(value) || values.includes('*'));
}

/** An address that the provider itself does not vouch for is left out. */
function emailOf(claims: object, path: string | null): string | undefined {
  return path === 'email' && Reflect.get(claims, 'email_verified') === false ? undefined : valuesAt(claims, path)[0];
}

function valuesAt(claims: object, path: string | null): string[] {
  return path === null ? [] : claimValues(claims, path);
}

function first<Value>(rules: readonly ClaimRule[], pick: (rule: ClaimRule) => Value | null): Value | undefined {
  return rules.map(pick).find((value) => value !== null) ?? undefined;
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}

function isRole(value: string): value is Role {
  return roles.has(value);
}
