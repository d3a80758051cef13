import { LdapDirectoryRow } from '../../entities/ldap-directory.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';
import { findLdapDirectory, type LdapDirectoryInfo, toDirectoryInfo } from './ldap-directory-rows.js';
import type { DirectorySettings } from './ldap-directory-settings.js';

/** All directories by name; for global administrators. `after` is a name. */
export async function listLdapDirectories(
  context: RequestContext,
  page: PageRequest,
): Promise<{ directories: LdapDirectoryInfo[]; truncated: boolean }> {
  authorizeAction(context, 'granary:ListLdapDirectories', theServer);
  const found = await context.granary.database.orm.em.fork().find(LdapDirectoryRow, beyond('name', page), {
    orderBy: { name: nearestFirst(page) },
    limit: page.limit + 1,
    populate: ['tenant'],
  });
  const { items, truncated } = toPage(found, page);
  return { directories: items.map(infoOf), truncated };
}

/** How many directories {@link listLdapDirectories} has in all. */
export async function countLdapDirectories(context: RequestContext): Promise<number> {
  authorizeAction(context, 'granary:ListLdapDirectories', theServer);
  return context.granary.database.orm.em.fork().count(LdapDirectoryRow);
}

/** One directory by its name; for global administrators. @throws GranaryError NotFound */
export async function getLdapDirectory(context: RequestContext, name: string): Promise<LdapDirectoryInfo> {
  authorizeAction(context, 'granary:ListLdapDirectories', theServer);
  return toDirectoryInfo(await findLdapDirectory(context.granary.database, name, 'READ'));
}

function infoOf({ id, name, tenant, enabled, priority, settings, createdAt, updatedAt }: LdapDirectoryRow) {
  const shown = { id, name, tenant: tenant?.name ?? null, enabled, priority, createdAt, updatedAt };
  return { ...shown, settings: settings as DirectorySettings };
}
