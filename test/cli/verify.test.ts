import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { Installation } from './installation.js';

let installation: Installation;
let s3: S3Client;

async function sql<Row>(text: string): Promise<Row[]> {
  const client = new Client({ connectionString: installation.databaseUrl });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function fill(bucket: string, count: number): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (let index = 0; index < count; index++) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${index}`, Body: randomBytes(40_000) }));
  }
}

beforeAll(async () => {
  installation = await Installation.make('migrated');
  // The commands alone look for damage.
  installation.env.GRANARY_SCRUB_INTERVAL = '0';
  s3 = await installation.start();
  await fill('photos', 6);
  await fill('papers', 4);
}, 180_000);

afterAll(() => installation[Symbol.asyncDispose]());

test('granary verify tells how much it read when nothing is wrong, of all, of a share, and of one bucket', async () => {
  const all = await installation.granary(['verify']);
  expect(all).toMatchObject({ code: 0, errors: '' });
  expect(all.output).toMatch(/^10 of 10 blobs read: 39\d\.\d KiB in \d+\.\d s \(.+\/s\)\.\nNothing is wrong\.\n$/);
  expect(await installation.facts(['verify', '--subset', '25%'])).toMatchObject({ total: 10, blobs: 3, findings: [] });
  expect(await installation.facts(['verify', '--bucket', 'papers'])).toMatchObject({ total: 4, blobs: 4, closed: 0 });
}, 180_000);

test('granary verify refuses what is no share and a bucket that there is not', async () => {
  expect(await installation.granary(['verify', '--subset', '0%'])).toMatchObject({ code: 2, output: '' });
  const unknown = await installation.granary(['verify', '--bucket', 'nothing']);
  expect(unknown).toEqual({
    code: 1,
    output: '',
    errors: 'granary: There is no bucket nothing in the tenant default.\n',
  });
}, 180_000);

test('granary verify ends with 1 and names what is damaged, while a server runs and while none does', async () => {
  const blobs = await sql<{ id: string; path: string }>(
    `SELECT b.id, b.path FROM object_version v JOIN blob b ON b.id = v.blob_id JOIN bucket k ON k.id = v.bucket_id
     WHERE k.name = 'photos' ORDER BY v.key LIMIT 2`,
  );
  const [flipped = { id: '', path: '' }, broken = { id: '', path: '' }] = blobs;
  const file = join(installation.dataDir, 'blobs', flipped.path);
  const bytes = await readFile(file);
  await writeFile(file, bytes.with(20_000, (bytes[20_000] ?? 0) ^ 1));
  await sql(
    `UPDATE blob SET wrapped_key = set_byte(wrapped_key, 60, get_byte(wrapped_key, 60) # 1) WHERE id = '${broken.id}'`,
  );

  const { code, output } = await installation.granary(['verify', '--json']);
  expect(code).toBe(1);
  const running = JSON.parse(output);
  expect(running).toMatchObject({ total: 10, blobs: 10 });
  expect(running.findings).toHaveLength(2);
  expect(running.findings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ blobId: flipped.id, damage: 'CORRUPT', part: 'bytes' }),
      expect.objectContaining({ blobId: broken.id, damage: 'CORRUPT', part: 'key' }),
    ]),
  );
  await installation.stop();
  const stopped = await installation.granary(['verify', '--bucket', 'photos']);
  expect(stopped).toMatchObject({ code: 1, errors: '' });
  expect(stopped.output).toContain('6 of 6 blobs read');
  expect(stopped.output).toContain('2 are damaged:');
  expect(stopped.output).toContain(`CORRUPT: blob ${flipped.id} at ${flipped.path}\n  default photos/0 version `);
  expect(stopped.output).toContain(
    `CORRUPT: the wrapped key of the blob ${broken.id} at ${broken.path}\n  default photos/1`,
  );
  expect(await installation.granary(['verify', '--bucket', 'papers'])).toMatchObject({ code: 0 });
}, 180_000);

test('granary scrub status shows no round, one under way, and what the last one found', async () => {
  expect((await installation.granary(['scrub', 'status'])).output).toBe('No round has begun yet.\n');
  await sql('INSERT INTO scrub_round (blobs, bytes) VALUES (5, 2048)');
  const open = await installation.granary(['scrub', 'status']);
  expect(open).toMatchObject({ code: 0, errors: '' });
  expect(open.output).toMatch(
    /^The round of \S+Z is under way: 50\.0%, as of \S+Z\.\n5 blobs read \(2\.0 KiB\)\. Nothing was wrong\.\n$/,
  );
  await sql('UPDATE scrub_round SET finished_at = now(), blobs = 10, corrupt = 2, repaired = 1');
  const ended = await installation.granary(['scrub', 'status']);
  expect(ended.output).toMatch(/ended at \S+Z\.\n10 blobs read \(.+\)\. 2 were corrupt, 0 missing; 1 repaired\.\n$/);
  expect(await installation.facts(['scrub', 'status'])).toMatchObject({ round: { progress: 1, corrupt: 2 } });
}, 180_000);
