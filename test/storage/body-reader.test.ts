import { setTimeout as delay } from 'node:timers/promises';
import { BodyReader } from '../../src/storage/body-reader.js';
import { standStill } from '../support/stand-still.js';

const idleTimeoutMs = 200;

test('a standstill of the process is not taken for silence of the sender', async () => {
  async function* slow() {
    for (let i = 0; i < 4; i++) {
      await delay(idleTimeoutMs / 2);
      if (i === 2) standStill(2 * idleTimeoutMs);
      yield Buffer.alloc(1);
    }
  }
  const reader = new BodyReader(slow(), { length: 4, maxSize: 10, idleTimeoutMs });
  try {
    await reader.next();
    await reader.next();
    const third = reader.next();
    setTimeout(() => standStill(2 * idleTimeoutMs), idleTimeoutMs / 4);
    await third;
    await reader.next();
    expect(await reader.next()).toBeUndefined();
    expect(reader.size).toBe(4);
  } finally {
    reader.close();
  }
});

test('a sender that sends nothing, or only empty chunks, is given up after the idle timeout', async () => {
  async function* silent() {
    yield Buffer.alloc(1);
    await delay(20 * idleTimeoutMs, undefined, { ref: false });
  }
  async function* empty() {
    yield Buffer.alloc(1);
    for (let i = 0; i < 200; i++) {
      await delay(idleTimeoutMs / 10);
      yield Buffer.alloc(0);
    }
  }
  for (const source of [silent(), empty()]) {
    const reader = new BodyReader(source, { maxSize: 10, idleTimeoutMs });
    try {
      await reader.next();
      await expect(reader.next()).rejects.toMatchObject({ kind: 'IncompleteBody', reason: 'RequestTimeout' });
    } finally {
      reader.close();
    }
  }
});
