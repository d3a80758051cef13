import { randomBytes } from 'node:crypto';
import { accessKeySealContext } from '../../auth/credential-cache.js';
import { hashPassword, verifyPassword } from '../../auth/password.js';
import { advisoryLocks } from '../../database/advisory-locks.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { announceUserChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { type AccessKeyPair, newAccessKeyPair } from '../credentials/access-key-pair.js';
import { forgetFailures } from '../sign-in/sign-in-throttle.js';
import { storePassword } from '../sign-in/store-password.js';
import { newCanonicalId } from './identity-input.js';

/** What the first start made. Secrets that the settings gave are null: whoever set them knows them. */
export interface FirstStart {
  tenant: string;
  username: string;
  password: string | null;
  accessKeyId: string;
  secretAccessKey: string | null;
}

const TENANT = 'default';
const USERNAME = 'admin';
const origin = { requestId: 'bootstrap', sourceIp: null };

const lock = statement('lock_bootstrap', 'SELECT pg_advisory_xact_lock($1)');
const insertTenant = statement(
  'bootstrap_tenant',
  `INSERT INTO tenant (name, display_name, canonical_id) VALUES ($1, 'Default', $2) ON CONFLICT (name) DO NOTHING`,
);
const findTenant = statement('bootstrap_find_tenant', 'SELECT id FROM tenant WHERE name = $1');
const findAdmin = statement(
  'bootstrap_find_admin',
  'SELECT id, password_hash AS "passwordHash" FROM user_account WHERE tenant_id = $1 AND username = $2',
);
const insertAdmin = statement(
  'bootstrap_insert_admin',
  `INSERT INTO user_account (tenant_id, username, password_hash, role, display_name, canonical_id)
   VALUES ($1, $2, $3, 'ADMINISTRATOR', 'Administrator', $4) RETURNING id`,
);
const findKey = statement(
  'bootstrap_find_key',
  'SELECT user_id AS "userId", secret_sealed AS "secretSealed" FROM access_key WHERE id = $1',
);
const upsertKey = statement(
  'bootstrap_upsert_key',
  `INSERT INTO access_key (id, user_id, secret_sealed, description) VALUES ($1, $2, $3, 'Made at the start')
   ON CONFLICT (id) DO UPDATE SET secret_sealed = EXCLUDED.secret_sealed, expires_at = NULL`,
);

interface Administrator {
  userId: number;
  tenantId: number;
}

/**
 * Makes the tenant `default`, its administrator `admin` and an access key where they are missing, and brings the
 * password and the key in line with the settings that name them. Several processes may do so at once.
 * @returns what was made on the very first start, null on every other.
 */
export async function bootstrap(granary: Granary): Promise<FirstStart | null> {
  return granary.database.transaction(async (tx) => {
    await tx.query(lock, [advisoryLocks.bootstrap]);
    const tenantId = await ensureTenant(tx);
    const [admin] = await tx.query<{ id: number; passwordHash: string | null }>(findAdmin, [tenantId, USERNAME]);
    if (admin === undefined) {
      return createAdministrator(tx, granary, tenantId);
    }
    const administrator = { userId: admin.id, tenantId };
    await alignPassword(tx, granary, { ...administrator, passwordHash: admin.passwordHash });
    const pair = configuredPair(granary);
    if (pair !== undefined) {
      await alignAccessKey({ tx, granary, administrator, pair });
    }
    return null;
  });
}

async function ensureTenant(tx: Queryable): Promise<number> {
  await tx.query(insertTenant, [TENANT, newCanonicalId()]);
  const [tenant] = await tx.query<{ id: number }>(findTenant, [TENANT]);
  if (tenant === undefined) {
    throw new GranaryError('Internal', 'The tenant default could not be made.');
  }
  return tenant.id;
}

async function createAdministrator(tx: Queryable, granary: Granary, tenantId: number): Promise<FirstStart> {
  const { adminPassword } = granary.settings;
  const password = adminPassword ?? randomBytes(18).toString('base64url');
  const values = [tenantId, USERNAME, await hashPassword(password), newCanonicalId()];
  const [created] = await tx.query<{ id: number }>(insertAdmin, values);
  if (created === undefined) {
    throw new GranaryError('Internal', 'The administrator could not be made.');
  }
  const configured = configuredPair(granary);
  const pair = configured ?? newAccessKeyPair();
  await alignAccessKey({ tx, granary, administrator: { userId: created.id, tenantId }, pair });
  await recordEvent(tx, origin, { action: 'granary:Bootstrap', tenantId, details: { username: USERNAME } });
  return {
    tenant: TENANT,
    username: USERNAME,
    password: adminPassword === undefined ? password : null,
    accessKeyId: pair.accessKeyId,
    secretAccessKey: configured === undefined ? pair.secretAccessKey : null,
  };
}

async function alignPassword(
  tx: Queryable,
  granary: Granary,
  admin: Administrator & { passwordHash: string | null },
): Promise<void> {
  const { adminPassword } = granary.settings;
  if (adminPassword === undefined) {
    return;
  }
  // Whoever can set this may come in at once, whatever has failed before.
  await forgetFailures(tx, admin.userId);
  if (await verifyPassword(admin.passwordHash, adminPassword)) {
    return;
  }
  const { userId } = admin;
  await storePassword(tx, { userId, hash: await hashPassword(adminPassword), mustChange: 'no' });
  const details = { username: USERNAME, reason: 'settings' };
  await recordEvent(tx, origin, { action: 'granary:ChangePassword', tenantId: admin.tenantId, details });
}

async function alignAccessKey(change: {
  tx: Queryable;
  granary: Granary;
  administrator: Administrator;
  pair: AccessKeyPair;
}): Promise<void> {
  const { tx, granary, administrator, pair } = change;
  const { userId, tenantId } = administrator;
  const context = accessKeySealContext(pair.accessKeyId);
  const [known] = await tx.query<{ userId: number; secretSealed: Buffer }>(findKey, [pair.accessKeyId]);
  if (known !== undefined && known.userId !== userId) {
    throw new GranaryError('InvalidInput', 'GRANARY_ROOT_ACCESS_KEY is the access key of another user.');
  }
  if (known !== undefined && granary.secretBox.open(known.secretSealed, context) === pair.secretAccessKey) {
    return;
  }
  await tx.query(upsertKey, [pair.accessKeyId, userId, granary.secretBox.seal(pair.secretAccessKey, context)]);
  await announceUserChange(tx, userId);
  const details = { accessKeyId: pair.accessKeyId, username: USERNAME };
  await recordEvent(tx, origin, { action: 'granary:CreateAccessKey', tenantId, details });
}

function configuredPair({ settings }: Granary): AccessKeyPair | undefined {
  const { rootAccessKey, rootSecretKey } = settings;
  return rootAccessKey === undefined || rootSecretKey === undefined
    ? undefined
    : { accessKeyId: rootAccessKey, secretAccessKey: rootSecretKey };
}
