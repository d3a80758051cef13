import { setTimeout as delay } from 'node:timers/promises';
import { SeededRandom } from '../hostile/seeded-random.js';
import { createTestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';
import { FaultLoad } from './fault-load.js';
import { FaultServer } from './fault-server.js';
import { lastLook } from './last-look.js';

const kills = 6;

test('what was acknowledged before kill -9 is there after each of many starts', async () => {
  await using directory = await temporaryDirectory();
  const database = await createTestDatabase();
  const env = { GRANARY_DATA_DIR: directory.path, DATABASE_URL: database.url };
  try {
    await using load = new FaultLoad();
    const random = new SeededRandom(load.seed);
    for (let kill = 0; kill < kills; kill++) {
      await using server = await FaultServer.start(env);
      await load.connect(server);
      await load.verify();
      load.start();
      await delay(random.between(100, 1200));
      await Promise.all([load.stop(), server.kill()]);
    }
    await lastLook(load, 'kill -9', env);
  } finally {
    await database.drop();
  }
});
