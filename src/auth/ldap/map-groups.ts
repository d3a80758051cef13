import type { Role } from '../../entities/enums.js';
import { matchesGroup } from './distinguished-name.js';
import type { GroupMapping, LdapGroup } from './ldap-settings.js';

/** What somebody of the directory is in one tenant. */
export interface MappedAccess {
  readonly tenant: string;
  readonly role: Role;
  readonly groups: readonly string[];
  readonly policies: readonly string[];
}

export interface MappingRules {
  readonly mappings: readonly GroupMapping[];
  /** For who is in none of the groups, or only in those that give no role; null keeps them out. */
  readonly defaultRole: Role | null;
  /** The tenant of rules that name none, and of the default role. */
  readonly homeTenant: string;
}

/** The first is more than the ones behind it. */
const byRank: readonly Role[] = ['ADMINISTRATOR', 'TENANT_ADMINISTRATOR', 'MEMBER', 'READ_ONLY'];

/**
 * What the groups of a user make of it, tenant by tenant: the highest role of the rules that fit, and all their groups
 * and policies. Where no rule gives a role there is no access.
 */
export function mapGroups(groups: readonly LdapGroup[], rules: MappingRules): MappedAccess[] {
  const fitting = rules.mappings.filter(({ group }) => groups.some((found) => matchesGroup(group, found)));
  const tenants = new Set([rules.homeTenant, ...fitting.map(({ tenant }) => tenant ?? rules.homeTenant)]);
  return [...tenants].flatMap((tenant) => {
    const own = fitting.filter((rule) => (rule.tenant ?? rules.homeTenant) === tenant);
    const role = highestRole(own) ?? (tenant === rules.homeTenant ? rules.defaultRole : null);
    return role === null ? [] : [{ tenant, role, ...namesOf(own) }];
  });
}

function highestRole(rules: readonly GroupMapping[]): Role | undefined {
  return byRank.find((role) => rules.some((rule) => rule.role === role));
}

function namesOf(rules: readonly GroupMapping[]): Pick<MappedAccess, 'groups' | 'policies'> {
  return {
    groups: [...new Set(rules.flatMap(({ groups }) => groups))].sort(),
    policies: [...new Set(rules.flatMap(({ policies }) => policies))].sort(),
  };
}
