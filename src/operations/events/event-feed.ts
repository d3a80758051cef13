import { setTimeout as delay } from 'node:timers/promises';
import { type Database, statement } from '../../database/database.js';
import { requireTime, withoutDeadline } from '../../database/deadline.js';
import { GranaryError } from '../../errors.js';
import { type EventInfo, eventColumns, eventTables } from '../audit/event-query.js';
import type { Log } from '../context.js';
import { EventHorizon } from './event-horizon.js';

const CHANNEL = 'granary_event';

/** Events of watched tenants that are kept in memory; who is further behind reads the database. */
const keptEvents = 10_000;
const batchSize = 500;
/** Several changes shortly after one another are announced together. */
const announceDelayMs = 20;
/** How often is looked without an announcement: its process may have died, and background work makes none. */
const pollMs = 1000;
/** While a transaction holds up what came after it. */
const horizonPollMs = 10;
/** For so long a transaction is waited for, to tell where the events are just now. */
const longestWaitMs = 1000;
/** And for so long where it is not known yet where they were before. */
const longestFirstWaitMs = 3000;

const announceEvents = statement('announce_events', `SELECT pg_notify('${CHANNEL}', '')`);
const readNewEvents = statement(
  'read_new_events',
  `SELECT ${eventColumns} FROM ${eventTables}
   WHERE e.tenant_id = ANY ($1::bigint[]) AND e.id > $2 AND e.id <= $3 ORDER BY e.id LIMIT ${batchSize}`,
);

/**
 * The events of all processes as they become visible, in the order of their ids and with none left out. One look at the
 * database serves every follower of the process, and each keeps nothing but its place: who is slow costs no memory.
 */
export class EventFeed {
  readonly #database: Database;
  readonly #log: Log;
  readonly #horizon = new EventHorizon();
  /** Followers by tenant, and from which id on the tenant's events are in {@link #recent}. */
  readonly #watched = new Map<number, { followers: number; since: number }>();
  #recent: EventInfo[] = [];
  /** Where the events were at the first look, once that has settled; before there is nothing to begin at. */
  #beginning: number | undefined;
  /** Events up to this id have been looked at. */
  #position = 0;
  /** Events up to this id may have been dropped from {@link #recent}. */
  #dropped = 0;
  #news = Promise.withResolvers<void>();
  #advancing: Promise<void> | undefined;
  #announcing: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #stopListening: (() => Promise<void>) | undefined;
  #stopped = false;

  constructor(parts: { database: Database; log: Log }) {
    this.#database = parts.database;
    this.#log = parts.log;
  }

