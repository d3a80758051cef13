import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { EventHorizon } from '../events/event-horizon.js';

const countNews = statement(
  'count_folder_news',
  `SELECT COALESCE((SELECT event_id FROM folder_position), 0) AS folded, s.last_value AS newest FROM event_id_seq s`,
);

const foldEvents = statement('fold_folder_events', 'SELECT fold_events($1) AS "foldedTo"');

/** Adds up for each folder what events say of the objects in it. Of all processes that do it one at a time has work. */
export class FolderCounter {
  readonly #granary: Granary;
  readonly #horizon = new EventHorizon();

  constructor(granary: Granary) {
    this.#granary = granary;
  }

  /** Folds in what can be; true when there is more already. */
  async run(): Promise<boolean> {
    const { database } = this.#granary;
    const [news] = await database.query<{ folded: number; newest: number }>(countNews);
    if (news === undefined || news.folded >= news.newest) {
      return false;
    }
    const settled = await this.#horizon.advance(database);
    const [row] = await database.query<{ foldedTo: number | null }>(foldEvents, [settled]);
    return row !== undefined && row.foldedTo !== null && row.foldedTo < settled;
  }
}
