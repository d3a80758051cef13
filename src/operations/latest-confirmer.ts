import { type Queryable, statement } from '../database/database.js';
import { withoutDeadline } from '../database/deadline.js';

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

interface WaitingQuestion extends LatestQuestion {
  resolve(answer: LatestAnswer | undefined): void;
  reject(error: unknown): void;
}

/** How many queries are under way at once; what is asked meanwhile waits and goes together. */
const mostQueries = 2;
const largestBatch = 64;

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

/**
 * Asks the database which version of a key is the latest. Questions that come while others are under way share the
 * next query: each is still asked after it came, so that the answer is as fresh as if it had been asked alone. One that
 * finds the way free goes at once.
 */
export class LatestConfirmer {
  readonly #database: Queryable;
  readonly #waiting: WaitingQuestion[] = [];
  #queries = 0;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Undefined when the bucket is no longer what the asker knows. */
  confirm(question: LatestQuestion): Promise<LatestAnswer | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...question, resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    while (this.#queries < mostQueries && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, largestBatch);
      void withoutDeadline(() => this.#ask(batch));
    }
  }

  /** Settles every question of the batch, and never rejects itself. */
  async #ask(batch: readonly WaitingQuestion[]): Promise<void> {
    this.#queries += 1;
    try {
      const answers = await (batch.length === 1 ? this.#one(batch) : this.#several(batch));
      for (const [place, question] of batch.entries()) {
        question.resolve(answers.get(place));
      }
    } catch (error) {
      for (const question of batch) {
        question.reject(error);
      }
    } finally {
      this.#queries -= 1;
      this.#start();
    }
  }

  async #one([question]: readonly WaitingQuestion[]): Promise<Map<number, LatestAnswer>> {
    const values = [question?.bucketId, question?.revision, question?.key];
    const rows = await this.#database.query<LatestAnswer>(confirmOne, values);
    return new Map(rows.entries());
  }

  async #several(batch: readonly WaitingQuestion[]): Promise<Map<number, LatestAnswer>> {
    const rows = await this.#database.query<LatestAnswer & { place: number }>(confirmSeveral, [
      batch.map(({ bucketId }) => bucketId),
      batch.map(({ revision }) => revision),
      batch.map(({ key }) => key),
    ]);
    return new Map(rows.map((row) => [row.place - 1, row]));
  }
}
