import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { namedKeySealContext } from '../../auth/named-keys.js';
import { statement } from '../../database/database.js';
import { EncryptionKey } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validateText } from '../identities/identity-input.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';

export interface CreateEncryptionKeyInput {
  name: string;
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  description?: string | undefined;
}

/** As AWS names aliases: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html */
const namePattern = /^[A-Za-z0-9/_-]{1,250}$/;

const insertKey = statement(
  'insert_encryption_key',
  `INSERT INTO encryption_key (id, tenant_id, name, description, key_sealed) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (tenant_id, name) DO NOTHING RETURNING *`,
);

/** Makes a named key, with which objects can be sealed (SSE-KMS); for administrators. The key never leaves the server. */
export async function createEncryptionKey(
  context: RequestContext,
  input: CreateEncryptionKeyInput,
): Promise<EncryptionKey> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:CreateEncryptionKey', { tenant, kind: 'encryption-key', name: input.name });
  const description = input.description ?? '';
  validateName(input.name);
  validateText(description, 'description');
  const { database, secretBox } = context.granary;
  const id = uuid();
  const sealed = secretBox.seal(randomBytes(32), namedKeySealContext(id));
  const row = await database.transaction(async (tx) => {
    const [created] = await tx.query<object>(insertKey, [id, tenant.id, input.name, description, sealed]);
    if (created === undefined) {
      throw new GranaryError('Conflict', `The encryption key ${input.name} exists already.`, {
        reason: 'EncryptionKeyAlreadyExists',
        field: ['input', 'name'],
      });
    }
    const details = { encryptionKey: id, name: input.name };
    await recordEvent(tx, context, { action: 'granary:CreateEncryptionKey', tenantId: tenant.id, details });
    return created;
  });
  return database.orm.em.fork().map(EncryptionKey, row);
}

function validateName(name: string): void {
  if (!namePattern.test(name) || name.startsWith('aws/')) {
    throw new GranaryError(
      'InvalidInput',
      'The name of an encryption key has 1 to 250 letters, digits and / _ - and does not begin with aws/',
      { field: ['input', 'name'] },
    );
  }
}