  async start(): Promise<void> {
    const onNews = () => this.#look();
    this.#stopListening = await this.#database.listen(CHANNEL, onNews, onNews);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#announcing);
    clearInterval(this.#poll);
    await this.#stopListening?.();
    await this.#advancing;
    this.#wake();
  }

  /** Tells the followers of all processes that there are new events. Costs nothing to call often. */
  announce(): void {
    if (this.#announcing !== undefined || this.#stopped) {
      return;
    }
    this.#announcing = setTimeout(() => {
      this.#announcing = undefined;
      this.#database.query(announceEvents).catch((error: unknown) => {
        this.#log.debug({ error }, 'New events could not be announced; they are found by looking');
      });
    }, announceDelayMs).unref();
  }

  /**
   * A tenant's events after an id, or from now on, in batches that are not empty; ends when the signal says so or the
   * feed stops.
   */
  async *follow(tenantId: number, { after, signal }: { after?: number; signal: AbortSignal }) {
    const { leave, position } = await this.#enter(tenantId, signal);
    const onAbort = Promise.withResolvers<void>();
    const abort = () => onAbort.resolve();
    signal.addEventListener('abort', abort, { once: true });
    try {
      let place = after ?? position;
      while (!signal.aborted && !this.#stopped) {
        const news = this.#news.promise;
        const { events, upTo } = await this.#read(tenantId, place);
        // A cursor of another process may be ahead of what this one has seen.
        place = Math.max(place, upTo);
        if (events.length > 0) {
          yield events;
        } else if (place >= this.#position) {
          await Promise.race([news, onAbort.promise]);
        }
      }
    } finally {
      signal.removeEventListener('abort', abort);
      leave();
    }
  }

  /**
   * The id up to which every event can be seen, and none will appear any more: what is read after this has what they
   * made true, and who follows from here on misses nothing.
   * @throws GranaryError Unavailable when a transaction holds it up since before the first look.
   */
  async newest(): Promise<number> {
    const begun = performance.now();
    await this.#catchUp();
    while (this.#horizon.isWaiting && !this.#stopped && performance.now() < begun + this.#patienceMs) {
      await this.#lookAgain();
    }
    if (this.#beginning === undefined) {
      throw new GranaryError('Unavailable', 'A long change hides where the events are; try again in a moment.', {
        reason: 'SlowDown',
      });
    }
    return this.#position;
  }

  get #patienceMs(): number {
    return this.#beginning === undefined ? longestFirstWaitMs : longestWaitMs;
  }

  /** Counts one more follower of a tenant. Returns what counts it out, and where it begins. */
  async #enter(tenantId: number, signal: AbortSignal): Promise<{ leave: () => void; position: number }> {
    const isFirst = this.#beginning === undefined;
    let entry = this.#watched.get(tenantId);
    if (entry === undefined) {
      // What was looked at before had not this tenant's events; a look that is under way may not have them either.
      entry = { followers: 0, since: Number.POSITIVE_INFINITY };
      this.#watched.set(tenantId, entry);
    }
    entry.followers += 1;
    this.#poll ??= setInterval(() => this.#look(), pollMs).unref();
    const leave = () => this.#leave(tenantId, entry);
    try {
      await this.#catchUp();
      while (this.#beginning === undefined && !this.#stopped && !signal.aborted) {
        await this.#lookAgain();
      }
    } catch (error) {
      leave();
      throw error;
    }
    entry.since = Math.min(entry.since, this.#position);
    // What came while it waited comes to who was there before the first look had settled.
    return { leave, position: (isFirst ? this.#beginning : undefined) ?? this.#position };
  }

  #leave(tenantId: number, entry: { followers: number }): void {
    entry.followers -= 1;
    if (entry.followers === 0 && this.#watched.get(tenantId) === entry) {
      this.#watched.delete(tenantId);
    }
    if (this.#watched.size === 0) {
      clearInterval(this.#poll);
      this.#poll = undefined;
      this.#recent = [];
      this.#dropped = this.#position;
    }
  }

  async #read(tenantId: number, place: number): Promise<{ events: readonly EventInfo[]; upTo: number }> {
    const upTo = this.#position;
    const since = Math.max(this.#watched.get(tenantId)?.since ?? Number.POSITIVE_INFINITY, this.#dropped);
    if (place >= since) {
      const events = this.#recent.slice(this.#indexAfter(place)).filter((event) => event.tenantId === tenantId);
      return { events, upTo };
    }
    const events = await this.#database.query<EventInfo>(readNewEvents, [[tenantId], place, upTo]);
    const last = events.at(-1);
    return { events, upTo: events.length === batchSize && last !== undefined ? last.id : upTo };
  }

  /** The place in {@link #recent} of the first event after an id. */
  #indexAfter(id: number): number {
    let [low, high] = [0, this.#recent.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#recent[middle]?.id ?? 0) <= id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #look(): void {
    if (this.#watched.size === 0 || this.#stopped) {
      return;
    }
    this.#advance().catch((error: unknown) => {
      this.#log.warn({ error }, 'New events could not be read; they are looked for again');
    });
  }

  /** Brings the position to where the events are now: what was waited for when nobody followed may be long past. */
  async #catchUp(): Promise<void> {
    await this.#advancing;
    const wasWaiting = this.#horizon.isWaiting;
    await this.#advance();
    if (wasWaiting) {
      await this.#advance();
    }
  }

  async #lookAgain(): Promise<void> {
    requireTime();
    await delay(horizonPollMs);
    await this.#advance();
  }

  /** Takes in what has become visible. Calls that come meanwhile share the look, which no request's time limits. */
  #advance(): Promise<void> {
    this.#advancing ??= withoutDeadline(() => this.#takeIn()).finally(() => {
      this.#advancing = undefined;
    });
    return this.#advancing;
  }

  async #takeIn(): Promise<void> {
    const horizon = await this.#horizon.advance(this.#database);
    if (this.#horizon.isWaiting) {
      setTimeout(() => this.#look(), horizonPollMs).unref();
    }
    if (this.#beginning === undefined && !this.#horizon.isWaiting) {
      // The first look: what was before is nobody's news.
      this.#beginning = horizon;
      this.#position = horizon;
      this.#dropped = horizon;
      this.#wake();
    }
    while (this.#position < horizon) {
      const tenants = [...this.#watched.keys()];
      const events = await this.#database.query<EventInfo>(readNewEvents, [tenants, this.#position, horizon]);
      const last = events.at(-1);
      this.#recent.push(...events);
      this.#position = events.length === batchSize && last !== undefined ? last.id : horizon;
      this.#forgetOld();
      this.#wake();
    }
  }

  #forgetOld(): void {
    const excess = this.#recent.length - keptEvents;
    if (excess > 0) {
      this.#dropped = this.#recent[excess - 1]?.id ?? this.#dropped;
      this.#recent.splice(0, excess);
    }
  }

  #wake(): void {
    const { resolve } = this.#news;
    this.#news = Promise.withResolvers<void>();
    resolve();
  }
}
