import type { Readable } from 'node:stream';
import { type Database, type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { Log } from '../context.js';

const CHANNEL = 'granary_share';

const notify = statement('notify_share', `SELECT pg_notify('${CHANNEL}', $1::text)`);
const findGood = statement(
  'find_good_share_links',
  'SELECT id FROM share_link WHERE id = ANY ($1::bigint[]) AND revoked_at IS NULL',
);

/** The downloads by share links that this process is sending, so that those of a link that is taken back break off. */
export class RunningShares {
  readonly #database: Database;
  readonly #log: Log;
  readonly #running = new Map<number, Set<Readable>>();
  #stopListening: (() => Promise<void>) | undefined;

  constructor(parts: { database: Database; log: Log }) {
    this.#database = parts.database;
    this.#log = parts.log;
  }

  async start(): Promise<void> {
    this.#stopListening = await this.#database.listen(
      CHANNEL,
      (id) => this.#breakOff(Number(id)),
      () => void this.#lookAgain(),
    );
  }

  async stop(): Promise<void> {
    await this.#stopListening?.();
  }

  /** Follows a download until it ends. */
  follow(linkId: number, stream: Readable): Readable {
    const streams = this.#running.get(linkId) ?? new Set();
    this.#running.set(linkId, streams.add(stream));
    stream.once('close', () => {
      streams.delete(stream);
      if (streams.size === 0 && this.#running.get(linkId) === streams) {
        this.#running.delete(linkId);
      }
    });
    return stream;
  }

  #breakOff(linkId: number): void {
    for (const stream of this.#running.get(linkId) ?? []) {
      stream.destroy(new GranaryError('Denied', 'The link was taken back.', { reason: 'ShareLinkRevoked' }));
    }
  }

  /** After a gap in what was heard. */
  async #lookAgain(): Promise<void> {
    const ids = [...this.#running.keys()];
    if (ids.length === 0) {
      return;
    }
    try {
      const good = new Set((await this.#database.query<{ id: number }>(findGood, [ids])).map(({ id }) => id));
      for (const id of ids.filter((one) => !good.has(one))) {
        this.#breakOff(id);
      }
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'It cannot be read which share links were taken back');
    }
  }
}

/** Tells every process, when the transaction commits, to break off the downloads of a link. */
export async function announceRevoked(tx: Queryable, linkId: number): Promise<void> {
  await tx.query(notify, [linkId]);
}
