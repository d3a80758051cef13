import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DirectorySweeper } from '../../src/storage/directory-sweeper.js';
import { Staging } from '../../src/storage/staging.js';
import { temporaryDirectory } from '../support/directory.js';

test('a staged file on its way to a slow store outlives every sweep of its own process', async () => {
  await using directory = await temporaryDirectory();
  const sent = Promise.withResolvers<void>();
  const staging = new Staging(directory.path, () => sent.promise);
  const file = await staging.create('upload');
  await file.write(Buffer.from('content'), 0);
  const committed = file.commit('hot/path');
  await file.sync();
  await delay(20);
  expect([await staging.sweep(0), await staging.sweep(0)]).toEqual([0, 0]);
  expect(await readdir(directory.path)).toEqual(['upload']);
  sent.resolve();
  await committed;
  expect(await staging.sweep(0)).toBe(1);
});

test('a file in use changes in the eyes of other processes, and no more afterwards', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'upload'), 'content');
  const [owner, other] = [new DirectorySweeper(directory.path, 10), new DirectorySweeper(directory.path)];
  await other.sweep(100);
  await owner.using('upload', async () => {
    await delay(150);
    expect(await other.sweep(100)).toBe(0);
  });
  await other.sweep(100);
  await delay(150);
  expect(await other.sweep(100)).toBe(1);
});
