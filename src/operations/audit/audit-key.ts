import { randomBytes, randomUUID } from 'node:crypto';
import { type Queryable, statement } from '../../database/database.js';
import { isGranaryError } from '../../errors.js';
import type { Granary } from '../context.js';

/** A secret that signs the batches of the audit log. */
export interface AuditKey {
  id: string;
  secret: Buffer;
}

interface KeyRow {
  id: string;
  sealed: Buffer;
}

type Opener = Pick<Granary, 'secretBox'>;

const findKeys = statement(
  'find_audit_keys',
  'SELECT id, secret_sealed AS sealed FROM audit_key ORDER BY created_at DESC, id',
);

const insertKey = statement('insert_audit_key', 'INSERT INTO audit_key (id, secret_sealed) VALUES ($1, $2)');

/** What the secret of an audit key is sealed for. */
export function auditKeySealContext(id: string): string {
  return `audit_key:${id}`;
}

/**
 * The newest key, which is made on first need. The caller keeps others from doing the same.
 * @throws GranaryError Internal when it does not open: it was changed.
 */
export async function currentAuditKey(granary: Opener, tx: Queryable): Promise<AuditKey> {
  const [known] = await tx.query<KeyRow>(findKeys);
  if (known !== undefined) {
    return { id: known.id, secret: open(granary, known) };
  }
  const key = { id: randomUUID(), secret: randomBytes(32) };
  await tx.query(insertKey, [key.id, granary.secretBox.seal(key.secret, auditKeySealContext(key.id))]);
  return key;
}

/** The secrets of all keys by their ids, but for those that do not open. */
export async function auditSecrets(granary: Opener, database: Queryable): Promise<Map<string, Buffer>> {
  const secrets = new Map<string, Buffer>();
  for (const row of await database.query<KeyRow>(findKeys)) {
    try {
      secrets.set(row.id, open(granary, row));
    } catch (error) {
      if (!isGranaryError(error, 'Internal')) {
        throw error;
      }
    }
  }
  return secrets;
}

function open({ secretBox }: Opener, { id, sealed }: KeyRow): Buffer {
  return secretBox.openBytes(sealed, auditKeySealContext(id));
}
