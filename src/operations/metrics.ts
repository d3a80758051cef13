import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheFigures } from '../storage/blob-store.js';

/** Seconds: from a small object in memory to a large one on a slow line. */
const latencyBuckets = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

/** A request whose answer has ended. */
export interface CountedRequest {
  face: 's3' | 'http';
  /** One of a small set of names. */
  operation: string;
  status: string;
  seconds: number;
  /** Bytes, heads included. */
  received: number;
  sent: number;
}

/** Looked up once: finding them by their labels takes as long as the rest of counting a request. */
interface RequestCounters {
  duration: { observe(seconds: number): void };
  bytesIn: { inc(bytes: number): void };
  bytesOut: { inc(bytes: number): void };
}

/** What one process counts of its own work. Names follow https://prometheus.io/docs/practices/naming/ */
export class Metrics {
  readonly registry = new Registry();
  /** The numbers of all processes together, in Prometheus's text format; by default this is the only one. */
  collect: () => Promise<string> = () => this.registry.metrics();
  readonly requests = new Histogram({
    name: 'granary_request_duration_seconds',
    help: 'Requests by door, operation and class of the status, from the first byte in to the last one out.',
    labelNames: ['face', 'operation', 'status'] as const,
    buckets: latencyBuckets,
    registers: [this.registry],
  });
  readonly bytesIn = this.#counter('granary_received_bytes_total', 'Bytes that clients sent, heads included.', [
    'face',
  ] as const);
  readonly bytesOut = this.#counter('granary_sent_bytes_total', 'Bytes sent to clients, heads included.', [
    'face',
  ] as const);
  readonly condemnedBlobs = this.#counter(
    'granary_gc_condemned_blobs_total',
    'Blobs that nothing referred to any more.',
  );
  readonly removedBlobs = this.#counter('granary_gc_removed_blobs_total', 'Blobs whose bytes were removed.');
  readonly scrubbedBlobs = this.#counter('granary_scrub_blobs_total', 'Blobs that the scrubber has read.');
  readonly scrubbedBytes = this.#counter('granary_scrub_bytes_total', 'Stored bytes that the scrubber has read.');
  readonly damagedBlobs = this.#counter('granary_damaged_blobs_total', 'Blobs found damaged, by scrubber or reader.', [
    'damage',
  ] as const);
  readonly damagedCopies = this.#counter(
    'granary_damaged_copies_total',
    'Second copies that the scrubber found damaged.',
  );
  readonly repairedBlobs = this.#counter('granary_repaired_blobs_total', 'Blobs that were repaired from a copy.');
  readonly placedCopies = this.#counter('granary_placed_copies_total', 'Second copies that were written.');
  readonly replicatedVersions = this.#counter(
    'granary_replicated_versions_total',
    'Versions, and changes of versions, that arrived at a replication target.',
  );
  readonly replicatedBytes = this.#counter(
    'granary_replicated_bytes_total',
    'Bytes of content that arrived at replication targets.',
  );
  readonly replicationRetries = this.#counter(
    'granary_replication_retries_total',
    'Attempts to replicate a version that failed and come again.',
  );
  readonly replicationFailures = this.#counter(
    'granary_replication_failures_total',
    'Versions that were given up for a replication target.',
  );
  readonly deliveredNotifications = this.#counter(
    'granary_notifications_delivered_total',
    'Notifications that arrived at their target.',
    ['kind'] as const,
  );
  readonly failedNotifications = this.#counter(
    'granary_notification_failures_total',
    'Attempts to deliver a notification that failed.',
    ['kind'] as const,
  );
  readonly deadNotifications = this.#counter(
    'granary_notifications_dead_total',
    'Notifications that were given up and became dead letters.',
    ['kind'] as const,
  );
  readonly droppedDenials = this.#counter(
    'granary_dropped_denials_total',
    'Denied requests of which no record could be kept, because too many came at once or the database was away.',
  );

  readonly droppedLogLines = this.#counter(
    'granary_dropped_access_log_lines_total',
    'Lines of access logs that were lost, because too many waited or their target did not take them.',
  );
  readonly deliveredLogs = this.#counter('granary_access_logs_delivered_total', 'Objects with access logs.');

  readonly limitedRequests = this.#counter(
    'granary_rate_limited_requests_total',
    'Requests and attempts to sign in that were refused because there were too many.',
    ['limit'] as const,
  );
  readonly refusedZips = this.#counter(
    'granary_refused_zips_total',
    'Zips of folders that were refused because too many were under way, of a share link or of the process.',
    ['limit'] as const,
  );
  readonly rateLimitFailures = this.#counter(
    'granary_rate_limit_store_failures_total',
    'Failures of the store of rate limits, during which each process counts by itself.',
  );

  readonly #requestCounters = new Map<string, RequestCounters>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts a request whose answer has ended. */
  countRequest({ face, operation, status, seconds, received, sent }: CountedRequest): void {
    const name = `${face} ${operation} ${status}`;
    let counters = this.#requestCounters.get(name);
    if (counters === undefined) {
      counters = {
        duration: this.requests.labels(face, operation, status),
        bytesIn: this.bytesIn.labels(face),
        bytesOut: this.bytesOut.labels(face),
      };
      this.#requestCounters.set(name, counters);
    }
    counters.duration.observe(seconds);
    counters.bytesIn.inc(received);
    counters.bytesOut.inc(sent);
  }

  /** Tells what the cache of remote stores does; nothing where there is none. */
  watchCache(figures: () => CacheFigures | undefined): void {
    if (figures() === undefined) {
      return;
    }
    const registers = [this.registry];
    new Counter({
      name: 'granary_cache_read_bytes_total',
      help: 'Bytes of remote stores by where they came from: memory, disk, remote, or shared with another reader.',
      labelNames: ['from'],
      registers,
      collect() {
        this.reset();
        for (const [from, { bytes }] of Object.entries(figures()?.reads ?? {})) {
          this.inc({ from }, bytes);
        }
      },
    });
    new Gauge({
      name: 'granary_cache_bytes',
      help: 'Bytes of remote stores that are kept in memory and on the disk.',
      labelNames: ['place'],
      registers,
      collect() {
        this.set({ place: 'memory' }, figures()?.memoryBytes ?? 0);
        this.set({ place: 'disk' }, figures()?.diskBytes ?? 0);
      },
    });
  }

  #counter<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
    return new Counter<Label>({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}
