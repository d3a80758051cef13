import { LdapFailure } from '../../auth/ldap/ldap-failure.js';
import type { LdapGroup, LdapSettings, LdapUser } from '../../auth/ldap/ldap-settings.js';
import { type MappedAccess, mapGroups } from '../../auth/ldap/map-groups.js';
import { type LdapStepResult, StepLog, type Trial, tryDirectory } from '../../auth/ldap/try-directory.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { isUsername } from '../identities/identity-input.js';
import { changeSettings, type LdapDirectoryFields } from './create-ldap-directory.js';
import { findLdapDirectory, openDirectorySettings } from './ldap-directory-rows.js';
import { type DirectorySettings, defaultDirectorySettings } from './ldap-directory-settings.js';
import { mappingRules } from './open-directories.js';
import { requireSameServers } from './update-ldap-directory.js';
import { validateDirectory } from './validate-ldap-directory.js';

export interface TestLdapInput {
  /** A directory that is there. */
  name?: string | undefined;
  /** Settings to try: all of them, or those that differ from the directory's. */
  settings?: LdapDirectoryFields | undefined;
  /** Whose users a draft without a name has. */
  tenant?: string | undefined;
  /** Whose sign-in to try. */
  user?: Trial | undefined;
}

export interface LdapTestResult {
  /** True when every step went well that was tried. */
  ok: boolean;
  steps: LdapStepResult[];
  /** What the user was found to be in the directory; null when none was looked for or found. */
  user: LdapUser | null;
  groups: LdapGroup[];
  /** What it would be here. */
  access: MappedAccess[];
}

interface Draft {
  settings: LdapSettings & DirectorySettings;
  tenant: string | null;
}

const findMissing = statement(
  'find_missing_names',
  `SELECT 'tenant ' || $1 AS missing WHERE NOT EXISTS (SELECT FROM tenant WHERE name = $1)
   UNION ALL SELECT 'group ' || n FROM unnest($2::text[]) n WHERE NOT EXISTS (
     SELECT FROM user_group g JOIN tenant t ON t.id = g.tenant_id WHERE t.name = $1 AND g.name = n)
   UNION ALL SELECT 'policy ' || n FROM unnest($3::text[]) n WHERE NOT EXISTS (
     SELECT FROM policy p JOIN tenant t ON t.id = p.tenant_id WHERE t.name = $1 AND p.name = n)`,
);

/**
 * Tries a directory as it is or would be configured, step by step, and says which step fails and why; for global
 * administrators. Nobody is made or changed by it.
 */
export async function testLdap(context: RequestContext, input: TestLdapInput): Promise<LdapTestResult> {
  authorizeAction(context, 'granary:TestLdap', theServer);
  const { settings, tenant } = await findDraft(context, input);
  validateDirectory(settings, tenant);
  const log = new StepLog();
  const found = await tryDirectory(log, settings, input.user);
  const access = found === undefined ? [] : await tryMapping(context, log, { settings, tenant, found });
  const ok = log.results.every((result) => result.ok);
  await context.granary.database.transaction((tx) =>
    recordEvent(tx, context, {
      action: 'granary:TestLdap',
      tenantId: context.caller.tenantId,
      details: { urls: settings.urls, ...(input.name === undefined ? {} : { directory: input.name }), ok },
    }),
  );
  return { ok, steps: log.results, user: found?.user ?? null, groups: found?.groups ?? [], access };
}

async function findDraft(context: RequestContext, input: TestLdapInput): Promise<Draft> {
  const { granary } = context;
  const fields = input.settings ?? {};
  const { bindPassword } = fields;
  if (input.name === undefined) {
    const { urls, baseDn } = fields;
    if (urls === undefined || baseDn === undefined) {
      throw new GranaryError('InvalidInput', 'Name a directory, or give at least urls and baseDn of one.', {
        reason: 'InvalidArgument',
        field: ['input', urls === undefined ? 'urls' : 'baseDn'],
      });
    }
    const settings = changeSettings({ ...defaultDirectorySettings, urls, baseDn }, fields);
    return { settings: { ...settings, bindPassword: bindPassword ?? null }, tenant: input.tenant ?? null };
  }
  const stored = await findLdapDirectory(granary.database, input.name, 'READ');
  const settings = changeSettings(stored.settings, fields);
  if (bindPassword !== undefined) {
    return { settings: { ...settings, bindPassword }, tenant: stored.tenant };
  }
  if (settings.bindDn !== null) {
    requireSameServers(stored.settings, settings);
  }
  const opened = openDirectorySettings(granary.secretBox, stored);
  return { settings: { ...settings, bindPassword: opened.bindPassword }, tenant: stored.tenant };
}

async function tryMapping(
  context: RequestContext,
  log: StepLog,
  trial: Draft & { found: { user: LdapUser; groups: LdapGroup[] } },
): Promise<MappedAccess[]> {
  const access = mapGroups(trial.found.groups, mappingRules(trial));
  await log.run('MAPPING', null, async () => {
    const { username } = trial.found.user;
    if (!isUsername(username)) {
      throw new LdapFailure('PROTOCOL', `"${username}" cannot be a username here.`);
    }
    if (access.length === 0) {
      throw new LdapFailure('PROTOCOL', 'No mapping gives a role, and there is no default role: nobody is let in.');
    }
    const texts = await Promise.all(access.map((each) => describeAccess(context.granary.database, each)));
    return { message: texts.join('; '), value: true };
  });
  return access;
}

async function describeAccess(database: Queryable, { tenant, role, groups, policies }: MappedAccess): Promise<string> {
  const missing = await database.query<{ missing: string }>(findMissing, [tenant, groups, policies]);
  const given = [...groups.map((name) => `group ${name}`), ...policies.map((name) => `policy ${name}`)];
  const absent = missing.map((row) => row.missing);
  return [
    `${role} in tenant ${tenant}`,
    ...(given.length === 0 ? [] : [`with ${given.join(', ')}`]),
    ...(absent.length === 0 ? [] : [`but there is no ${absent.join(', no ')}`]),
  ].join(' ');
}
