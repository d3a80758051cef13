import { type Queryable, statement } from '../../database/database.js';
import type { EventContext } from '../audit/event-origin.js';
import { recordEvent } from '../audit/record-event.js';
import { endSessions } from '../sign-in/end-sessions.js';

interface Withdrawal {
  userId: number;
  tenantId: number;
  username: string;
  /** For the event: why its source does not vouch for the user any more. */
  reason: string;
}

const disable = statement(
  'withdraw_user',
  `UPDATE user_account SET disabled = true, disabled_by_source = true, source_checked_at = now()
   WHERE id = $1 AND NOT disabled RETURNING 1`,
);
const markChecked = statement('mark_withdrawn_user', 'UPDATE user_account SET source_checked_at = now() WHERE id = $1');

/**
 * Disables a user whose directory or provider has it no longer, and ends its sessions; its access keys stop with it.
 * When the source has it again, {@link provisionUser} enables it.
 */
export async function withdrawUser(tx: Queryable, context: EventContext, withdrawal: Withdrawal): Promise<void> {
  const { userId, tenantId, username, reason } = withdrawal;
  const disabled = await tx.query(disable, [userId]);
  if (disabled.length === 0) {
    await tx.query(markChecked, [userId]);
    return;
  }
  await endSessions(tx, { userId });
  const details = { username, changed: { disabled: true }, reason };
  await recordEvent(tx, context, { action: 'granary:UpdateUser', tenantId, details });
}
