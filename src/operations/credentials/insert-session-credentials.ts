import { randomBytes } from 'node:crypto';
import type { Narrowing } from '../../auth/narrow-caller.js';
import type { RoleSession } from '../../auth/role-session.js';
import { sessionCredentialSealContext, sessionTokenDigest } from '../../auth/session-credentials.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { newAccessKeyPair } from './access-key-pair.js';

/** Whose temporary credentials are to be, what they end with, and what they are narrowed to. */
export interface SessionCredentialsRow {
  /** A user, or the account of a role. */
  userId: number;
  sourceKeyId: string | null;
  /** Who assumes the role. */
  sourceUserId?: number | null;
  /** Whose token was shown for the role. */
  sourceProviderId?: string | null;
  /** Of a role. */
  session?: RoleSession;
  limits: readonly Narrowing[];
  expiresAt: Date;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  /** Shown this once, as the token is. */
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

const insertCredential = statement(
  'insert_session_credential',
  `INSERT INTO session_credential (id, user_id, source_key_id, source_user_id, source_provider_id, session, secret_sealed,
     token_digest, policies, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);

/** Makes temporary credentials, of which the database keeps what is enough to recognize them. */
export async function insertSessionCredentials(
  tx: Queryable,
  { secretBox }: Granary,
  row: SessionCredentialsRow,
): Promise<SessionCredentials> {
  const { userId, sourceKeyId, sourceUserId = null, sourceProviderId = null, session, limits, expiresAt } = row;
  const { accessKeyId, secretAccessKey } = newAccessKeyPair('ASIA');
  const sessionToken = randomBytes(48).toString('base64');
  const sealed = secretBox.seal(secretAccessKey, sessionCredentialSealContext(accessKeyId));
  const sources = [sourceKeyId, sourceUserId, sourceProviderId, session === undefined ? null : JSON.stringify(session)];
  const secrets = [sealed, sessionTokenDigest(sessionToken), JSON.stringify(limits)];
  await tx.query(insertCredential, [accessKeyId, userId, ...sources, ...secrets, expiresAt]);
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}
