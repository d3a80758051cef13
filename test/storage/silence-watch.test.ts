import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SilenceWatch } from '../../src/storage/silence-watch.js';
import { eventually } from '../support/process.js';
import { standStill } from '../support/stand-still.js';

const silenceMs = 100;

test('bytes that came while the process stood still are heard before their sender is called silent', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const sender = connect(port, '127.0.0.1');
  const [[receiver]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(sender, 'connect')]);
  let silences = 0;
  const watch = new SilenceWatch(silenceMs, () => {
    silences += 1;
  });
  let silencesBefore: number | undefined;
  receiver.on('data', () => {
    watch.restart();
    silencesBefore = silences;
  });
  try {
    sender.write('x');
    standStill(2 * silenceMs);
    await eventually(() => silencesBefore !== undefined);
    expect(silencesBefore).toBe(0);
    await eventually(() => silences === 1);
  } finally {
    watch.stop();
    sender.destroy();
    server.close();
  }
});

test('whoever has stopped watching is told of nothing', async () => {
  let silences = 0;
  const tell = () => {
    silences += 1;
  };
  const stopped = new SilenceWatch(silenceMs, tell);
  // Between the suspicion and the second look.
  setTimeout(() => stopped.stop(), silenceMs);
  new SilenceWatch(silenceMs, tell).stop();
  await delay(3 * silenceMs);
  expect(silences).toBe(0);
});
