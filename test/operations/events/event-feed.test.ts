import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { outOfTime, withDeadline } from '../../../src/database/deadline.js';
import { createBucket } from '../../../src/operations/buckets/create-bucket.js';
import { objectOfEvent } from '../../../src/operations/events/event-facts.js';
import { EventFeed } from '../../../src/operations/events/event-feed.js';
import { type ObjectEvent, watchObjects } from '../../../src/operations/events/watch-objects.js';
import { putObject } from '../../../src/operations/objects/put-object.js';
import { eventually } from '../../support/process.js';
import { type IdentityFixture, openIdentityFixture } from '../identities/identity-fixture.js';

let fixture: IdentityFixture;
let tenantId: number;
/** A transaction of somebody else. */
let writer: PoolClient;

beforeAll(async () => {
  fixture = await openIdentityFixture();
  ({ tenantId } = fixture.admin.caller);
  await createBucket(fixture.admin, { bucket: 'told' });
  writer = await fixture.granary.database.pool.connect();
});

afterAll(async () => {
  writer?.release();
  await fixture?.close();
});

/** Records events of the tenant; the id of the last. */
async function record(count: number): Promise<number> {
  const { rows } = await fixture.granary.database.pool.query(
    `INSERT INTO event (tenant_id, action, request_id) SELECT $1, 'test:Act', 'r' FROM generate_series(1, $2)
     RETURNING id::int`,
    [tenantId, count],
  );
  return rows.at(-1).id;
}

/** A feed of a process that has just begun. */
async function openFeed() {
  const feed = new EventFeed({ database: fixture.granary.database, log: fixture.granary.log });
  await feed.start();
  return Object.assign(feed, { [Symbol.asyncDispose]: () => feed.stop() });
}

/** What a follower is told, until it is let go. */
function follow(feed: EventFeed, after?: number) {
  const stopping = new AbortController();
  const told: number[] = [];
  const ended = (async () => {
    const place = after === undefined ? {} : { after };
    for await (const events of feed.follow(tenantId, { ...place, signal: stopping.signal })) {
      told.push(...events.map(({ id }) => id));
    }
  })();
  return { told, ended, stop: () => stopping.abort() };
}

/** As a transaction that has written an event and is not at its end. */
const beginWriting = () => writer.query('BEGIN; LOCK TABLE event IN ROW EXCLUSIVE MODE');

/** Records events until the follower is told of one. */
async function untilTold(feed: EventFeed, { told }: { told: number[] }): Promise<void> {
  await eventually(async () => {
    await record(1);
    feed.announce();
    await delay(50);
    return told.length > 0;
  });
}

test('who follows while the first look waits for a writer is told of nothing that was before', async () => {
  const newest = await record(5);
  await using feed = await openFeed();
  await beginWriting();
  const fromNow = follow(feed);
  const resumed = follow(feed, newest);
  const behind = follow(feed, newest - 2);
  await delay(100);
  await writer.query('COMMIT');
  await untilTold(feed, fromNow);
  await eventually(() => resumed.told.length > 0 && behind.told.length > 2);
  expect(fromNow.told[0]).toBeGreaterThan(newest);
  expect(resumed.told[0]).toBe(newest + 1);
  expect(behind.told.slice(0, 3)).toEqual([newest - 1, newest, newest + 1]);
  for (const { stop, ended } of [fromNow, resumed, behind]) {
    stop();
    await ended;
  }
});

test('a cursor of a process that has seen more is gone on from, once this one has seen as much', async () => {
  await using feed = await openFeed();
  await feed.newest();
  await beginWriting();
  const place = await record(5);
  const follower = follow(feed, place - 2);
  feed.announce();
  await delay(100);
  expect(follower.told).toEqual([]);
  await writer.query('COMMIT');
  await eventually(() => follower.told.length >= 2);
  const last = await record(1);
  feed.announce();
  await eventually(() => follower.told.length >= 3);
  expect(follower.told).toEqual([place - 1, place, last]);
  follower.stop();
  await follower.ended;
});

test('who waits for a writer leaves when it is told to, when its time is over, and when the feed stops', async () => {
  const newest = await record(1);
  const feed = await openFeed();
  await beginWriting();
  const follower = follow(feed);
  follower.stop();
  await follower.ended;
  let asked: Promise<number> | undefined;
  const ask = () => {
    asked = feed.newest();
    return asked;
  };
  expect(await withDeadline(50, ask)).toBe(outOfTime);
  await expect(asked).rejects.toThrow('took too long');
  const patient = feed.newest();
  const stayed = follow(feed);
  await delay(50);
  await writer.query('COMMIT');
  expect(await patient).toBeGreaterThanOrEqual(newest);
  await feed.stop();
  await stayed.ended;
  const stopped = await openFeed();
  await beginWriting();
  const late = expect(stopped.newest()).rejects.toThrow('try again');
  await stopped.stop();
  await late;
  await writer.query('COMMIT');
});

test('what an event is about is found for all who ask, though the first had no time or no luck', async () => {
  const stopping = new AbortController();
  const after = String(await fixture.granary.events.newest());
  const content = Readable.from([Buffer.from('content')]);
  const body = { stream: content, length: 7 };
  await putObject(fixture.admin, { bucket: 'told', key: 'k', body, attributes: {} });
  const renew = async () => fixture.admin;
  const watch = watchObjects(fixture.admin, { bucket: 'told', after, renew, signal: stopping.signal });
  const { value } = await watch.next();
  stopping.abort();
  const changed = value as ObjectEvent;
  await writer.query('BEGIN; LOCK TABLE object_version IN ACCESS EXCLUSIVE MODE');
  expect(await withDeadline(50, () => objectOfEvent(fixture.admin, changed))).toBe(outOfTime);
  const second = objectOfEvent(fixture.admin, changed);
  const cancel = `SELECT pg_cancel_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'object_version'::regclass`;
  await eventually(async () => (await writer.query(cancel)).rows.length > 0);
  await expect(second).rejects.toThrow();
  await writer.query('COMMIT');
  expect(await objectOfEvent(fixture.admin, changed)).toMatchObject({ key: 'k', size: 7 });
});
