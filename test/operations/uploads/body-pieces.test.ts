import { BodyPieces } from '../../../src/operations/uploads/body-pieces.js';

async function* chunksOf(text: string, size: number, end?: () => Promise<never>): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += size) {
    yield Buffer.from(text.slice(at, at + size));
  }
  await end?.();
}

async function read(pieces: BodyPieces, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of pieces.piece(most)) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

test.each([1, 3, 4, 7, 100])('a body in chunks of %d comes in pieces with every byte once', async (size) => {
  const pieces = new BodyPieces(chunksOf('abcdefghijklm', size), { idleMs: 1000 });
  const seen: string[] = [];
  while (!(await pieces.isAtEnd())) {
    seen.push(await read(pieces, 4));
  }
  expect(seen).toEqual(['abcd', 'efgh', 'ijkl', 'm']);
});

test('a body that breaks off, or stands still, ends with what came', async () => {
  const broken = new BodyPieces(
    chunksOf('abcd', 2, () => Promise.reject(new Error('gone'))),
    { idleMs: 1000 },
  );
  expect(await read(broken, 10)).toBe('abcd');
  const still = new BodyPieces(
    chunksOf('abcd', 2, () => new Promise(() => undefined)),
    { idleMs: 50 },
  );
  expect(await read(still, 10)).toBe('abcd');
  expect(await still.isAtEnd()).toBe(true);
});
