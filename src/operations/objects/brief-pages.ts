import { type Queryable, statement } from '../../database/database.js';
import { SharedQueries } from './shared-queries.js';
import { type BriefRow, briefColumns } from './version-row.js';

/** A page of a bucket's objects and common prefixes, forward. */
export interface PageQuestion {
  readonly bucketId: number;
  readonly prefix: string;
  readonly delimiter: string | null;
  /** Begin behind this key; `''` for the beginning. */
  readonly after: string;
  readonly limit: number;
}

export type PageRow = BriefRow & { prefix: string | null };

/** Larger ones go alone, so that nobody waits long for another's. */
const longestSharedPage = 101;
const limits = { mostQueries: 3, largestBatch: 16 };

const one = statement(
  'list_brief_objects',
  `SELECT l.prefix, ${briefColumns}
   FROM list_objects($1, $2, $3, $4, $5) WITH ORDINALITY AS l(prefix, version_id, n)
   LEFT JOIN object_version v ON v.id = l.version_id
   ORDER BY l.n`,
);

// The lateral keeps the versions looked up one by one, however many the planner expects.
const several = statement(
  'list_brief_objects_of_several',
  `SELECT q.place::int, l.prefix, v.*
   FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::int[]) WITH ORDINALITY
     AS q (bucket_id, prefix, delimiter, after, size, place)
   CROSS JOIN LATERAL list_objects(q.bucket_id, q.prefix, q.delimiter, q.after, q.size) WITH ORDINALITY
     AS l(prefix, version_id, n)
   LEFT JOIN LATERAL (SELECT ${briefColumns} FROM object_version v WHERE v.id = l.version_id OFFSET 0) v ON true
   ORDER BY q.place, l.n`,
);

/** Reads pages of what lists show; several at once where many ask. */
export class BriefPages {
  readonly #database: Queryable;
  readonly #queries = new SharedQueries<PageQuestion, PageRow[]>(limits, async (questions) =>
    questions.length === 1 ? Promise.all(questions.map((question) => this.#one(question))) : this.#several(questions),
  );

  constructor(database: Queryable) {
    this.#database = database;
  }

  read(question: PageQuestion): Promise<PageRow[]> {
    return question.limit > longestSharedPage ? this.#one(question) : this.#queries.ask(question);
  }

  #one({ bucketId, prefix, delimiter, after, limit }: PageQuestion): Promise<PageRow[]> {
    return this.#database.query<PageRow>(one, [bucketId, prefix, delimiter, after, limit]);
  }

  async #several(questions: readonly PageQuestion[]): Promise<PageRow[][]> {
    const rows = await this.#database.query<PageRow & { place: number }>(several, [
      questions.map(({ bucketId }) => bucketId),
      questions.map(({ prefix }) => prefix),
      questions.map(({ delimiter }) => delimiter),
      questions.map(({ after }) => after),
      questions.map(({ limit }) => limit),
    ]);
    const pages: PageRow[][] = questions.map(() => []);
    for (const row of rows) {
      pages[row.place - 1]?.push(row);
    }
    return pages;
  }
}
