import { accessKeySealContext } from '../../auth/credential-cache.js';
import { namedKeySealContext } from '../../auth/named-keys.js';
import { secondFactorSealContext } from '../../auth/second-factor.js';
import { sessionCredentialSealContext } from '../../auth/session-credentials.js';
import { signingKeySealContext } from '../../auth/tokens.js';
import { type Statement, statement } from '../../database/database.js';
import { auditKeySealContext } from '../audit/audit-key.js';
import { directorySealContext } from '../directories/ldap-directory-rows.js';
import { notificationSealContext } from '../notifications/notification-targets.js';
import { oidcSecretSealContext } from '../oidc/oidc-providers.js';
import { targetSealContext } from '../replication/replication-targets.js';

/** A column of secrets that are sealed with a master key, and the statements that seal them anew. */
export interface SealedColumn {
  table: string;
  /** What the secret of a row is sealed for. */
  context(id: string): string;
  /** How many rows each key seals; keys as hexadecimal ids. */
  count: Statement;
  /** $1: the id of the current key, $2: the last row seen (empty at first), $3: how many. */
  findOlder: Statement;
  /** $1: row, $2: what was read, $3: what takes its place. */
  replace: Statement;
}

/** Every column that SecretBox seals. Whoever adds one adds it here, or a rotation leaves it behind. */
export const sealedColumns: readonly SealedColumn[] = [
  sealedColumn('access_key', 'secret_sealed', accessKeySealContext),
  sealedColumn('session_credential', 'secret_sealed', sessionCredentialSealContext),
  sealedColumn('second_factor', 'secret_sealed', secondFactorSealContext),
  sealedColumn('signing_key', 'private_sealed', signingKeySealContext),
  sealedColumn('encryption_key', 'key_sealed', namedKeySealContext),
  sealedColumn('replication_target', 'secret_sealed', targetSealContext),
  sealedColumn('ldap_directory', 'bind_password_sealed', directorySealContext),
  sealedColumn('oidc_provider', 'client_secret_sealed', oidcSecretSealContext),
  sealedColumn('notification_target', 'secret_sealed', notificationSealContext),
  sealedColumn('audit_key', 'secret_sealed', auditKeySealContext),
];

function sealedColumn(table: string, column: string, context: (id: string) => string): SealedColumn {
  const keyId = `substring(${column} FROM 2 FOR 4)`;
  return {
    table,
    context,
    count: statement(
      `count_keys_of_${table}`,
      `SELECT encode(${keyId}, 'hex') AS "keyId", count(*) AS rows FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1`,
    ),
    findOlder: statement(
      `find_older_keys_of_${table}`,
      `SELECT id::text AS id, ${column} AS sealed FROM ${table}
       WHERE id::text COLLATE "C" > $2 AND ${keyId} <> $1 ORDER BY id::text COLLATE "C" LIMIT $3`,
    ),
    replace: statement(
      `replace_sealed_of_${table}`,
      `UPDATE ${table} SET ${column} = $3 WHERE id::text = $1 AND ${column} = $2 RETURNING 1`,
    ),
  };
}
