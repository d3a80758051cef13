import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { sign } from '../s3/raw-request.js';
import { eventually } from '../support/process.js';
import type { TestServer } from '../support/server.js';
import { expectAlive, openBesiegedServer } from './siege.js';

const KIB = 1024;
const MIB = 1024 * KIB;
/** docs/format.md: a header of 32 bytes, then segments of 65,536 bytes, each with a tag of 16. */
const HEADER = 32;
const SEGMENT = 65_536 + 16;

/** In the row; below what a read verifies as a whole before it answers; and beyond. */
const sizes = { row: 1_000, small: 200 * KIB, large: 6 * MIB };

let server: TestServer;
let number = 0;

beforeAll(async () => {
  server = await openBesiegedServer();
});

afterAll(async () => {
  await server?.stop();
});

interface Victim {
  key: string;
  content: Buffer;
  blobId: string;
  file: string;
}

async function store(size: number): Promise<Victim> {
  number += 1;
  const key = `victim-${number}`;
  const content = randomBytes(size);
  await server.s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: content }));
  const digest = createHash('sha256').update(content).digest();
  const { rows } = await query('SELECT id, path FROM blob WHERE address = $1', [digest]);
  return { key, content, blobId: rows[0].id, file: join(server.settings.dataDir, 'blobs', rows[0].path ?? '') };
}

function query(sql: string, values: unknown[]) {
  return server.granary.database.pool.query(sql, values);
}

async function change(victim: Victim, set: string, values: unknown[] = []): Promise<void> {
  await query(`UPDATE blob SET ${set} WHERE id = $1`, [victim.blobId, ...values]);
}

async function damageOf({ blobId }: Victim): Promise<string | null> {
  const { rows } = await query('SELECT damage FROM blob WHERE id = $1', [blobId]);
  return rows[0].damage;
}

interface Answer {
  /** 0 when the connection ended before there was one. */
  status: number;
  bytes: Buffer;
  /** Whether the connection ended before all that was promised came. */
  broken: boolean;
}

async function get({ key }: Victim): Promise<Answer> {
  const path = `/bucket/${key}`;
  const pieces: Buffer[] = [];
  let status = 0;
  let broken = false;
  try {
    const response = await fetch(`${server.s3Url}${path}`, { headers: sign(server, { path }).headers });
    status = response.status;
    for await (const piece of response.body ?? []) {
      pieces.push(Buffer.from(piece));
    }
  } catch {
    broken = true;
  }
  return { status, bytes: Buffer.concat(pieces), broken };
}

/** No byte that is not the true one comes, the damage is known from then on, and nothing else suffers. */
async function expectRefusedRead(victim: Victim, neighbour: Victim): Promise<void> {
  await expectRefusedOnce(victim);
  // A connection that was cut does not wait for the mark.
  await eventually(async () => (await damageOf(victim)) !== null);
  expect((await get(victim)).status).toBe(500);
  await expectAround(victim, { neighbour, damage: 'CORRUPT' });
}

/** A key that does not open may be one that is not here: that says nothing of the bytes, which stay unmarked. */
async function expectClosed(victim: Victim, neighbour: Victim): Promise<void> {
  await expectRefusedOnce(victim);
  await expectAround(victim, { neighbour, damage: null });
}

async function expectRefusedOnce(victim: Victim): Promise<void> {
  const { status, bytes, broken } = await get(victim);
  if (status === 200 || status === 0) {
    expect(victim.content.length).toBeGreaterThan(MIB);
    expect(broken).toBe(true);
    expect(victim.content.subarray(0, bytes.length).equals(bytes)).toBe(true);
  } else {
    expect([status, bytes.toString()]).toEqual([500, expect.stringContaining('<Code>InternalError</Code>')]);
    expect(bytes.includes(victim.content.subarray(0, 16))).toBe(false);
  }
}

async function expectAround(
  victim: Victim,
  { neighbour, damage }: { neighbour: Victim; damage: string | null },
): Promise<void> {
  const head = await server.s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: victim.key }));
  expect(head.ContentLength).toBe(victim.content.length);
  expect(await damageOf(victim)).toBe(damage);
  expect((await get(neighbour)).bytes.equals(neighbour.content)).toBe(true);
  await expectAlive(server);
}

const kinds = Object.entries(sizes);

