import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { v7 as uuid } from 'uuid';
import { statement } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { deliveryContext } from '../access/service-delivery.js';
import { type BucketState, selectBuckets, toBucketState } from '../buckets/bucket-cache.js';
import type { Granary, RequestContext } from '../context.js';
import { deliverObject } from '../objects/deliver-object.js';
import type { InventoryConfiguration } from './inventory-configuration.js';
import { type InventoryPlace, inventoryColumns, inventoryLines } from './inventory-rows.js';

/** So many versions are in one file of a report, and then in the next one. */
const usualRowsPerFile = 500_000;

const retrySeconds = 3600;
const mostReportsPerRun = 100;

export interface InventoryOptions {
  /** Leaves the rest of a report to the next run, which goes on behind the last whole file. */
  signal?: AbortSignal;
  now?: Date;
  rowsPerFile?: number;
}

interface ReportFile {
  key: string;
  size: number;
  MD5checksum: string;
  rows: number;
}

/** How far a report is. */
interface Run {
  startedAt: string;
  place: InventoryPlace;
  files: ReportFile[];
}

interface DueReport {
  bucketId: number;
  id: string;
  document: InventoryConfiguration;
  run: Run | null;
}

const findDue = statement(
  'find_due_inventory',
  `SELECT n.bucket_id AS "bucketId", n.id, n.document, n.run FROM named_configuration n
   JOIN bucket b ON b.id = n.bucket_id
   WHERE n.due_at <= $1 AND n.kind = 'INVENTORY' AND b.deleted_at IS NULL AND n.document ->> 'enabled' = 'true'
   ORDER BY n.due_at LIMIT 1`,
);

const findBucket = statement('find_inventoried_bucket', `${selectBuckets} AND b.id = $1`);

// All of these leave a configuration alone that was replaced meanwhile: its report begins anew.
const moveRun = statement(
  'move_inventory',
  `UPDATE named_configuration SET run = $4::jsonb
   WHERE bucket_id = $1 AND kind = 'INVENTORY' AND id = $2 AND document = $3::jsonb RETURNING id`,
);

const finishRun = statement(
  'finish_inventory',
  `UPDATE named_configuration SET run = NULL, problem = NULL, reported_at = now(), manifest_key = $4, due_at = $5
   WHERE bucket_id = $1 AND kind = 'INVENTORY' AND id = $2 AND document = $3::jsonb`,
);

const failRun = statement(
  'fail_inventory',
  `UPDATE named_configuration SET problem = $4, due_at = $5
   WHERE bucket_id = $1 AND kind = 'INVENTORY' AND id = $2 AND document = $3::jsonb`,
);

/**
 * Writes the reports that are due. Versions stream from the database through gzip into files of the destination, so that
 * the memory does not grow with the bucket. After each file the place is kept: a run that was killed costs one file.
 */
export async function writeInventories(
  granary: Granary,
  { signal, now = new Date(), rowsPerFile = usualRowsPerFile }: InventoryOptions = {},
): Promise<{ reports: number; failed: number }> {
  const figures = { reports: 0, failed: 0 };
  for (let turn = 0; turn < mostReportsPerRun && !signal?.aborted; turn++) {
    const [due] = await granary.database.query<DueReport>(findDue, [now]);
    if (due === undefined) {
      break;
    }
    try {
      const outcome = await writeReport(granary, due, { signal, now, rowsPerFile });
      figures.reports += outcome === 'finished' ? 1 : 0;
    } catch (error) {
      figures.failed += 1;
      await fail(granary, due, { error, now });
    }
  }
  return figures;
}

interface ReportOptions {
  signal: AbortSignal | undefined;
  now: Date;
  rowsPerFile: number;
}

interface Report {
  context: RequestContext;
  source: BucketState;
  target: BucketState;
  inventory: InventoryConfiguration;
}

async function writeReport(
  granary: Granary,
  due: DueReport,
  { signal, now, rowsPerFile }: ReportOptions,
): Promise<'finished' | 'stopped' | 'replaced'> {
  const report = await openReport(granary, due);
  const run: Run = due.run ?? { startedAt: now.toISOString(), place: { key: '', id: 0 }, files: [] };
  const save = async () =>
    (await granary.database.query(moveRun, [...nameOf(due), JSON.stringify(run)])).length > 0 ? 'saved' : 'replaced';
  for (;;) {
    const { file, place } = await writeFile(report, run.place, rowsPerFile);
    if (file !== undefined) {
      run.files.push(file);
      run.place = place;
      if ((await save()) === 'replaced') {
        return 'replaced';
      }
    }
    if (file === undefined || file.rows < rowsPerFile) {
      break;
    }
    if (signal?.aborted) {
      return 'stopped';
    }
  }
  const manifestKey = await writeManifest(report, run);
  const days = report.inventory.frequency === 'Daily' ? 1 : 7;
  await granary.database.query(finishRun, [...nameOf(due), manifestKey, after(granary, now, days)]);
  return 'finished';
}

