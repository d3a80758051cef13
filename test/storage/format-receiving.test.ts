import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../src/storage/checksums.js';
import { eventually } from '../support/process.js';
import { chunksOf, contentOf, FORMATS, newSeal, openPipeline, type Pipeline } from './pipeline.js';

const MIB = 1024 * 1024;

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await openPipeline();
});

afterEach(async () => {
  pipeline.expectNothingLeft();
  expect(await pipeline.staged()).toEqual([]);
});

afterAll(() => pipeline[Symbol.asyncDispose]());

describe.each(FORMATS)('receiving into the format $name', ({ sealed, compression }) => {
  const options = () => ({ seal: sealed === 'sealed' ? newSeal() : null, compression });

  it.each(CHECKSUM_ALGORITHMS)('computes %s, MD5 and SHA-256 of the content', async (checksum) => {
    for (const size of [10, 2 * MIB + 1]) {
      const bytes = contentOf(size);
      const received = await pipeline.receive(chunksOf(bytes), { ...options(), checksum });
      expect(received.md5).toEqual(checksumOf('MD5', bytes));
      expect(received.sha256).toEqual(checksumOf('SHA256', bytes));
      expect(received.checksum).toEqual(checksumOf(checksum, bytes));
      if (received.content.kind === 'staged') await received.content.file.cancel();
    }
  });

  it('leaves nothing when the source fails in the middle', async () => {
    async function* failing() {
      yield* chunksOf(contentOf(5 * MIB, 'text'));
      throw new Error('a broken signature');
    }
    await expect(pipeline.receive(failing(), options())).rejects.toThrow('a broken signature');
  });

  it('keeps many bodies at once apart, which share what memory there is', async () => {
    const bodies = Array.from({ length: 24 }, (_, i) => contentOf(5 * MIB + i, i % 2 ? 'text' : 'random'));
    const stored = await Promise.all(bodies.map((bytes) => pipeline.store(bytes, options())));
    for (const [i, content] of stored.entries()) {
      expect((await buffer(await pipeline.read(content))).equals(bodies[i] ?? Buffer.alloc(0))).toBe(true);
    }
  }, 120_000);

  it("shows by the staging file's age that a slow sender is alive", async () => {
    let isSeen = false;
    async function* trickle() {
      yield contentOf(MIB, 'text');
      while (!isSeen) {
        await delay(50);
        yield Buffer.alloc(1);
      }
    }
    const name = 'slow';
    const upload = pipeline.receive(trickle(), { ...options(), name, idleTimeoutMs: 400 });
    const age = async () => (await stat(join(pipeline.stagingDirectory, name))).mtimeMs;
    try {
      await eventually(() => age().then(Boolean, () => false));
      const early = await age();
      await eventually(async () => (await age()) > early);
    } finally {
      isSeen = true;
    }
    const { content } = await upload;
    if (content.kind === 'staged') await content.file.cancel();
  });
});
