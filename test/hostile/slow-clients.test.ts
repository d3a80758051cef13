import { connect, type Socket } from 'node:net';
import type { TestServer } from '../support/server.js';
import { expectAlive, openBesiegedServer, storedBy } from './siege.js';

let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer({ idleTimeoutMs: 500 });
  await server.login();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

interface Ended {
  /** What the server said before it closed the connection. */
  text: string;
}

/** Opens a connection, lets `act` send on it, and waits until the server closes it. */
function untilClosed(url: string, act: (socket: Socket) => void): Promise<Ended> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<Ended>();
  let text = '';
  const socket = connect(Number(port), hostname, () => act(socket));
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve({ text }));
  return promise;
}

/** Sends a letter now and then, as long as it can. */
function drip(socket: Socket, letter: string): void {
  const timer = setInterval(() => socket.write(letter), 50);
  socket.once('close', () => clearInterval(timer));
}

const doors = [
  ['the S3 port', () => server.s3Url],
  ['the HTTP port', () => server.httpUrl],
] as const;

describe.each(doors)('68: on %s', (_door, url) => {
  test('68: headers that come letter by letter are given up, however many do so at once', async () => {
    const attack = () =>
      untilClosed(url(), (socket) => {
        socket.write('GET /bucket HTTP/1.1\r\nHost: h\r\nX-Slow: ');
        drip(socket, 'a');
      });
    const attacks = Promise.all(Array.from({ length: 50 }, attack));
    await expectAlive(server);
    for (const { text } of await attacks) {
      expect(text).toMatch(/^(HTTP\/1\.1 408 |$)/);
    }
    await expectAlive(server);
  });

  test('68: a connection on which nothing is sent is closed', async () => {
    const silent = await Promise.all(Array.from({ length: 20 }, () => untilClosed(url(), () => undefined)));
    expect(silent.every(({ text }) => text === '' || text.startsWith('HTTP/1.1 408 '))).toBe(true);
    await expectAlive(server);
  });
});

test('68: a body that stops is told so and leaves nothing behind', async () => {
  const stored = await storedBy(server);
  const { text } = await untilClosed(server.s3Url, (socket) => {
    socket.write('POST /bucket?delete HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n<Delete>');
  });
  expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(await storedBy(server)).toEqual(stored);
  await expectAlive(server);
});
