import { type Queryable, statement } from '../../database/database.js';

// An id that was not called for may still be given out.
const lastEventId = statement(
  'last_event_id',
  'SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS id FROM event_id_seq',
);

const eventWriters = statement(
  'event_writers',
  `SELECT DISTINCT virtualtransaction AS holder FROM pg_locks
   WHERE locktype = 'relation' AND relation = 'event'::regclass AND granted AND mode = 'RowExclusiveLock'
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
);

/**
 * How far the events are complete. Their ids come from a sequence and their transactions commit in any order, so that
 * below the newest event others may still appear. But a transaction locks the table before it takes an id, and keeps
 * the lock until what it wrote can be seen: once all who had it at a moment are gone, every id that was given
 * out before is settled. Writers pay nothing for it, and none waits.
 */
export class EventHorizon {
  #settled = 0;
  #pending: { id: number; holders: ReadonlySet<string> } | undefined;

  /** The greatest id for which no event will appear at it or below. It grows as transactions end. */
  async advance(database: Queryable): Promise<number> {
    this.#pending ??= await look(database);
    const { id, holders } = this.#pending;
    if (holders.size === 0 || (await writers(database)).every((holder) => !holders.has(holder))) {
      this.#settled = id;
      this.#pending = undefined;
    }
    return this.#settled;
  }

  /** Whether a transaction is waited for. */
  get isWaiting(): boolean {
    return this.#pending !== undefined;
  }
}

/** The order matters: who takes an id after the first look is not waited for. */
async function look(database: Queryable): Promise<{ id: number; holders: ReadonlySet<string> }> {
  const [last] = await database.query<{ id: number }>(lastEventId);
  return { id: last?.id ?? 0, holders: new Set(await writers(database)) };
}

async function writers(database: Queryable): Promise<string[]> {
  return (await database.query<{ holder: string }>(eventWriters)).map(({ holder }) => holder);
}
