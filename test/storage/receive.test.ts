import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, stat } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { checksumOf } from '../../src/storage/checksums.js';
import { chunksOf, receiveOptions, sha256Of, stagedFile } from '../conformance/blob-store.js';
import { eventually } from '../support/process.js';
import { type FilesystemStore, openFilesystemStore } from './open-store.js';

const MIB = 1024 * 1024;

let opened: FilesystemStore;
let unhandled: unknown[];
const noteUnhandled = (error: unknown) => unhandled.push(error);

beforeAll(async () => {
  opened = await openFilesystemStore();
});

beforeEach(() => {
  unhandled = [];
  process.on('unhandledRejection', noteUnhandled);
});

afterEach(async () => {
  // Rejections are reported after the microtasks of a turn.
  await delay(5);
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled).toEqual([]);
  expect(await opened.staged()).toEqual([]);
});

afterAll(() => opened[Symbol.asyncDispose]());

describe('receiving a body', () => {
  it('does not depend on how the bytes were split', async () => {
    const bytes = randomBytes(2 * MIB);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1000, max: MIB }),
        fc.integer({ min: 1, max: 2 * MIB }),
        async (chunk, size) => {
          const body = bytes.subarray(0, size);
          const { sha256, md5, content } = await opened.store.receive(chunksOf(body, chunk), receiveOptions());
          if (content.kind === 'staged') await content.file.cancel();
          expect([sha256, md5]).toEqual([sha256Of(body), checksumOf('MD5', body)]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('tells a generator to return when it gives up', async () => {
    let returned = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(100_000);
      } finally {
        returned = true;
      }
    }
    const upload = opened.store.receive(endless(), receiveOptions({ maxSize: 3 * MIB }));
    await expect(upload).rejects.toMatchObject({ kind: 'TooLarge' });
    await delay(1);
    expect(returned).toBe(true);
  });

  it.each([10, 2 * MIB])('passes on what the source throws after %d bytes', async (size) => {
    async function* failing() {
      yield* chunksOf(randomBytes(size));
      throw new Error('a broken signature');
    }
    await expect(opened.store.receive(failing(), receiveOptions())).rejects.toThrow('a broken signature');
  });

  it.each([undefined, 3 * MIB])('gives up on a sender that falls silent (declared length %p)', async (length) => {
    const source = new PassThrough();
    source.write(randomBytes(100_000));
    const upload = opened.store.receive(source, receiveOptions({ length, idleTimeoutMs: 50 }));
    await expect(upload).rejects.toMatchObject({ kind: 'IncompleteBody', reason: 'RequestTimeout' });
    expect(source.destroyed).toBe(true);
  });

  it('gives up on a silent generator, too', async () => {
    const gate = Promise.withResolvers<void>();
    async function* silent() {
      yield Buffer.alloc(10);
      await gate.promise;
    }
    const upload = opened.store.receive(silent(), receiveOptions({ idleTimeoutMs: 50 }));
    await expect(upload).rejects.toMatchObject({ reason: 'RequestTimeout' });
    gate.resolve();
  });

  it('has patience with a sender that is slow but not silent, and its bytes reach the disk meanwhile', async () => {
    let isSeen = false;
    async function* trickle() {
      yield Buffer.alloc(MIB);
      while (!isSeen) {
        await delay(50);
        yield Buffer.alloc(1);
      }
    }
    const options = receiveOptions({ idleTimeoutMs: 800 });
    const file = join(opened.dataDir, 'staging', options.name);
    const began = performance.now();
    const upload = opened.store.receive(trickle(), options);
    try {
      await eventually(() =>
        access(file).then(
          () => true,
          () => false,
        ),
      );
      const early = await stat(file);
      await eventually(async () => {
        const late = await stat(file);
        return late.size > MIB && late.mtimeMs > early.mtimeMs && performance.now() - began > 2 * options.idleTimeoutMs;
      });
    } finally {
      isSeen = true;
    }
    await stagedFile(await upload).cancel();
  });

  it('leaves no listener on a stream that it gives up', async () => {
    const source = new PassThrough();
    const before = source.eventNames();
    source.write(randomBytes(3000));
    const upload = opened.store.receive(source, receiveOptions({ maxSize: 2000 }));
    await expect(upload).rejects.toMatchObject({ kind: 'TooLarge' });
    await delay(5);
    expect(source.destroyed).toBe(false);
    expect(source.eventNames()).toEqual(before);
  });
});

describe('receiving a request over HTTP', () => {
  async function request(
    serve: (message: IncomingMessage) => Promise<string>,
    send: (client: http.ClientRequest) => void,
  ) {
    const outcome = Promise.withResolvers<string>();
    const server = http.createServer(async (message, response) => {
      const answer = await serve(message).catch((error: { reason: string }) => error.reason);
      outcome.resolve(answer);
      response.end(answer);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answered = Promise.withResolvers<string>();
    const client = http.request({ port, host: '127.0.0.1', method: 'PUT' }, async (response) => {
      answered.resolve((await response.toArray()).join(''));
    });
    client.on('error', () => answered.resolve('no answer'));
    send(client);
    const result = { outcome: await outcome.promise, answer: await answered.promise };
    client.destroy();
    server.closeAllConnections();
    server.close();
    return result;
  }

  const receive = async (message: IncomingMessage) => {
    const received = await opened.store.receive(message, receiveOptions({ maxSize: 3 * MIB }));
    if (received.content.kind === 'staged') await received.content.file.cancel();
    return received.sha256.toString('hex');
  };

  it('takes the whole body', async () => {
    const bytes = randomBytes(2 * MIB + 3);
    const { answer } = await request(receive, (client) => client.end(bytes));
    expect(answer).toBe(sha256Of(bytes).toString('hex'));
  });

  it('notices a connection that breaks off', async () => {
    const { outcome } = await request(receive, (client) => {
      client.setHeader('content-length', 5 * MIB);
      client.write(randomBytes(2 * MIB), () => client.destroy());
    });
    expect(outcome).toBe('IncompleteBody');
  });

  it('leaves the connection open for an answer when the body is too large', async () => {
    const { answer } = await request(receive, (client) => {
      client.setHeader('content-length', 3 * MIB + 1);
      client.write(randomBytes(3 * MIB));
      client.end(randomBytes(1));
    });
    expect(answer).toBe('EntityTooLarge');
  });
});
