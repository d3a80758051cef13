import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SeededRandom } from '../hostile/seeded-random.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';
import { eventually } from '../support/process.js';
import { answerOf } from './answer.js';
import { DatabaseProxy } from './database-proxy.js';
import type { Connection } from './fault-client.js';
import { FaultLoad } from './fault-load.js';
import { FaultServer } from './fault-server.js';
import { lastLook } from './last-look.js';

const workMs = 1500;
const cuts = 60;
/** How soon after the database is back everything must work. */
const recoveryMs = 15_000;

interface Scene {
  load: FaultLoad;
  proxy: DatabaseProxy;
  server: FaultServer;
  connection: Connection;
}

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await database.drop();
});

/** A server at work while its database is disturbed; afterwards it must recover by itself, having lost nothing. */
async function survive(name: string, disturb: (scene: Scene) => Promise<void>): Promise<void> {
  await using directory = await temporaryDirectory();
  await using proxy = await DatabaseProxy.open(database.url);
  const dataDir = directory.path;
  await using load = new FaultLoad();
  await using server = await FaultServer.start({
    GRANARY_DATA_DIR: dataDir,
    DATABASE_URL: proxy.url,
    GRANARY_LOG_LEVEL: 'silent',
  });
  const connection = await load.connect(server);
  await load.run(workMs);
  load.start();
  await disturb({ load, proxy, server, connection });
  await eventually(async () => (await writeTo(connection)).outcome === 'done', recoveryMs);
  const before = load.ledger.acknowledged;
  // A client may still wait for the answer to what it sent while the database was away.
  await eventually(() => load.ledger.acknowledged > before, recoveryMs);
  await delay(workMs);
  await load.stop();
  expect(await readiness(server)).toBe(200);
  await server.stop();
  load.expectOnly(/^(503 ServiceUnavailable|GraphQL UNAVAILABLE)$/);
  await lastLook(load, name, { GRANARY_DATA_DIR: dataDir, DATABASE_URL: database.url });
}

function writeTo({ s3 }: Connection): ReturnType<typeof answerOf> {
  return answerOf(() => s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'probe', Body: 'probe' })));
}

async function readiness({ httpUrl }: FaultServer): Promise<number> {
  return (await fetch(`${httpUrl}/ready`)).status;
}

async function expectAway({ server, connection }: Scene): Promise<void> {
  const [answer, ready, health] = await Promise.all([
    writeTo(connection),
    readiness(server),
    fetch(`${server.httpUrl}/health`),
  ]);
  expect(answer).toMatchObject({ text: '503 ServiceUnavailable', retryAfter: expect.stringMatching(/^\d+$/) });
  expect([ready, health.status]).toEqual([503, 200]);
}

test('76: a database that refuses connections is answered for with 503', async () => {
  await survive('database refuses for 8 s', async (scene) => {
    await scene.proxy.refuse();
    const back = delay(8_000);
    await expectAway(scene);
    await back;
    await scene.proxy.restore();
  });
});

test('76: a database that accepts connections and says nothing is answered for with 503', async () => {
  await survive('database silent for 30 s', async (scene) => {
    scene.proxy.fallSilent();
    const back = delay(30_000);
    await expectAway(scene);
    await back;
    await scene.proxy.restore();
  });
});

test('76: connections that break anywhere in a transaction lose nothing that was acknowledged', async () => {
  await survive(`database cut off ${cuts} times`, async ({ load, proxy }) => {
    const random = new SeededRandom(load.seed);
    for (let cut = 0; cut < cuts; cut++) {
      await proxy.cutAfter(random.between(1, 60_000));
      await delay(random.between(0, 100));
    }
  });
});
