import { statement } from '../../database/database.js';
import { announceUserChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { lockAccessKey } from './find-access-key.js';

const deleteKey = statement('delete_access_key', 'DELETE FROM access_key WHERE id = $1');

/** Deletes an access key of the caller or of a user that it manages. It stops working at once, everywhere. */
export async function deleteAccessKey(context: RequestContext, input: { accessKeyId: string }): Promise<void> {
  const { accessKeyId } = input;
  const { database, credentials } = context.granary;
  const owner = await database.transaction(async (tx) => {
    const found = await lockAccessKey(tx, context, { action: 'granary:DeleteAccessKey', accessKeyId });
    await tx.query(deleteKey, [accessKeyId]);
    await announceUserChange(tx, found.userId);
    const details = { accessKeyId, username: found.username };
    await recordEvent(tx, context, { action: 'granary:DeleteAccessKey', tenantId: found.tenantId, details });
    return found;
  });
  credentials.invalidate(owner.userId);
}
