import { type Queryable, statement } from '../../database/database.js';
import { SharedQueries } from './shared-queries.js';

/** A key, in a bucket as the asker knows it. */
export interface LatestQuestion {
  readonly bucketId: number;
  readonly revision: number;
  readonly key: string;
}

/** The row that is the key's latest version now; its id is null when there is none to see. */
export interface LatestAnswer {
  readonly id: number | null;
  /** PostgreSQL's xmin of the row: it changes whenever the row does. */
  readonly token: string | null;
}

const limits = { mostQueries: 2, largestBatch: 64 };

const confirmOne = statement(
  'confirm_latest',
  `SELECT v.id, v.xmin AS token
   FROM bucket k LEFT JOIN object_version v
     ON v.bucket_id = k.id AND v.key = $3 AND v.is_latest AND NOT v.delete_marker
   WHERE k.id = $1 AND k.revision = $2 AND k.deleted_at IS NULL`,
);

// Laterals keep the order in which things are looked up: by two unique indexes, once for each question.
const confirmSeveral = statement(
  'confirm_latest_of_several',
  `SELECT q.place::int, v.id, v.token
   FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY AS q (bucket_id, revision, key, place)
   CROSS JOIN LATERAL (
     SELECT k.id FROM bucket k WHERE k.id = q.bucket_id AND k.revision = q.revision AND k.deleted_at IS NULL OFFSET 0
   ) k
   LEFT JOIN LATERAL (
     SELECT v.id, v.xmin AS token FROM object_version v
     WHERE v.bucket_id = q.bucket_id AND v.key = q.key AND v.is_latest AND NOT v.delete_marker OFFSET 0
   ) v ON true`,
);

/** Asks the database which version of a key is the latest; several at once where many ask. */
export class LatestConfirmer {
  readonly #database: Queryable;
  readonly #queries = new SharedQueries<LatestQuestion, LatestAnswer | undefined>(limits, (questions) =>
    questions.length === 1 ? this.#one(questions) : this.#several(questions),
  );

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Undefined when the bucket is no longer what the asker knows. */
  confirm(question: LatestQuestion): Promise<LatestAnswer | undefined> {
    return this.#queries.ask(question);
  }

  #one([question]: readonly LatestQuestion[]): Promise<LatestAnswer[]> {
    const values = [question?.bucketId, question?.revision, question?.key];
    return this.#database.query<LatestAnswer>(confirmOne, values);
  }

  async #several(questions: readonly LatestQuestion[]): Promise<(LatestAnswer | undefined)[]> {
    const rows = await this.#database.query<LatestAnswer & { place: number }>(confirmSeveral, [
      questions.map(({ bucketId }) => bucketId),
      questions.map(({ revision }) => revision),
      questions.map(({ key }) => key),
    ]);
    const answers: (LatestAnswer | undefined)[] = questions.map(() => undefined);
    for (const { place, ...answer } of rows) {
      answers[place - 1] = answer;
    }
    return answers;
  }
}
