import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Gauge, Registry } from 'prom-client';
import { lastScrubRound } from '../operations/blobs/scrub-round.js';
import { knownStorageFigures } from '../operations/blobs/storage-figures.js';
import type { Granary } from '../operations/context.js';
import { measureRequest } from '../operations/measure-request.js';
import { notificationFigures } from '../operations/notifications/notification-figures.js';
import { replicationFigures } from '../operations/replication/replication-figures.js';

/** What is read from the database is read once in so long, however often it is scraped. */
const freshMs = 30_000;

/** How long a scrape waits for the first count of what the stores hold, before it goes without. */
const firstCountMs = 1_000;

/** A proxy on this machine makes everybody look local; it also says that it is one. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/**
 * `GET /metrics` in Prometheus's text format, for who has the token of the settings; where there is none, for this
 * machine alone. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function mountMetrics(app: FastifyInstance, granary: Granary): void {
  app.addHook('onRequest', async (request, reply) => {
    const measured = measureRequest(granary.metrics, 'http', { message: request.raw, response: reply.raw });
    measured.operation = request.routeOptions.url ?? 'unknown';
  });
  const figures = remembered(() => databaseMetrics(granary));
  app.get('/metrics', async (request, reply) => {
    if (!mayScrape(granary.settings.metricsToken, request)) {
      return reply.code(403).send({ error: 'The metrics are not for everybody; see GRANARY_METRICS_TOKEN.' });
    }
    const texts = await Promise.all([granary.metrics.collect(), figures()]);
    return reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(texts.join('\n'));
  });
}

function mayScrape(token: string | undefined, request: FastifyRequest): boolean {
  if (token === undefined) {
    return isLoopback(request.raw.socket.remoteAddress) && !proxyHeaders.some((name) => name in request.headers);
  }
  const sent = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(sent), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isLoopback(address = ''): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

function remembered(make: () => Promise<string>): () => Promise<string> {
  let known: { text: Promise<string>; at: number } | undefined;
  return () => {
    if (known === undefined || performance.now() - known.at >= freshMs) {
      const text = make();
      known = { text, at: performance.now() };
      text.catch(() => {
        known = undefined;
      });
    }
    return known.text;
  };
}

/** What all processes have in common, so that it is told once and not summed over them. */
async function databaseMetrics(granary: Granary): Promise<string> {
  const registry = new Registry();
  await Promise.all([
    addStorage(granary, registry),
    addReplication(granary, registry),
    addNotifications(granary, registry),
    addScrubRound(granary, registry),
  ]);
  return registry.metrics();
}

async function addStorage(granary: Granary, registry: Registry): Promise<void> {
  const figures = await knownStorageFigures(granary, firstCountMs);
  if (figures === undefined) {
    return;
  }
  const { stores, damaged, copiesWanted } = figures;
  const gauge = gaugesOf(registry);
  const blobs = gauge('granary_blobs', 'Blobs by store; small content is in the store "row".', ['store']);
  const content = gauge('granary_content_bytes', 'Bytes of content of the blobs of a store.', ['store']);
  const stored = gauge('granary_stored_bytes', 'Bytes that the blobs of a store take.', ['store']);
  const copies = gauge('granary_copies', 'Second copies that are in place, by store.', ['store']);
  for (const { name: store, ...held } of stores) {
    blobs.set({ store }, held.blobs);
    content.set({ store }, held.contentBytes);
    stored.set({ store }, held.storedBytes);
    copies.set({ store }, held.copies);
  }
  gauge('granary_damaged_blobs', 'Blobs that are known to be damaged now.').set(damaged);
  gauge('granary_copies_wanted', 'Second copies that are still to be written.').set(copiesWanted);
}

async function addReplication(granary: Granary, registry: Registry): Promise<void> {
  const gauge = gaugesOf(registry);
  const labels = ['tenant', 'bucket', 'target'] as const;
  const pending = gauge('granary_replication_pending', 'Versions on their way to a replication target.', labels);
  const failed = gauge('granary_replication_failed', 'Versions that could not be replicated.', labels);
  const lag = gauge('granary_replication_lag_seconds', 'Age of the oldest version that is on its way.', labels);
  for (const { tenant, bucket, targetId: target, ...figures } of await replicationFigures(granary)) {
    pending.set({ tenant, bucket, target }, figures.pending);
    failed.set({ tenant, bucket, target }, figures.failed);
    lag.set({ tenant, bucket, target }, figures.lagSeconds ?? 0);
  }
}

async function addNotifications(granary: Granary, registry: Registry): Promise<void> {
  const gauge = gaugesOf(registry);
  const labels = ['tenant', 'target', 'kind'] as const;
  const pending = gauge('granary_notifications_pending', 'Notifications on their way to a target.', labels);
  const dead = gauge('granary_notifications_dead', 'Notifications that were given up and can be replayed.', labels);
  const lag = gauge('granary_notification_lag_seconds', 'Age of the oldest notification that is on its way.', labels);
  for (const { tenant, target, kind, ...figures } of await notificationFigures(granary)) {
    pending.set({ tenant, target, kind }, figures.pending);
    dead.set({ tenant, target, kind }, figures.dead);
    lag.set({ tenant, target, kind }, figures.lagSeconds);
  }
}

async function addScrubRound(granary: Granary, registry: Registry): Promise<void> {
  const round = await lastScrubRound(granary.database);
  const gauge = gaugesOf(registry);
  const seconds = (time: Date | null | undefined) => (time?.getTime() ?? 0) / 1000;
  gauge('granary_scrub_round_started_seconds', 'When the last round began; 0 before the first.').set(
    seconds(round?.startedAt),
  );
  gauge('granary_scrub_round_finished_seconds', 'When the last round ended; 0 while one is under way.').set(
    seconds(round?.finishedAt),
  );
  gauge('granary_scrub_round_blobs', 'Blobs that the last round has read.').set(round?.blobs ?? 0);
}

function gaugesOf(registry: Registry) {
  return <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge<Label>({ name, help, labelNames: [...labelNames], registers: [registry] });
}
