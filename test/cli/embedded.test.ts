import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { bucket, put } from './busy-clients.js';
import { Installation } from './installation.js';

test('commands use the embedded database of a server that runs, start it where none runs, and make none', async () => {
  await using installation = await Installation.make();
  delete installation.env.DATABASE_URL;
  const nothing = await installation.granary(['keys', 'list']);
  expect(nothing).toMatchObject({ code: 1, output: '' });
  expect(nothing.errors).toBe(
    `granary: There is no database in ${installation.dataDir}. Set GRANARY_DATA_DIR or DATABASE_URL.\n`,
  );
  expect(existsSync(installation.dataDir)).toBe(false);

  const s3 = await installation.start();
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await put(s3, 'key', Buffer.from('content'));
  const running = await installation.facts(['keys', 'list']);
  const backups = join(installation.directory, 'backups');
  expect(await installation.facts(['backup', backups])).toMatchObject({ missing: [] });
  await installation.stop();
  expect(await installation.facts(['keys', 'list'])).toEqual(running);
  expect(existsSync(join(installation.dataDir, 'granary.pid'))).toBe(false);
}, 90_000);