describe.each(kinds)('61: of an object kept as %s', (kind, size) => {
  test.each([
    ['as it is', 0],
    ['compressed but not sealed', 2],
    ['sealed and compressed', 3],
  ])('a row that says the bytes are stored %s is not believed', async (_, format) => {
    const [victim, neighbour] = [await store(size), await store(size)];
    await change(victim, 'format = $2', [format]);
    await expectRefusedRead(victim, neighbour);
  });

  // Version, kind of wrapper, id of the wrapper, seal's id, nonce, key and tag of a wrapped key.
  test.each([0, 1, 3, 20, 36, 50, 90])('a wrapped key that was changed at byte %d opens nothing', async (at) => {
    const [victim, neighbour] = [await store(size), await store(size)];
    await change(victim, `wrapped_key = set_byte(wrapped_key, ${at}, (get_byte(wrapped_key, ${at}) # 1))`);
    await expectClosed(victim, neighbour);
  });

  test('wrapped keys that were exchanged between two rows open neither', async () => {
    const [victim, other, neighbour] = [await store(size), await store(size), await store(size)];
    await query(
      `UPDATE blob b SET wrapped_key = o.wrapped_key FROM blob o
       WHERE (b.id, o.id) IN (($1::uuid, $2::uuid), ($2::uuid, $1::uuid))`,
      [victim.blobId, other.blobId],
    );
    await expectRefusedRead(victim, neighbour);
    await expectRefusedRead(other, neighbour);
  });

  if (kind === 'row') {
    test('bytes of a row that were changed or exchanged are not served', async () => {
      const [victim, other, neighbour] = [await store(size), await store(size), await store(size)];
      await change(victim, 'content = (SELECT o.content FROM blob o WHERE o.id = $2::uuid)', [other.blobId]);
      await change(other, 'content = set_byte(content, 100, (get_byte(content, 100) # 1))');
      await expectRefusedRead(victim, neighbour);
      await expectRefusedRead(other, neighbour);
    });
  }
});

type Forgery = (bytes: Buffer) => Buffer;

function flipAt(position: number): Forgery {
  return (bytes) => {
    const at = position < 0 ? bytes.length + position : position;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes;
  };
}

function segment(bytes: Buffer, index: number): Buffer {
  return Buffer.from(bytes.subarray(HEADER + index * SEGMENT, HEADER + (index + 1) * SEGMENT));
}

const forgeries: [string, Forgery][] = [
  ['a changed magic', flipAt(0)],
  ['a changed version', flipAt(8)],
  ['changed format bits', flipAt(9)],
  ['a changed size of segments', flipAt(10)],
  ['a changed seal id', flipAt(20)],
  ['a changed byte at its beginning', flipAt(HEADER)],
  ['a changed byte in its second segment', flipAt(HEADER + SEGMENT + 5)],
  ['a changed tag at its end', flipAt(-1)],
  ['a last byte that is missing', (bytes) => bytes.subarray(0, -1)],
  ['a byte too many', (bytes) => Buffer.concat([bytes, Buffer.from([0])])],
  ['a last segment that is missing', (bytes) => bytes.subarray(0, HEADER + SEGMENT)],
  [
    'two segments in the other order',
    (bytes) => {
      const [first, second] = [segment(bytes, 0), segment(bytes, 1)];
      second.copy(bytes, HEADER);
      first.copy(bytes, HEADER + SEGMENT);
      return bytes;
    },
  ],
  [
    'a segment twice',
    (bytes) => {
      segment(bytes, 0).copy(bytes, HEADER + SEGMENT);
      return bytes;
    },
  ],
  ['nothing in it', (bytes) => bytes.subarray(0, 0)],
];

describe.each(kinds.filter(([kind]) => kind !== 'row'))('62: of a %s file', (_, size) => {
  test.each(forgeries)('one with %s is not served', async (_name, forge) => {
    const [victim, neighbour] = [await store(size), await store(size)];
    await writeFile(victim.file, forge(await readFile(victim.file)));
    await expectRefusedRead(victim, neighbour);
  });

  test('two that were exchanged are not served', async () => {
    const [victim, other, neighbour] = [await store(size), await store(size), await store(size)];
    await rename(victim.file, `${victim.file}.aside`);
    await rename(other.file, victim.file);
    await rename(`${victim.file}.aside`, other.file);
    await expectRefusedRead(victim, neighbour);
    await expectRefusedRead(other, neighbour);
  });

  test('one whose segment came from another file is not served', async () => {
    const [victim, other, neighbour] = [await store(size), await store(size), await store(size)];
    const bytes = await readFile(victim.file);
    segment(await readFile(other.file), 1).copy(bytes, HEADER + SEGMENT);
    await writeFile(victim.file, bytes);
    await expectRefusedRead(victim, neighbour);
  });

  test('one that is cut while it is being read ends the connection, and never with a wrong byte', async () => {
    const [victim, neighbour] = [await store(size), await store(size)];
    const path = `/bucket/${victim.key}`;
    const response = await fetch(`${server.s3Url}${path}`, { headers: sign(server, { path }).headers });
    await truncate(victim.file, Math.floor(size / 2));
    const received = Buffer.from(await response.arrayBuffer().catch(() => new ArrayBuffer(0)));
    expect(victim.content.subarray(0, received.length).equals(received)).toBe(true);
    expect((await get(neighbour)).bytes.equals(neighbour.content)).toBe(true);
    await expectAlive(server);
  });
});
