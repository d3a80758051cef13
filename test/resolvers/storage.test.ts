import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { placeCopies } from '../../src/operations/blobs/place-copies.js';
import { scrub } from '../../src/operations/blobs/scrub.js';
import { verifyBlobs } from '../../src/operations/blobs/verify-blobs.js';
import { expectSame, ScrubbedServer } from '../operations/blobs/scrub-fixture.js';
import type { TestServer } from '../support/server.js';

let files: ScrubbedServer;
let server: TestServer;

beforeAll(async () => {
  files = await ScrubbedServer.start();
  server = files.server;
});

afterAll(() => server.stop());

describe('storage', () => {
  it('is shown to global administrators alone', async () => {
    await files.put('small', randomBytes(100));
    const { data } = await server.graphql('{ storage { stores { name blobs contentBytes storedBytes } dedupRatio } }');
    expect(data.storage.stores.map((store: { name: string }) => store.name)).toEqual(['cold', 'hot', 'row']);
    expect(data.storage.dedupRatio).toBeGreaterThan(0);
    const { errors } = await server.graphql('{ storage { dedupRatio } }', {}, null);
    expect(errors?.[0]?.extensions?.code).toMatch(/UNAUTHENTICATED|DENIED/);
  });

  it('refuses placement rules that lead nowhere', async () => {
    const { data } = await server.graphql(
      'mutation($input: SetBucketPlacementInput!) { setBucketPlacement(input: $input) { userErrors { code field message } } }',
      { input: { bucket: files.bucket, rules: [{ store: 'nowhere' }] } },
    );
    expect(data.setBucketPlacement.userErrors).toMatchObject([
      { code: 'INVALID_INPUT', field: ['input', 'rules', '0', 'store'] },
    ]);
  });

  it('lets a bucket choose what it compresses', async () => {
    await files.setCopies(['cold']);
    const { data } = await server.graphql(
      'mutation($input: UpdateBucketInput!) { updateBucket(input: $input) { bucket { compression placement { copies } usage { storedBytes } } userErrors { message } } }',
      { input: { bucket: files.bucket, compression: 'ALWAYS' } },
    );
    expect(data.updateBucket).toMatchObject({
      bucket: { compression: 'ALWAYS', placement: [{ copies: ['cold'] }] },
      userErrors: [],
    });
    await files.put('words', Buffer.from('the same words '.repeat(20_000)));
    const [row] = await files.sql<{ smaller: boolean }>(
      `SELECT stored_size < size / 10 AS smaller FROM object_version WHERE key = 'words'`,
    );
    expect(row?.smaller).toBe(true);
    expectSame(await files.get('words'), Buffer.from('the same words '.repeat(20_000)));
  });

  it('lets administrators begin a round of the scrubber, once', async () => {
    const start = '{ round { startedAt finishedAt progress blobs } userErrors { code } }';
    const { data } = await server.graphql(`mutation { startScrub ${start} }`);
    expect(data.startScrub).toMatchObject({ round: { finishedAt: null, progress: 0, blobs: 0 }, userErrors: [] });
    const again = await server.graphql(`mutation { startScrub ${start} }`);
    expect(again.data.startScrub.round.startedAt).toBe(data.startScrub.round.startedAt);
    expect(await scrub(server.granary)).toMatchObject({ outcome: 'finished' });
    const { data: after } = await server.graphql('{ storage { scrub { finishedAt progress } } }');
    expect(after.storage.scrub).toMatchObject({ finishedAt: expect.any(String), progress: 1 });
    const { errors } = await server.graphql(`mutation { startScrub ${start} }`, {}, null);
    expect(errors?.[0]?.extensions?.code).toMatch(/UNAUTHENTICATED|DENIED/);
  });

  it('repairs a blob that has a copy when asked, shows one that has none, and knows no other ids', async () => {
    const repair = async (id: string) => {
      const { data } = await server.graphql(
        'mutation($input: RepairBlobInput!) { repairBlob(input: $input) { damaged { id damage copies } userErrors { code field } } }',
        { input: { id } },
      );
      return data.repairBlob;
    };
    await files.setCopies(['cold']);
    const body = randomBytes(100_000);
    const copied = await files.put('has-a-copy', body);
    await placeCopies(server.granary);
    await files.setCopies([]);
    const single = await files.put('has-none', randomBytes(100_000));
    await rm(files.fileOf(copied.path));
    await rm(files.fileOf(single.path));
    await verifyBlobs(server.granary);
    expect(await repair(copied.id)).toEqual({ damaged: null, userErrors: [] });
    expectSame(await files.get('has-a-copy'), body);
    expect(await repair(single.id)).toEqual({
      damaged: { id: single.id, damage: 'MISSING', copies: 0 },
      userErrors: [],
    });
    expect(await repair('nothing')).toMatchObject({ userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'id'] }] });
  });
});
