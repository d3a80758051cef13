import { builtinPolicy, policyOfRole } from '../../auth/policy/builtin-policies.js';
import { statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import { accessDenied, requireUser } from '../access/authorize.js';
import { requireGrantable } from '../access/grant-limits.js';
import { announceUserChange, mayManage } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validatePath } from './entity-path.js';
import { validateEmail, validateText } from './identity-input.js';
import { type ManagedUser, refuseSelf, resolveManagedUser, type UserAddress } from './managed-user.js';
import { renameUser } from './rename-user.js';
import { changedTags, type TagChange } from './user-tags.js';

export interface UpdateUserInput extends UserAddress {
  displayName?: string | undefined;
  /** Null removes it. */
  email?: string | null | undefined;
  role?: Role | undefined;
  /** Another name, by which policies know the user from then on; nobody gives itself one. */
  newUsername?: string | undefined;
  /** Another place in the tenant, by which policies know it from then on; nobody moves itself. */
  path?: string | undefined;
  tags?: TagChange | undefined;
}

const lockTags = statement('lock_user_tags', 'SELECT tags FROM user_account WHERE id = $1 FOR UPDATE');
const updateRow = statement(
  'update_user',
  `UPDATE user_account SET display_name = COALESCE($2, display_name), role = COALESCE($3, role),
     email = CASE WHEN $4::boolean THEN $5 ELSE email END, tags = COALESCE($6::jsonb, tags),
     path = COALESCE($7, path)
   WHERE id = $1`,
);

/** Changes what is said of a user that the caller manages, or its role. What is absent stays. @returns its id. */
export async function updateUser(context: RequestContext, input: UpdateUserInput): Promise<number> {
  const user = await resolveManagedUser(context, 'granary:UpdateUser', input);
  validate(context, user, input);
  const { granary } = context;
  const { displayName, email, role, path, newUsername } = input;
  const values = [displayName || null, role ?? null, email !== undefined, email || null];
  await granary.database.transaction(async (tx) => {
    const [known] = await tx.query<{ tags: Record<string, string> }>(lockTags, [user.userId]);
    const tags = changedTags(input.tags, known?.tags ?? {});
    await tx.query(updateRow, [user.userId, ...values, tags === undefined ? null : JSON.stringify(tags), path ?? null]);
    if (newUsername !== undefined && newUsername !== user.username) {
      await renameUser(tx, context, { user, newUsername });
    }
    await announceUserChange(tx, user.userId);
    const details = { username: user.username, displayName, email, role, tags, path, newUsername };
    await recordEvent(tx, context, { action: 'granary:UpdateUser', tenantId: user.tenantId, details });
  });
  granary.credentials.invalidate(user.userId);
  return user.userId;
}

function validate(context: RequestContext, user: ManagedUser, input: UpdateUserInput): void {
  const { displayName, email, role, tags, path } = input;
  if (displayName) {
    validateText(displayName, 'displayName');
  }
  if (email) {
    validateEmail(email);
  }
  if (path !== undefined) {
    refuseSelf(context, user);
    validatePath(path);
  }
  if (tags !== undefined) {
    // Policies may give rights by tags.
    refuseSelf(context, user);
  }
  if (role === undefined || role === user.role) {
    return;
  }
  refuseSelf(context, user);
  const caller = requireUser(context);
  if (!mayManage(caller, role)) {
    throw accessDenied();
  }
  requireGrantable(caller, [builtinPolicy(policyOfRole[role])]);
  if (user.source !== 'LOCAL') {
    throw new GranaryError('NotSupported', 'The role comes from where the user comes from; change it there.', {
      field: ['input', 'role'],
    });
  }
}
