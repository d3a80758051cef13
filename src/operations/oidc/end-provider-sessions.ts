import { IDENTITY_CHANNEL } from '../../auth/credential-cache.js';
import { type Queryable, statement } from '../../database/database.js';

const deleteCredentials = statement(
  'delete_credentials_of_provider',
  'DELETE FROM session_credential WHERE source_provider_id = $1',
);
const notifyAll = statement('notify_ended_by_provider', `SELECT pg_notify('${IDENTITY_CHANNEL}', '*')`);

/** Ends the sessions of roles that were begun with tokens of a provider: it is trusted no more. */
export async function endProviderSessions(tx: Queryable, providerId: string): Promise<void> {
  await tx.query(deleteCredentials, [providerId]);
  await tx.query(notifyAll);
}
