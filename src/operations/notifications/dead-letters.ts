import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { type DeliveryLane, lockLane } from './notification-queue.js';
import { findTarget } from './notification-targets.js';

/** A notification that was given up. */
export interface DeadLetter {
  id: number;
  targetName: string;
  /** Null when the bucket is no longer there. */
  bucketName: string | null;
  /** Empty for a test event. */
  key: string;
  eventName: string;
  /** The document that was to be sent. */
  body: string;
  attempts: number;
  error: string | null;
  createdAt: Date;
  deadAt: Date;
}

export interface DeadLettersOf {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  /** Those of one target. */
  target?: string | undefined;
}

/** Some of a tenant's dead letters: those with these ids, else all of a target, else all. */
export interface DeadLetterChoice extends DeadLettersOf {
  ids?: readonly string[] | undefined;
}

const mostIds = 1000;
const batchSize = 200;

const columns = `d.id, t.name AS "targetName", b.name AS "bucketName", d.key, d.event_name AS "eventName", d.body,
  d.attempts, d.error, d.created_at AS "createdAt", d.dead_at AS "deadAt"`;

const list = (name: string, comparison: string, order: string) =>
  statement(
    name,
    `SELECT ${columns} FROM notification_delivery d JOIN notification_target t ON t.id = d.target_id
       LEFT JOIN bucket b ON b.id = d.bucket_id
     WHERE d.tenant_id = $1 AND d.state = 'DEAD' AND ($2::uuid IS NULL OR d.target_id = $2)
       AND ($3::bigint IS NULL OR d.id ${comparison} $3) ORDER BY d.id ${order} LIMIT $4`,
  );
const listForward = list('list_dead_letters', '>', 'ASC');
const listBackward = list('list_dead_letters_backward', '<', 'DESC');

const countLetters = statement(
  'count_dead_letters',
  `SELECT count(*) AS count FROM notification_delivery
   WHERE tenant_id = $1 AND state = 'DEAD' AND ($2::uuid IS NULL OR target_id = $2)`,
);

const choose = statement(
  'choose_dead_letters',
  `SELECT id, target_id AS "targetId", bucket_id AS "bucketId", key FROM notification_delivery
   WHERE tenant_id = $1 AND state = 'DEAD' AND ($2::uuid IS NULL OR target_id = $2)
     AND ($3::bigint[] IS NULL OR id = ANY ($3)) AND id > $4 AND id <= $5 ORDER BY id LIMIT ${batchSize}`,
);

const lastLetter = statement(
  'last_dead_letter',
  `SELECT COALESCE(max(id), 0) AS id FROM notification_delivery WHERE tenant_id = $1 AND state = 'DEAD'`,
);

// Behind what is on its way for the key now; due at once when that is nothing.
const revive = statement(
  'revive_dead_letter',
  `UPDATE notification_delivery d SET state = 'PENDING', attempts = 0, dead_at = NULL,
     due_at = CASE WHEN NOT EXISTS (SELECT FROM notification_delivery p WHERE p.target_id = d.target_id
       AND p.bucket_id = d.bucket_id AND p.key = d.key AND p.state = 'PENDING') THEN now() END
   WHERE d.id = $1 AND d.state = 'DEAD' RETURNING d.id`,
);

const discard = statement(
  'discard_dead_letter',
  `DELETE FROM notification_delivery WHERE id = $1 AND state = 'DEAD' RETURNING id`,
);

/** Notifications of a tenant that were given up, in the order in which their events happened; for administrators. */
export async function listDeadLetters(
  context: RequestContext,
  input: DeadLettersOf & PageRequest,
): Promise<{ letters: DeadLetter[]; truncated: boolean }> {
  const { tenantId, targetId } = await scopeOf(context, 'granary:ListDeadLetters', input);
  const { after, limit, direction } = input;
  if (after !== undefined && !isLetterId(after)) {
    throw new GranaryError('InvalidInput', 'This is not a place in the list.', { field: ['after'] });
  }
  const found = await context.granary.database.query<DeadLetter>(
    direction === 'backward' ? listBackward : listForward,
    [tenantId, targetId, after ?? null, limit + 1],
  );
  const { items, truncated } = toPage(found, input);
  return { letters: items, truncated };
}

/** How many {@link listDeadLetters} has in all. */
export async function countDeadLetters(context: RequestContext, input: DeadLettersOf): Promise<number> {
  const { tenantId, targetId } = await scopeOf(context, 'granary:ListDeadLetters', input);
  const [row] = await context.granary.database.query<{ count: number }>(countLetters, [tenantId, targetId]);
  return row?.count ?? 0;
}

/** Queues dead letters again; those of one key in their order. Returns how many it were. */
export function replayDeadLetters(context: RequestContext, choice: DeadLetterChoice): Promise<number> {
  return forEachChosen(context, { choice, action: 'granary:ReplayDeadLetters' }, async (tx, letter) => {
    await lockLane(tx, letter);
    return (await tx.query(revive, [letter.id])).length;
  });
}

/** Forgets dead letters. Returns how many it were. */
export function discardDeadLetters(context: RequestContext, choice: DeadLetterChoice): Promise<number> {
  return forEachChosen(
    context,
    { choice, action: 'granary:DiscardDeadLetters' },
    async (tx, letter) => (await tx.query(discard, [letter.id])).length,
  );
}

type Letter = DeliveryLane & { id: number };

/** In batches, each with its event: there may be many. What dies meanwhile is not among them. */
async function forEachChosen(
  context: RequestContext,
  { choice, action }: { choice: DeadLetterChoice; action: GranaryAction },
  change: (tx: Queryable, letter: Letter) => Promise<number>,
): Promise<number> {
  const { database } = context.granary;
  const { tenantId, targetId } = await scopeOf(context, action, choice);
  const ids = choice.ids === undefined ? null : validIds(choice.ids);
  const [last] = await database.query<{ id: number }>(lastLetter, [tenantId]);
  let [place, changed] = [0, 0];
  for (;;) {
    const batch = await database.transaction(async (tx) => {
      const letters = await tx.query<Letter>(choose, [tenantId, targetId, ids, place, last?.id ?? 0]);
      let count = 0;
      for (const letter of letters) {
        count += await change(tx, letter);
      }
      if (count > 0) {
        const details = { letters: count, ...(choice.target === undefined ? {} : { target: choice.target }) };
        await recordEvent(tx, context, { action, tenantId, details });
      }
      return { last: letters.at(-1)?.id, count };
    });
    changed += batch.count;
    if (batch.last === undefined) {
      return changed;
    }
    place = batch.last;
  }
}

async function scopeOf(
  context: RequestContext,
  action: GranaryAction,
  { tenant: name, target }: DeadLettersOf,
): Promise<{ tenantId: number; targetId: string | null }> {
  const tenant = await resolveTenant(context, name);
  authorizeAction(context, action, { tenant, kind: 'tenant', name: tenant.name });
  const found = target === undefined ? null : await findTarget(context.granary, { tenantId: tenant.id, name: target });
  return { tenantId: tenant.id, targetId: found?.id ?? null };
}

function validIds(ids: readonly string[]): number[] {
  if (ids.length > mostIds || !ids.every(isLetterId)) {
    throw new GranaryError('InvalidInput', `At most ${mostIds} ids of dead letters can be named.`, {
      field: ['input', 'ids'],
    });
  }
  return ids.map(Number);
}

function isLetterId(id: string): boolean {
  return /^[1-9]\d{0,14}$/.test(id);
}
