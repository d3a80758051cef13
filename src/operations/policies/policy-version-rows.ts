import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { requireGrantable } from '../access/grant-limits.js';
import type { RequestContext } from '../context.js';
import { spareAdministrators } from '../identities/spare-administrators.js';
import type { ReadDocument } from './policy-input.js';

/** As many as AWS keeps of one policy. */
export const mostVersions = 5;

/** A version of a policy of a tenant, or the one that a built-in policy has. */
export interface PolicyVersionInfo {
  readonly number: number;
  readonly document: object;
  readonly isDefault: boolean;
  /** Null for a built-in one. */
  readonly createdAt: Date | null;
}

const isInUse = statement(
  'is_policy_in_use',
  `SELECT 1 AS found WHERE EXISTS (SELECT FROM policy_attachment WHERE policy_id = $1)
     OR EXISTS (SELECT FROM user_account WHERE boundary_policy_id = $1)`,
);
const insertRow = statement(
  'insert_policy_version',
  'INSERT INTO policy_version (policy_id, number, document) VALUES ($1, $2, $3)',
);
const takeNumber = statement(
  'take_policy_version_number',
  'UPDATE policy SET last_version = last_version + 1 WHERE id = $1 RETURNING last_version AS number',
);
const countRows = statement(
  'count_policy_versions',
  'SELECT count(*)::int AS count FROM policy_version WHERE policy_id = $1',
);
const forgetOldest = statement(
  'forget_oldest_policy_version',
  `DELETE FROM policy_version WHERE policy_id = $1 AND number = (
     SELECT min(v.number) FROM policy_version v JOIN policy p ON p.id = v.policy_id
     WHERE v.policy_id = $1 AND v.number <> p.default_version)`,
);
const makeDefault = statement(
  'set_default_policy_version',
  'UPDATE policy SET default_version = $2, document = $3, updated_at = now() WHERE id = $1',
);

export async function insertVersion(
  tx: Queryable,
  { policyId, number, document }: { policyId: number; number: number; document: object },
): Promise<void> {
  await tx.query(insertRow, [policyId, number, JSON.stringify(document)]);
}

/** Adds a version that does not count yet; throws `LimitExceeded` when there are as many as there can be. */
export async function addVersion(tx: Queryable, policyId: number, document: object): Promise<number> {
  if ((await versionsOf(tx, policyId)) >= mostVersions) {
    throw new GranaryError('QuotaExceeded', `A policy has at most ${mostVersions} versions. Delete one first.`, {
      reason: 'LimitExceeded',
      field: ['input', 'name'],
    });
  }
  const [taken] = await tx.query<{ number: number }>(takeNumber, [policyId]);
  const number = taken?.number ?? 1;
  await insertVersion(tx, { policyId, number, document });
  return number;
}

/** Makes a version the one that counts. What is in use allows nobody more than whoever changes it may do itself. */
export async function applyVersion(
  tx: Queryable,
  context: RequestContext,
  { policyId, number, read }: { policyId: number; number: number; read: ReadDocument },
): Promise<void> {
  const caller = requireUser(context);
  if ((await tx.query(isInUse, [policyId])).length > 0) {
    requireGrantable(caller, [read.policy]);
    await spareAdministrators(tx, caller, { policyId });
  }
  await tx.query(makeDefault, [policyId, number, JSON.stringify(read.document)]);
}

/** Gives a policy another document, as a version that counts at once. */
export async function putDocument(
  tx: Queryable,
  context: RequestContext,
  { policyId, read }: { policyId: number; read: ReadDocument },
): Promise<void> {
  if ((await versionsOf(tx, policyId)) >= mostVersions) {
    await tx.query(forgetOldest, [policyId]);
  }
  const number = await addVersion(tx, policyId, read.document);
  await applyVersion(tx, context, { policyId, number, read });
}

async function versionsOf(tx: Queryable, policyId: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(countRows, [policyId]);
  return row?.count ?? 0;
}
