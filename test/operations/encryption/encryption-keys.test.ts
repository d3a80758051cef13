import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { countKeyUses } from '../../../src/operations/encryption/count-key-uses.js';
import { rotateKeys } from '../../../src/operations/encryption/rotate-keys.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
const Bucket = 'sealed';

beforeAll(async () => {
  server = await startTestServer();
  await server.s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(() => server.stop());

async function sql<Row>(text: string): Promise<Row[]> {
  return (await server.granary.database.pool.query(text)).rows as Row[];
}

test('the default key of a tenant is recorded once, when it is made', async () => {
  for (const Key of ['a', 'b']) {
    await server.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key, ServerSideEncryption: 'aws:kms' }));
  }
  const events = await sql(`SELECT details->>'name' AS name FROM event WHERE action = 'granary:CreateEncryptionKey'`);
  expect(events).toEqual([{ name: 'aws/s3' }]);
});

test('an id that is no UUID names no encryption key', async () => {
  const id = Buffer.from(`EncryptionKey:${'-'.repeat(36)}`).toString('base64url');
  const { data, errors } = await server.graphql('query($id: ID!) { node(id: $id) { id } }', { id });
  expect({ data, errors }).toMatchObject({ data: { node: null }, errors: undefined });
});

test('the rows that need a master key are counted', async () => {
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'c', Body: 'c', ServerSideEncryption: 'AES256' }));
  const [keys] = await countKeyUses(server.granary);
  const [blobs] = await sql<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM blob WHERE get_byte(wrapped_key, 1) = 1',
  );
  expect(keys?.rows).toBeGreaterThan(blobs?.rows ?? 0);
  expect(blobs?.rows).toBeGreaterThan(0);
});

test('a new master key seals what the one before it sealed', async () => {
  const rotated = await rotateKeys(server.granary, { newKey: 'always' });
  expect(rotated).toMatchObject({ unopened: 0 });
  expect(rotated.dataKeys).toBeGreaterThan(0);
  expect((await countKeyUses(server.granary)).map(({ state, rows }) => [state, rows > 0])).toEqual([
    ['current', true],
    ['older', false],
  ]);
});
