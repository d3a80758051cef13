import { type Database, statement } from '../../database/database.js';
import type { Log } from '../context.js';
import { WriteBehind } from '../write-behind.js';

interface Entry {
  bucketId: number;
  at: Date;
  line: string;
}

/** Characters of lines that wait in a process; what comes beyond is dropped, and counted. */
const mostWaiting = 16 * 2 ** 20;
const batchSize = 500;
const pauseMs = 500;

const insertRecords = statement(
  'insert_access_log_records',
  `INSERT INTO access_log_record (bucket_id, at, line)
   SELECT r.bucket_id, r.at, r.line FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) WITH ORDINALITY
     AS r (bucket_id, at, line, n) JOIN bucket b ON b.id = r.bucket_id ORDER BY r.n`,
);

/**
 * The lines of access logs, from the requests that they are about to the database, where they wait for their delivery.
 * No request waits for that; a process that dies loses those of its last moments.
 */
export class AccessLog {
  readonly #queue: WriteBehind<Entry>;

  constructor({ database, log, dropped }: { database: Database; log: Log; dropped: { inc(count: number): void } }) {
    this.#queue = new WriteBehind({
      ...{ log, dropped, mostWaiting, batchSize, pauseMs, what: 'lines of access logs' },
      sizeOf: ({ line }) => line.length,
      write: (batch) =>
        database.query(insertRecords, [
          batch.map(({ bucketId }) => bucketId),
          batch.map(({ at }) => at),
          batch.map(({ line }) => line),
        ]),
    });
  }

  /** Takes a line of a bucket's log, from a request that came at this time. */
  note(bucketId: number, at: Date, line: string): void {
    this.#queue.add({ bucketId, at, line });
  }

  /** Writes what is waiting. */
  flush(): Promise<void> {
    return this.#queue.flush();
  }

  /** Writes what is waiting, once more, for the end of the process. */
  stop(): Promise<void> {
    return this.#queue.stop();
  }
}
