import { randomUUID } from 'node:crypto';
import type { DirectoryAttributes } from '../../auth/ldap/ldap-settings.js';
import { builtinPolicy } from '../../auth/policy/builtin-policies.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import { requireGrantable } from '../access/grant-limits.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import {
  announceDirectoryChange,
  directorySealContext,
  findLdapDirectory,
  type LdapDirectoryInfo,
  toDirectoryInfo,
} from './ldap-directory-rows.js';
import { type DirectorySettings, defaultDirectorySettings } from './ldap-directory-settings.js';
import { validateDirectory, validateDirectoryName } from './validate-ldap-directory.js';

/** What can be said of a directory. */
export interface LdapDirectoryFields extends Partial<Omit<DirectorySettings, 'attributes'>> {
  attributes?: Partial<DirectoryAttributes> | undefined;
  enabled?: boolean | undefined;
  priority?: number | undefined;
  /** Of the account that searches. */
  bindPassword?: string | undefined;
}

/** What is not given is as {@link defaultDirectorySettings} has it. */
export interface CreateLdapDirectoryInput extends LdapDirectoryFields {
  name: string;
  /** Whose users it has; absent when its groups say so. */
  tenant?: string | undefined;
  urls: readonly string[];
  baseDn: string;
}

const insertDirectory = statement(
  'insert_ldap_directory',
  `INSERT INTO ldap_directory (id, tenant_id, name, enabled, priority, settings, bind_password_sealed)
   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING RETURNING id`,
);

/** Adds a directory whose users can sign in; for global administrators, as the server connects to where they say. */
export async function createLdapDirectory(
  context: RequestContext,
  input: CreateLdapDirectoryInput,
): Promise<LdapDirectoryInfo> {
  authorizeDirectoryChange(context, 'granary:CreateLdapDirectory');
  validateDirectoryName(input.name);
  const tenant = input.tenant === undefined ? null : await resolveTenant(context, input.tenant);
  const { name, tenant: _, urls, baseDn, enabled = true, priority = 100, bindPassword = '', ...fields } = input;
  const settings = changeSettings({ ...defaultDirectorySettings, urls, baseDn }, fields);
  validateDirectory(settings, tenant?.name ?? null);
  const id = randomUUID();
  const sealed = context.granary.secretBox.seal(bindPassword, directorySealContext(id));
  return context.granary.database.transaction(async (tx) => {
    const values = [id, tenant?.id ?? null, name, enabled, priority, JSON.stringify(settings), sealed];
    const [created] = await tx.query(insertDirectory, values);
    if (created === undefined) {
      throw new GranaryError('Conflict', 'A directory with this name exists already.', {
        reason: 'DirectoryAlreadyExists',
        field: ['input', 'name'],
      });
    }
    await announceDirectoryChange(tx, id);
    const details = { directory: input.name, tenant: tenant?.name ?? null, urls: settings.urls };
    const { tenantId } = context.caller;
    await recordEvent(tx, context, { action: 'granary:CreateLdapDirectory', tenantId, details });
    return toDirectoryInfo(await findLdapDirectory(tx, input.name, 'READ'));
  });
}

/** Whom a directory lets in, and as what, is for who could be all of that: its groups can make global administrators. */
export function authorizeDirectoryChange(
  context: RequestContext,
  action: 'granary:CreateLdapDirectory' | 'granary:UpdateLdapDirectory',
): void {
  requireGrantable(authorizeAction(context, action, theServer), [builtinPolicy('Administrator')]);
}

/** Settings with some of them replaced. */
export function changeSettings(before: DirectorySettings, fields: LdapDirectoryFields): DirectorySettings {
  const { enabled: _, priority: __, bindPassword: ___, attributes, ...given } = fields;
  return { ...before, ...given, attributes: { ...before.attributes, ...attributes } };
}
