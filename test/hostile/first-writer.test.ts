import { randomBytes } from 'node:crypto';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import { sendForm, singleUpload } from '../http/multipart.js';
import { sendSigned } from '../s3/raw-request.js';
import { eventually } from '../support/process.js';
import type { TestServer } from '../support/server.js';
import { expectAlive, keysOf, openBesiegedServer, storedBy } from './siege.js';

const writers = 20;
const rounds = 5;
const onlyFirst = { 'if-none-match': '*' };
let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer({ gcGraceSeconds: 0 });
  await server.login();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** What a writer got: `won`, or the code of its refusal. */
type Outcome = string;

type Write = (key: string, content: string) => Promise<Outcome>;

async function putThroughS3(key: string, content: string): Promise<Outcome> {
  const answer = await sendSigned(server, { method: 'PUT', path: `/bucket/${key}`, headers: onlyFirst, body: content });
  return answer.status === 200 ? 'won' : `${answer.status} ${answer.code}`;
}

async function uploadThroughGraphql(key: string, content: string): Promise<Outcome> {
  const form = singleUpload({ bucket: 'bucket', key, ifNoneMatch: '*' }, content);
  const { data } = await sendForm(server, form);
  const { object, userErrors } = data.uploadObject;
  return userErrors[0]?.code ?? (object.key === key ? 'won' : 'nothing');
}

async function completeThroughS3(key: string, content: string): Promise<Outcome> {
  const started = await sendSigned(server, { method: 'POST', path: `/bucket/${key}?uploads=` });
  const uploadId = /<UploadId>(\w+)</.exec(started.body)?.[1];
  const path = `/bucket/${key}?uploadId=${uploadId}`;
  const { headers } = await sendSigned(server, { method: 'PUT', path: `${path}&partNumber=1`, body: content });
  const part = `<Part><PartNumber>1</PartNumber><ETag>${headers.etag}</ETag></Part>`;
  const body = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
  const answer = await sendSigned(server, { method: 'POST', path, headers: onlyFirst, body });
  return answer.status === 200 ? 'won' : `${answer.status} ${answer.code}`;
}

const doors: { write: Write; lost: Outcome }[] = [
  { write: putThroughS3, lost: '412 PreconditionFailed' },
  { write: uploadThroughGraphql, lost: 'PRECONDITION_FAILED' },
];
const withParts = { write: completeThroughS3, lost: '412 PreconditionFailed' };

/** Lets all write at once; exactly one may win, and its bytes must be there. */
async function race(key: string, sizes: number[], open = doors): Promise<void> {
  const races = Array.from({ length: writers }, (_, index) => ({
    door: open[index % open.length] ?? withParts,
    content: `${index} ${randomBytes((sizes[index % sizes.length] ?? 0) / 2).toString('hex')}`,
  }));
  const outcomes = await Promise.all(races.map(({ door, content }) => door.write(key, content)));
  const winners = races.filter((_, index) => outcomes[index] === 'won');
  expect(winners).toHaveLength(1);
  expect(outcomes.filter((outcome, index) => outcome !== 'won' && outcome !== races[index]?.door.lost)).toEqual([]);
  expect((await sendSigned(server, { path: `/bucket/${key}` })).body).toBe(winners[0]?.content);
}

async function versionsOf(key: string): Promise<number> {
  const { rows } = await server.granary.database.pool.query('SELECT 1 FROM object_version WHERE key = $1', [key]);
  return rows.length;
}

test.each([
  ['small', [100]],
  ['large', [100_000]],
  ['mixed', [100, 100, 100_000, 2_000_000]],
])(
  '78: of 20 writers of %s objects with If-None-Match: * through both doors, exactly one wins',
  async (name, sizes) => {
    for (let round = 0; round < rounds; round++) {
      const key = `${name}-${round}`;
      await race(key, sizes);
      expect(await versionsOf(key)).toBe(1);
    }
    await expectAlive(server);
  },
  60_000,
);

test('78: multipart uploads take part in the race', async () => {
  for (let round = 0; round < rounds; round++) {
    await race(`parts-${round}`, [100, 50_000, 100], [...doors, withParts]);
    expect(await versionsOf(`parts-${round}`)).toBe(1);
  }
}, 60_000);

test('78: a deleted key can be won once more, and a key that is there by nobody', async () => {
  for (let round = 0; round < rounds; round++) {
    await race('again', [100, 50_000]);
    for (const { write, lost } of [...doors, withParts]) {
      expect(await write('again', 'late')).toBe(lost);
    }
    expect((await sendSigned(server, { method: 'DELETE', path: '/bucket/again' })).status).toBe(204);
  }
  expect(await keysOf(server)).not.toContain('again');
}, 60_000);

test('78: what the losers sent is garbage, and goes', async () => {
  // A loser has its answer before its file is gone.
  await eventually(async () => (await storedBy(server)).staged.length === 0);
  await expireUploads(server.granary, { olderThanSeconds: 0 });
  await collectGarbage(server.granary);
  const { rows } = await server.granary.database.pool.query(
    "SELECT count(*)::int AS count FROM blob WHERE state <> 'live'",
  );
  expect(rows).toEqual([{ count: 0 }]);
  const { files } = await storedBy(server);
  const kept = await server.granary.database.pool.query('SELECT path FROM blob WHERE path IS NOT NULL');
  expect(files).toHaveLength(kept.rows.length);
});