async function openReport(granary: Granary, { bucketId, id, document: inventory }: DueReport): Promise<Report> {
  const [row] = await granary.database.query<Parameters<typeof toBucketState>[0]>(findBucket, [bucketId]);
  if (row === undefined) {
    throw new GranaryError('NotFound', 'The bucket is gone.');
  }
  const source = toBucketState(row);
  const target = await granary.buckets.find(source.tenantName, inventory.destination.bucket);
  if (target === undefined) {
    throw new GranaryError('NotFound', 'The destination does not exist.');
  }
  const context = deliveryContext(granary, { service: 's3.amazonaws.com', source, requestId: `inventory-${id}` });
  return { context, source, target, inventory };
}

/** One file of a report; none when no version is left. */
async function writeFile(
  report: Report,
  after_: InventoryPlace,
  rowsPerFile: number,
): Promise<{ file?: ReportFile; place: InventoryPlace }> {
  const { context, source, inventory } = report;
  const lines = inventoryLines(context.granary.database, { bucket: source, inventory, after: after_ });
  const first = await lines.next();
  if (first.done) {
    return { place: after_ };
  }
  let rows = 0;
  let place = after_;
  const key = keyBelow(report, `data/${uuid()}.csv.gz`);
  const { object } = await deliver(report, { key, contentType: 'application/gzip' }, gzip(upTo()));
  return { file: { key, size: object.size, MD5checksum: object.etag, rows }, place };

  async function* upTo(): AsyncGenerator<string> {
    for (let page = first; !page.done; page = await lines.next()) {
      rows += page.value.rows;
      place = page.value.place;
      yield page.value.text;
      if (rows >= rowsPerFile) {
        return;
      }
    }
  }
}

/** What leads to the files. The checksum comes last: who is notified of it finds everything there. */
async function writeManifest(report: Report, { startedAt, files }: Run): Promise<string> {
  const { source, target, inventory } = report;
  const minute = startedAt.slice(0, 16).replaceAll(':', '-');
  const manifest = JSON.stringify({
    sourceBucket: source.name,
    destinationBucket: `arn:aws:s3:::${target.name}`,
    version: '2016-11-30',
    creationTimestamp: String(Date.parse(startedAt)),
    fileFormat: 'CSV',
    fileSchema: inventoryColumns(inventory).join(', '),
    files: files.map(({ rows: _, ...file }) => file),
  });
  const links = files.map(({ key }) => `s3://${target.name}/${key}\n`).join('');
  const symlinks = keyBelow(report, `hive/dt=${minute.replace('T', '-')}/symlink.txt`);
  await deliver(report, { key: symlinks, contentType: 'text/plain' }, Readable.from([links]));
  const key = keyBelow(report, `${minute}Z/manifest.json`);
  await deliver(report, { key, contentType: 'application/json' }, Readable.from([manifest]));
  const checksum = createHash('md5').update(manifest).digest('hex');
  const checksumKey = keyBelow(report, `${minute}Z/manifest.checksum`);
  await deliver(report, { key: checksumKey, contentType: 'text/plain' }, Readable.from([checksum]));
  return key;
}

function deliver(
  { context, target, inventory: { encryption } }: Report,
  { key, contentType }: { key: string; contentType: string },
  body: AsyncIterable<string | Uint8Array>,
) {
  return deliverObject(context, { target, key, contentType, encryption, body: asBytes(body) });
}

async function* asBytes(body: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    yield typeof piece === 'string' ? Buffer.from(piece) : piece;
  }
}

function gzip(text: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  // What fails before it fails the compression, and with it whoever reads that.
  return pipeline(Readable.from(text), createGzip(), () => undefined);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html */
function keyBelow({ source, inventory: { id, destination } }: Report, rest: string): string {
  return [...(destination.prefix ? [destination.prefix] : []), source.name, id, rest].join('/');
}

function nameOf({ bucketId, id, document }: DueReport): unknown[] {
  return [bucketId, id, JSON.stringify(document)];
}

function after({ settings }: Granary, now: Date, days: number): Date {
  return new Date(now.getTime() + days * settings.lifecycleDaySeconds * 1000);
}

async function fail(granary: Granary, due: DueReport, { error, now }: { error: unknown; now: Date }): Promise<void> {
  // What goes wrong inside the server is for its log, not for who may see the configuration.
  const problem = isGranaryError(error) ? error.message : 'The report could not be written.';
  const pause = Math.min(retrySeconds, granary.settings.lifecycleDaySeconds);
  await granary.database.query(failRun, [...nameOf(due), problem, new Date(now.getTime() + pause * 1000)]);
  granary.log.warn(
    { bucketId: due.bucketId, inventory: due.id, error: String(error) },
    'An inventory could not be written',
  );
}
