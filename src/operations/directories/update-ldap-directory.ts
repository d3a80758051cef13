import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { authorizeDirectoryChange, changeSettings, type LdapDirectoryFields } from './create-ldap-directory.js';
import {
  announceDirectoryChange,
  directorySealContext,
  findLdapDirectory,
  type LdapDirectoryInfo,
  type LdapDirectoryState,
  toDirectoryInfo,
} from './ldap-directory-rows.js';
import { type DirectorySettings, mayKeepPassword } from './ldap-directory-settings.js';
import { validateDirectory } from './validate-ldap-directory.js';

/** What is not given stays as it is. */
export interface UpdateLdapDirectoryInput extends LdapDirectoryFields {
  name: string;
}

const updateDirectory = statement(
  'update_ldap_directory',
  `UPDATE ldap_directory SET enabled = $2, priority = $3, settings = $4, bind_password_sealed = $5, updated_at = now()
   WHERE id = $1`,
);

/** Changes a directory; for global administrators. Sign-ins that are under way end as they began. */
export async function updateLdapDirectory(
  context: RequestContext,
  input: UpdateLdapDirectoryInput,
): Promise<LdapDirectoryInfo> {
  authorizeDirectoryChange(context, 'granary:UpdateLdapDirectory');
  const { name, ...fields } = input;
  const { enabled, priority, bindPassword } = fields;
  return context.granary.database.transaction(async (tx) => {
    const before = await findLdapDirectory(tx, name, 'CHANGE');
    const settings = changeSettings(before.settings, fields);
    validateDirectory(settings, before.tenant);
    const sealed = sealedPassword(context, { before, settings, bindPassword });
    const values = [
      before.id,
      enabled ?? before.enabled,
      priority ?? before.priority,
      JSON.stringify(settings),
      sealed,
    ];
    await tx.query(updateDirectory, values);
    await announceDirectoryChange(tx, before.id);
    const changed = Object.keys(input).filter((field) => field !== 'name');
    const { tenantId } = context.caller;
    const details = { directory: name, changed };
    await recordEvent(tx, context, { action: 'granary:UpdateLdapDirectory', tenantId, details });
    return toDirectoryInfo(await findLdapDirectory(tx, name, 'READ'));
  });
}

function sealedPassword(
  context: RequestContext,
  change: { before: LdapDirectoryState; settings: DirectorySettings; bindPassword: string | undefined },
): Buffer {
  const { before, settings, bindPassword } = change;
  const seal = (password: string): Buffer => context.granary.secretBox.seal(password, directorySealContext(before.id));
  if (bindPassword !== undefined) {
    return seal(bindPassword);
  }
  if (settings.bindDn === null) {
    return seal('');
  }
  requireSameServers(before.settings, settings);
  return before.bindPasswordSealed;
}

/** Throws `InvalidInput` where the stored password would go elsewhere. */
export function requireSameServers(before: DirectorySettings, after: DirectorySettings): void {
  if (!mayKeepPassword(before, after)) {
    throw new GranaryError(
      'InvalidInput',
      'Give the password again when servers, transport, certificates or the account that searches change.',
      { reason: 'InvalidArgument', field: ['input', 'bindPassword'] },
    );
  }
}
