import { createHash, randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { DataKeys, type NewDataKey } from '../../src/auth/data-keys.js';
import { MasterKeys } from '../../src/auth/master-keys.js';
import { encodeWhole } from '../../src/storage/format/blob-encoder.js';
import { SEGMENT_SIZE, segmentCount } from '../../src/storage/format/blob-format.js';
import { segmentNonce } from '../../src/storage/format/segments.js';
import type { TestServer } from '../support/server.js';
import { openBesiegedServer } from './siege.js';

const million = 1_000_000;

/** Half of a random key tells two apart as well as all of it does: 2^128 of them are not met twice. */
function nameOf(bytes: Buffer): string {
  return bytes.subarray(0, 16).toString('latin1');
}

test('63: a million writes have a million keys, seal ids and wrapping nonces', async () => {
  const dataKeys = new DataKeys(new MasterKeys([randomBytes(32)]));
  const seen = { keys: new Set<string>(), seals: new Set<string>(), nonces: new Set<string>() };
  for (let i = 1; i <= million; i += 1) {
    const { seal, wrapped } = dataKeys.create({ kind: 'master' });
    seen.keys.add(nameOf(seal.key));
    seen.seals.add(nameOf(seal.id));
    seen.nonces.add(wrapped.subarray(34, 46).toString('latin1'));
    if (i % 10_000 === 0) {
      await turn();
    }
  }
  expect([seen.keys.size, seen.seals.size, seen.nonces.size]).toEqual([million, million, million]);
}, 120_000);

test('63: no nonce comes twice in one blob, however large it is', () => {
  const nonces = new Set<string>();
  for (const index of [...Array(70_000).keys(), 2 ** 24, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 48, 2 ** 53 - 1]) {
    for (const last of [true, false]) {
      nonces.add(segmentNonce(index, last).toString('hex'));
    }
  }
  expect(nonces.size).toBe(2 * (70_000 + 6));
  // The largest object that the store takes has fewer segments than AES-GCM allows under one key.
  expect(segmentCount(5 * 2 ** 40)).toBeLessThan(2 ** 32);
});

test.each([0, 1, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 1, 5 * SEGMENT_SIZE])(
  '63: equal segments of one blob of %d bytes are sealed unlike',
  (size) => {
    const seal = { id: randomBytes(16), key: randomBytes(32) };
    const { stored } = encodeWhole(Buffer.alloc(size), { seal, compression: 'off' });
    const segments = new Set<string>();
    for (let at = 32; at < stored.length; at += SEGMENT_SIZE + 16) {
      segments.add(stored.subarray(at, at + 32).toString('hex'));
    }
    expect(segments.size).toBe(segmentCount(size));
  },
);

describe('on a real server', () => {
  let server: TestServer;
  const made: NewDataKey[] = [];

  beforeAll(async () => {
    server = await openBesiegedServer();
    const { dataKeys } = server.granary;
    const create = dataKeys.create.bind(dataKeys);
    dataKeys.create = (wrapper) => {
      const key = create(wrapper);
      made.push(key);
      return key;
    };
  });

  afterAll(async () => {
    await server?.stop();
  });

  test('63: no key seals two blobs: not of repeated, refused, replaced, racing or broken writes', async () => {
    const Bucket = 'bucket';
    const { s3, granary } = server;
    const bodies = [1_000, 100_000, 1_500_000].map((size) => randomBytes(size));
    // The same bytes at the same time: all but one give way to another's blob.
    await Promise.all(
      bodies.flatMap((Body) =>
        [...Array(8).keys()].map((n) => s3.send(new PutObjectCommand({ Bucket, Key: `race-${n}`, Body }))),
      ),
    );
    for (const Body of bodies) {
      const refused = s3.send(new PutObjectCommand({ Bucket, Key: 'race-0', Body, IfNoneMatch: '*' }));
      await expect(refused).rejects.toThrow();
      const wrong = createHash('md5').update('other').digest('base64');
      await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'bad', Body, ContentMD5: wrong }))).rejects.toThrow();
    }
    await putParts(server, 'complete');
    await putParts(server, 'abort');
    const { rows } = await granary.database.pool.query<{ seal: Buffer }>(
      `SELECT substring(wrapped_key FROM 19 FOR 16) AS seal FROM blob WHERE wrapped_key IS NOT NULL`,
    );
    const names = rows.map(({ seal }) => nameOf(seal));
    expect(names.length).toBeGreaterThan(10);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(made.map(({ seal }) => nameOf(seal.key))).size).toBe(made.length);
    const known = new Set(made.map(({ seal }) => nameOf(seal.id)));
    // The witness was written before the counting began.
    expect(names.filter((name) => !known.has(name))).toHaveLength(1);
  });
});

/** An upload whose first part comes three times, twice with the same bytes. */
async function putParts({ s3 }: TestServer, end: 'complete' | 'abort'): Promise<void> {
  const address = { Bucket: 'bucket', Key: `parts-${end}` };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(address));
  const [first, again] = [randomBytes(300_000), randomBytes(300_000)];
  let ETag: string | undefined;
  for (const Body of [first, again, first]) {
    ({ ETag } = await s3.send(new UploadPartCommand({ ...address, UploadId, PartNumber: 1, Body })));
  }
  if (end === 'abort') {
    await s3.send(new AbortMultipartUploadCommand({ ...address, UploadId }));
    return;
  }
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await s3.send(new CompleteMultipartUploadCommand({ ...address, UploadId, MultipartUpload }));
}
