import { type Queryable, statement } from '../../database/database.js';
import type { Role, UserOrigin } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import { announceUserChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { Origin } from '../sign-in/session.js';
import { requireRoom } from '../tenants/tenant-room.js';
import { isEmail, isPlainText, isUsername, newCanonicalId } from './identity-input.js';
import { provisionMemberships } from './provision-memberships.js';

/** What a directory or an identity provider says of one of its users. */
export interface ProvisionUserInput {
  source: Exclude<UserOrigin, 'LOCAL'>;
  /** Which directory or provider, by the id of its row. */
  providerId: string;
  /** What it knows the user by, whatever name it gives it. */
  externalId: string;
  tenantId: number;
  username: string;
  /** The username when absent. */
  displayName?: string | undefined;
  email?: string | undefined;
  role: Role;
  /** Names of groups of the tenant to be in; those given earlier and not named any more are left. Absent: as before. */
  groups?: readonly string[] | undefined;
  /** Names of policies of the tenant to have, in the same way and together with the groups. */
  policies?: readonly string[] | undefined;
  /** True when it says that the user may not sign in. */
  disabled: boolean;
}

/** The row that {@link provisionUser} leaves behind. */
export interface ProvisionedUser {
  userId: number;
  /** True when the user may not sign in: its source says so, or an administrator disabled it here. */
  disabled: boolean;
}

interface UserRow {
  id: number;
  username: string;
  displayName: string;
  email: string | null;
  role: Role;
  disabled: boolean;
  disabledBySource: boolean;
}

const findProvisioned = statement(
  'find_provisioned_user',
  `SELECT id, username, display_name AS "displayName", email, role, disabled, disabled_by_source AS "disabledBySource"
   FROM user_account WHERE provider_id = $1 AND external_id = $2 AND tenant_id = $3 FOR UPDATE`,
);
const findNamesake = statement(
  'find_namesake',
  `SELECT source FROM user_account WHERE tenant_id = $1 AND (username = $2 OR canonical_id = $2)
   AND (provider_id, external_id) IS DISTINCT FROM ($3, $4)`,
);
const insertProvisioned = statement(
  'insert_provisioned_user',
  `INSERT INTO user_account (tenant_id, username, role, display_name, email, canonical_id, source, provider_id,
     external_id, disabled, disabled_by_source, source_checked_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, now()) RETURNING id`,
);
const updateProvisioned = statement(
  'update_provisioned_user',
  `UPDATE user_account SET username = $2, display_name = $3, email = $4, role = $5, disabled = $6,
     disabled_by_source = $7, source_checked_at = now()
   WHERE id = $1`,
);
const markChecked = statement(
  'mark_provisioned_user_checked',
  'UPDATE user_account SET source_checked_at = now() WHERE id = $1',
);

/**
 * Creates the user of a directory or a provider at its first sign-in, and brings it up to date at each later one. Such
 * a user has no password here. What an administrator disabled stays disabled.
 * @throws GranaryError `Conflict` when somebody else in the tenant has the name, or has it as canonical id: nobody is taken over by a namesake;
 * `InvalidInput` for a name that no user can have; `QuotaExceeded` where the tenant may have no more users.
 */
export async function provisionUser(
  tx: Queryable,
  origin: Origin,
  input: ProvisionUserInput,
): Promise<ProvisionedUser> {
  if (!isUsername(input.username)) {
    throw new GranaryError(
      'InvalidInput',
      'The directory gives a username that cannot be one here: 1 to 64 letters, digits and . _ @ + -',
      { reason: 'InvalidExternalUser' },
    );
  }
  const [row] = await tx.query<UserRow>(findProvisioned, [input.providerId, input.externalId, input.tenantId]);
  if (row?.username !== input.username) {
    await refuseNamesake(tx, input);
  }
  return row === undefined ? create(tx, origin, input) : update(tx, origin, { input, row });
}

async function refuseNamesake(tx: Queryable, input: ProvisionUserInput): Promise<void> {
  const values = [input.tenantId, input.username, input.providerId, input.externalId];
  const [other] = await tx.query<{ source: UserOrigin }>(findNamesake, values);
  if (other !== undefined) {
    const whose = other.source === 'LOCAL' ? 'a local user' : `another user of source ${other.source}`;
    throw new GranaryError('Conflict', `The name "${input.username}" belongs to ${whose} of the tenant.`, {
      reason: 'UserAlreadyExists',
    });
  }
}

// Two first sign-ins at once meet a unique index; the transaction runs again and finds the row.
async function create(tx: Queryable, origin: Origin, input: ProvisionUserInput): Promise<ProvisionedUser> {
  const { tenantId, username, role, source, providerId, externalId, disabled } = input;
  await requireRoom(tx, tenantId, 'users');
  const { displayName, email } = shownOf(input);
  const [created] = await tx.query<{ id: number }>(insertProvisioned, [
    ...[tenantId, username, role, displayName, email, newCanonicalId(), source, providerId, externalId, disabled],
  ]);
  if (created === undefined) {
    throw new GranaryError('Internal', 'The user was not created.');
  }
  const memberships = await changedMemberships(tx, input, created.id);
  const details = { username, role, source, provider: providerId, ...memberships };
  await recordEvent(tx, origin, { action: 'granary:CreateUser', tenantId, details });
  return { userId: created.id, disabled };
}

async function update(
  tx: Queryable,
  origin: Origin,
  { input, row }: { input: ProvisionUserInput; row: UserRow },
): Promise<ProvisionedUser> {
  const wanted: Omit<UserRow, 'id'> = {
    username: input.username,
    ...shownOf(input),
    role: input.role,
    ...disabledOf(input, row),
  };
  const memberships = await changedMemberships(tx, input, row.id);
  const columns = Object.entries(wanted).filter(([name, value]) => row[name as keyof UserRow] !== value);
  const changed = { ...Object.fromEntries(columns), ...memberships };
  if (Object.keys(changed).length === 0) {
    await tx.query(markChecked, [row.id]);
    return { userId: row.id, disabled: row.disabled };
  }
  const { username, displayName, email, role, disabled, disabledBySource } = wanted;
  await tx.query(updateProvisioned, [row.id, username, displayName, email, role, disabled, disabledBySource]);
  const details = { username, source: input.source, provider: input.providerId, changed };
  await recordEvent(tx, origin, { action: 'granary:UpdateUser', tenantId: input.tenantId, details });
  await announceUserChange(tx, row.id);
  return { userId: row.id, disabled };
}

/** What changed of groups and policies, without what did not. */
async function changedMemberships(
  tx: Queryable,
  { tenantId, source, groups, policies }: ProvisionUserInput,
  userId: number,
): Promise<Record<string, string[]>> {
  if (groups === undefined && policies === undefined) {
    return {};
  }
  const given = { userId, tenantId, source, groups: groups ?? [], policies: policies ?? [] };
  const change = Object.entries(await provisionMemberships(tx, given));
  return Object.fromEntries(change.filter(([, names]) => names.length > 0));
}

/** The source takes back only what it disabled itself. */
function disabledOf({ disabled }: ProvisionUserInput, row: UserRow): Pick<UserRow, 'disabled' | 'disabledBySource'> {
  const isByAdministrator = row.disabled && !row.disabledBySource;
  return { disabled: disabled || isByAdministrator, disabledBySource: disabled && !isByAdministrator };
}

/** What people see: what a source sends that cannot be shown is left out rather than keeping its user away. */
function shownOf({ username, displayName, email }: ProvisionUserInput): { displayName: string; email: string | null } {
  return {
    displayName: displayName !== undefined && displayName !== '' && isPlainText(displayName) ? displayName : username,
    email: email !== undefined && isEmail(email) ? email : null,
  };
}
