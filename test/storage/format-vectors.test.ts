import { spawnSync } from 'node:child_process';
import { createDecipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { decodeWhole } from '../../src/storage/format/blob-decoder.js';
import { encodeWhole } from '../../src/storage/format/blob-encoder.js';

interface Vector {
  name: string;
  format: number;
  size: number;
  contentSha256: string;
  storedSize: number;
  storedSha256: string;
  /** Left out where it is long; then the bytes follow from the content. */
  stored?: string;
}

type Change =
  | { kind: 'none' }
  | { kind: 'truncate'; length: number }
  | { kind: 'swap'; at: [number, number]; length: number }
  | { kind: 'append'; start: number; length: number }
  | { kind: 'flip'; position: number; mask: number }
  | { kind: 'key'; key: string };

interface Vectors {
  key: string;
  id: string;
  vectors: Vector[];
  refused: { name: string; from: string; change: Change; size?: number }[];
}

const file = new URL('./vectors/format-v1.json', import.meta.url);
const { key, id, vectors, refused } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const seal = { id: Buffer.from(id, 'hex'), key: Buffer.from(key, 'hex') };

function contentOf(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, i) => i % 251));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function sealFor(vector: Vector) {
  return vector.format & 1 ? seal : null;
}

function storedOf(vector: Vector): Buffer {
  if (vector.stored !== undefined) return Buffer.from(vector.stored, 'hex');
  return encodeWhole(contentOf(vector.size), { seal: sealFor(vector), compression: 'off' }).stored;
}

/** What docs/format.md says, and nothing of ours: the payload in the seal. */
function openByTheBook(stored: Buffer, format: number): Buffer {
  const header = stored.subarray(0, 32);
  expect(header.subarray(0, 12)).toEqual(Buffer.concat([Buffer.from('GRANBLOB'), Buffer.from([1, format, 16, 18])]));
  if (!(format & 1)) return stored.subarray(32);
  const opened: Buffer[] = [];
  for (let at = 32, index = 0n; at < stored.length; at += 65_552, index += 1n) {
    const sealed = stored.subarray(at, at + 65_552);
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(index);
    nonce[8] = at + 65_552 >= stored.length ? 1 : 0;
    const decipher = createDecipheriv('aes-256-gcm', seal.key, nonce);
    decipher.setAAD(header);
    decipher.setAuthTag(sealed.subarray(-16));
    opened.push(decipher.update(sealed.subarray(0, -16)), decipher.final());
  }
  return Buffer.concat(opened);
}

/** Each frame by itself, found by the seek table. */
function decompressByTheBook(payload: Buffer): Buffer {
  const footer = payload.subarray(-9);
  expect(footer.readUInt32LE(5)).toBe(0x8f92eab1);
  const frames = footer.readUInt32LE(0);
  const table = payload.subarray(payload.length - 9 - 8 * frames - 8);
  expect([table.readUInt32LE(0), table.readUInt32LE(4)]).toEqual([0x184d2a5e, 8 * frames + 9]);
  const contents: Buffer[] = [];
  let at = 0;
  for (let i = 0; i < frames; i++) {
    const size = table.readUInt32LE(8 + 8 * i);
    const content = zstdDecompressSync(payload.subarray(at, at + size));
    expect(content).toHaveLength(table.readUInt32LE(12 + 8 * i));
    contents.push(content);
    at += size;
  }
  expect(at).toBe(payload.length - table.length);
  return Buffer.concat(contents);
}

describe.each(vectors)('the vector "$name"', (vector) => {
  const { format, size } = vector;
  const stored = storedOf(vector);

  it('has the bytes that it should', () => {
    expect(stored).toHaveLength(vector.storedSize);
    expect(sha256(stored)).toBe(vector.storedSha256);
    expect(sha256(contentOf(size))).toBe(vector.contentSha256);
  });

  it('is read as its content', () => {
    expect(decodeWhole(stored, { ...vector, seal: sealFor(vector) }).equals(contentOf(size))).toBe(true);
  });

  it('is read by a reader that knows the documentation only', () => {
    const payload = openByTheBook(stored, format);
    const content = format & 2 ? decompressByTheBook(payload) : payload;
    expect(content.equals(contentOf(size))).toBe(true);
  });

  it('is what encoding its content gives, where that does not depend on the version of zstd', () => {
    const compression = format & 2 ? 'always' : 'off';
    const encoded = encodeWhole(contentOf(size), { seal: sealFor(vector), compression });
    expect(encoded.format).toBe(format);
    const payload = openByTheBook(encoded.stored, format);
    if (format & 2) expect(decompressByTheBook(payload).equals(contentOf(size))).toBe(true);
    else expect(encoded.stored.equals(stored)).toBe(true);
  });
});

const hasZstd = spawnSync('zstd', ['--version']).status === 0;

(hasZstd ? describe : describe.skip)('the zstd program (skipped where it is not installed)', () => {
  it.each(vectors.filter(({ format }) => format & 2))('reads the payload of "$name"', (vector) => {
    const payload = openByTheBook(storedOf(vector), vector.format);
    const { stdout, status } = spawnSync('zstd', ['-d', '-c'], { input: payload });
    expect(status).toBe(0);
    expect(stdout.equals(contentOf(vector.size))).toBe(true);
  });
});

function changed(stored: Buffer, change: Change): Buffer {
  const bytes = Buffer.from(stored);
  switch (change.kind) {
    case 'none':
    case 'key':
      return bytes;
    case 'truncate':
      return bytes.subarray(0, change.length);
    case 'swap': {
      const [a, b] = change.at;
      stored.copy(bytes, a, b, b + change.length);
      stored.copy(bytes, b, a, a + change.length);
      return bytes;
    }
    case 'append':
      return Buffer.concat([bytes, stored.subarray(change.start, change.start + change.length)]);
    case 'flip':
      bytes[change.position] = (bytes[change.position] ?? 0) ^ change.mask;
      return bytes;
    default:
      return change satisfies never;
  }
}

describe('what a reader must refuse', () => {
  it.each(refused)('$name', ({ from, change, size }) => {
    const vector = vectors.find(({ name }) => name === from);
    if (!vector) throw new Error(`There is no vector "${from}".`);
    const stored = changed(storedOf(vector), change);
    const wrongKey = change.kind === 'key' ? { ...seal, key: Buffer.from(change.key, 'hex') } : sealFor(vector);
    const blob = { format: vector.format, size: size ?? vector.size, storedSize: stored.length, seal: wrongKey };
    expect(() => decodeWhole(stored, blob)).toThrow(expect.objectContaining({ reason: 'CorruptBlob' }));
  });
});
