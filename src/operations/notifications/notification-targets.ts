import { type Queryable, statement } from '../../database/database.js';
import type { NotificationTargetKind } from '../../entities/notification-target.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';

/** What sending to a target needs to know of it. */
export interface TargetState {
  readonly id: string;
  readonly tenantId: number;
  readonly name: string;
  readonly kind: NotificationTargetKind;
  readonly address: string;
  readonly destination: string;
  readonly username: string;
  /** Null for a target without one. */
  readonly secret: string | null;
  readonly enabled: boolean;
  readonly revision: number;
}

interface TargetRow extends Omit<TargetState, 'secret'> {
  secretSealed: Buffer | null;
}

const columns = `id, tenant_id AS "tenantId", name, kind, address, destination, username,
  secret_sealed AS "secretSealed", enabled, revision`;

const findByName = statement(
  'find_notification_target',
  `SELECT ${columns} FROM notification_target WHERE tenant_id = $1 AND name = $2`,
);
const findById = statement(
  'find_notification_target_by_id',
  `SELECT ${columns} FROM notification_target WHERE tenant_id = $1 AND id = $2`,
);
const holdTargets = statement(
  'hold_notification_targets',
  'SELECT id, name FROM notification_target WHERE tenant_id = $1 AND name = ANY ($2::text[]) FOR SHARE',
);

/** What the secret of a target is sealed for. */
export function notificationSealContext(id: string): string {
  return `notification_target/${id}`;
}

/** A target of a tenant with its secret. Throws `NotFound`. */
export async function findTarget(
  granary: Granary,
  { tenantId, name }: { tenantId: number; name: string },
): Promise<TargetState> {
  const [row] = isTargetName(name) ? await granary.database.query<TargetRow>(findByName, [tenantId, name]) : [];
  if (row === undefined) {
    throw noSuchTarget();
  }
  return opened(granary, row);
}

/** As {@link findTarget}, for a delivery; undefined when the target is gone. */
export async function findTargetById(
  granary: Granary,
  { tenantId, id }: { tenantId: number; id: string },
): Promise<TargetState | undefined> {
  const [row] = await granary.database.query<TargetRow>(findById, [tenantId, id]);
  return row === undefined ? undefined : opened(granary, row);
}

/** The ids of a tenant's targets by name, which stay to the end of the transaction. */
export async function holdTargetsByName(
  tx: Queryable,
  tenantId: number,
  names: readonly string[],
): Promise<Map<string, string>> {
  const rows = await tx.query<{ id: string; name: string }>(holdTargets, [tenantId, names]);
  return new Map(rows.map(({ id, name }) => [name, id]));
}

export function noSuchTarget(): GranaryError {
  return new GranaryError('NotFound', 'There is no such notification target.', {
    reason: 'NoSuchNotificationTarget',
    field: ['input', 'name'],
  });
}

export function isTargetName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/** The name that S3 knows a target by. */
export function targetArn(tenant: string, name: string): string {
  return `arn:granary:notify::${tenant}:${name}`;
}

/** The target that an ARN names; undefined when it names none of this tenant. */
export function targetOfArn(tenant: string, arn: string): string | undefined {
  const start = targetArn(tenant, '');
  const name = arn.startsWith(start) ? arn.slice(start.length) : '';
  return isTargetName(name) ? name : undefined;
}

function opened({ secretBox }: Granary, { secretSealed, ...row }: TargetRow): TargetState {
  return {
    ...row,
    secret: secretSealed === null ? null : secretBox.open(secretSealed, notificationSealContext(row.id)),
  };
}
