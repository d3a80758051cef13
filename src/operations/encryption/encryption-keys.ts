import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { type NamedKey, namedKeySealContext } from '../../auth/named-keys.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';

/** What the id of a named key looks like. */
export const keyIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The key that SSE-KMS takes when the writer names none, as AWS has `aws/s3`. */
const defaultName = 'aws/s3';

const insertKey = statement(
  'insert_default_key',
  `INSERT INTO encryption_key (id, tenant_id, name, description, key_sealed) VALUES ($1, $2, $3, 'Made when first needed', $4)
   ON CONFLICT (tenant_id, name) DO NOTHING RETURNING id`,
);

const findByName = statement('find_key_by_name', 'SELECT id FROM encryption_key WHERE tenant_id = $1 AND name = $2');

/** `KMS.NotFoundException` unless the tenant has this key, `KMS.DisabledException` when it may not be used. By id, name or ARN. */
export async function requireEncryptionKey(granary: Granary, tenantId: number, reference: string): Promise<NamedKey> {
  const id = await findEncryptionKey(granary, tenantId, reference);
  const named = id === undefined ? undefined : await granary.namedKeys.find(id);
  if (named === undefined || named.tenantId !== tenantId) {
    throw new GranaryError('InvalidInput', 'The encryption key does not exist.', { reason: 'KMS.NotFoundException' });
  }
  if (!named.enabled) {
    throw new GranaryError('Denied', 'The encryption key is disabled.', { reason: 'KMS.DisabledException' });
  }
  return named;
}

/** The id of the tenant's key with this id, name or ARN. An id is believed: whether there is such a key, only its use shows. */
export function findEncryptionKey(granary: Granary, tenantId: number, reference: string): Promise<string | undefined> {
  return resolveKey(granary, tenantId, keyReference(reference));
}

/** What an ARN calls the key. */
export function keyReference(reference: string): string {
  return reference.replace(/^arn:aws:kms:[^:]*:[^:]*:(?:key\/|alias\/)?/, '');
}

/** The tenant's default key, made when it is needed for the first time. */
export async function defaultEncryptionKey(granary: Granary, tenantId: number): Promise<NamedKey> {
  if ((await findId(granary, tenantId, defaultName)) === undefined) {
    await makeDefaultKey(granary, tenantId);
  }
  return requireEncryptionKey(granary, tenantId, defaultName);
}

/** Whoever needs it first causes it, but nobody asks for it: the event names no actor. */
async function makeDefaultKey({ database, secretBox }: Granary, tenantId: number): Promise<void> {
  const id = uuid();
  const sealed = secretBox.seal(randomBytes(32), namedKeySealContext(id));
  await database.transaction(async (tx) => {
    if ((await tx.query(insertKey, [id, tenantId, defaultName, sealed])).length > 0) {
      const details = { encryptionKey: id, name: defaultName };
      const origin = { requestId: 'default-key', sourceIp: null };
      await recordEvent(tx, origin, { action: 'granary:CreateEncryptionKey', tenantId, details });
    }
  });
}

/** A key may be named like the id that it had elsewhere. */
async function resolveKey(granary: Granary, tenantId: number, reference: string): Promise<string | undefined> {
  const isId = keyIdPattern.test(reference);
  if (isId && (await granary.namedKeys.find(reference))?.tenantId === tenantId) {
    return reference;
  }
  const named = await findId(granary, tenantId, reference.replace(/^alias\//, ''));
  return named ?? (isId ? reference : undefined);
}

async function findId(granary: Granary, tenantId: number, name: string): Promise<string | undefined> {
  const [row] = await granary.database.query<{ id: string }>(findByName, [tenantId, name]);
  return row?.id;
}
