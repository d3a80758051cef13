import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { loadSettings } from '../../../src/config/settings.js';
import { ensureInstallationId } from '../../../src/operations/blobs/store-owners.js';
import { startGranary } from '../../../src/start.js';
import { temporaryDirectory } from '../../support/directory.js';
import { startTestServer } from '../../support/server.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function storesAt(directory: string) {
  const { stores } = loadSettings({ GRANARY_STORES: `hot=file://${directory}/hot cold=file://${directory}/cold` });
  return { stores };
}

test('a second installation does not start on the stores of another, which starts again and loses nothing', async () => {
  await using directory = await temporaryDirectory();
  const stores = storesAt(directory.path);
  const first = await startTestServer(stores);
  try {
    await first.s3.send(new CreateBucketCommand({ Bucket: 'ours' }));
    await first.s3.send(new PutObjectCommand({ Bucket: 'ours', Key: 'key', Body: Buffer.alloc(100_000, 'x') }));
    const id = await ensureInstallationId(first.granary.database);
    await expect(startTestServer(stores)).rejects.toMatchObject({
      kind: 'Conflict',
      reason: 'ForeignStore',
      message: expect.stringContaining(
        `The store hot belongs to another installation of Granary: its granary-owner names ${id}`,
      ),
    });
    const again = await startGranary(first.settings, { log, jobs: 'none' });
    await again.stop();
    const walked = [];
    for await (const { path } of first.granary.store.walk()) {
      walked.push(path);
    }
    expect(walked).toHaveLength(1);
  } finally {
    await first.stop();
  }
});

test('processes of one installation may claim its stores at the same time', async () => {
  await using directory = await temporaryDirectory();
  const server = await startTestServer();
  try {
    const settings = { ...server.settings, ...storesAt(directory.path) };
    const starts = await Promise.all([1, 2, 3].map(() => startGranary(settings, { log, jobs: 'none' })));
    await Promise.all(starts.map((start) => start.stop()));
  } finally {
    await server.stop();
  }
});
