import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import { ZipWriter } from '../../../src/operations/archives/zip-writer.js';
import { readZip } from '../../http/read-zip.js';

const modifiedAt = new Date('2024-02-29T12:34:56Z');

function entryOf(name: string, size: number) {
  return { name: Buffer.from(name), kind: 'file', modifiedAt, size, crc32: undefined } as const;
}

test('70,000 entries are all found again, each with its content', async () => {
  async function* tiny(): AsyncGenerator<Uint8Array> {
    const zip = new ZipWriter();
    for (let n = 0; n < 70_000; n++) {
      const content = Buffer.from(`content ${n}`);
      yield* zip.add(entryOf(`entry-${n}`, content.length), [content]);
    }
    yield* zip.end();
  }
  const entries = await readZip(await buffer(Readable.from(tiny())));
  expect(entries).toHaveLength(70_000);
  for (const [n, { name, content }] of entries.entries()) {
    if (name !== `entry-${n}` || content.toString() !== `content ${n}`) {
      expect([n, name, content.toString()]).toEqual([n, `entry-${n}`, `content ${n}`]);
    }
  }
}, 120_000);

/** More than a reader looks through for the directory's end. */
const tailSize = 70_000;

/** The end of a file of which nothing else was kept. */
class TailReader extends RandomAccessReader {
  readonly #start: number;
  readonly #tail: Buffer;

  constructor(tail: Buffer, size: number) {
    super();
    this.#tail = tail;
    this.#start = size - tail.length;
  }

  override read(...[target, offset, length, position, callback]: Parameters<RandomAccessReader['read']>): void {
    const from = position - this.#start;
    this.#tail.copy(target, offset, from, from + length);
    callback(null);
  }
}

function* repeated(piece: Buffer, times: number): Generator<Buffer> {
  for (let n = 0; n < times; n++) {
    yield piece;
  }
}

test('an entry beyond 4 GiB has its size, and the ones behind it are found', async () => {
  const piece = Buffer.alloc(64 * 1024 * 1024, 'repeated');
  const zip = new ZipWriter();
  let size = 0;
  let tail = Buffer.alloc(0);
  const take = (bytes: Uint8Array) => {
    size += bytes.length;
    tail = Buffer.concat([tail, bytes.subarray(-tailSize)]).subarray(-tailSize);
  };
  for await (const bytes of zip.add(entryOf('huge', 65 * piece.length), repeated(piece, 65))) {
    take(bytes);
  }
  for await (const bytes of zip.add(entryOf('small', 1), [Buffer.from('b')])) {
    take(bytes);
  }
  for (const bytes of zip.end()) {
    take(bytes);
  }
  const reader = await fromRandomAccessReaderPromise(new TailReader(tail, size), size, { autoClose: false });
  const entries: [string, number, number][] = [];
  for await (const { fileName, uncompressedSize, relativeOffsetOfLocalHeader } of reader.eachEntry()) {
    entries.push([fileName, uncompressedSize, relativeOffsetOfLocalHeader]);
  }
  expect(entries).toEqual([
    ['huge', 65 * piece.length, 0],
    ['small', 1, expect.any(Number)],
  ]);
  expect(entries[1]?.[2]).toBeGreaterThan(65 * piece.length);
}, 60_000);

test.each([
  ['fewer bytes', [Buffer.from('ab')]],
  ['more bytes', [Buffer.from('abc'), Buffer.from('d')]],
])('content with %s than its entry says ends the zip', async (_, content) => {
  const zip = new ZipWriter();
  const failing = buffer(Readable.from(zip.add(entryOf('x', 3), content)));
  await expect(failing).rejects.toMatchObject({ kind: 'Internal', reason: 'CorruptBlob' });
});
