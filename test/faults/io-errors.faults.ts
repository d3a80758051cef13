import { randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { sha256 } from '../s3/raw-request.js';
import { createTestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';
import { testUnless } from '../support/programs.js';
import { answerOf } from './answer.js';
import { FaultLoad } from './fault-load.js';
import { FaultServer } from './fault-server.js';
import { inject } from './injection.js';
import { lastLook } from './last-look.js';
import { injectionProblem } from './machine.js';
import { readDigest } from './read-digest.js';

const workMs = 1000;
const content = randomBytes(200_000);
const brokenMs = 3500;

/** Optional calls (`?`) exist on some processors only. */
const faults: [what: string, calls: string, when: string][] = [
  ['fsync', 'fsync,fdatasync', '2+3'],
  ['making, moving and removing names', '?link,linkat,?rename,renameat2,?unlink,unlinkat,?mkdir,mkdirat', '2+5'],
  ['opening files', 'openat', '3+7'],
  ['writing files', 'pwrite64', '2+5'],
];

for (const [what, calls, when] of faults) {
  testUnless(injectionProblem(), `75: EIO from ${what} fails that request with 500, and nothing else`, async () => {
    await using directory = await temporaryDirectory();
    const database = await createTestDatabase();
    const env = { GRANARY_DATA_DIR: directory.path, DATABASE_URL: database.url };
    try {
      await using load = new FaultLoad();
      await using server = await FaultServer.start(env);
      await load.connect(server);
      await load.run(workMs);
      const injection = await inject(server.pid, calls, when);
      await load.run(brokenMs);
      expect(await injection.stop()).toBeGreaterThan(0);
      const failures = load.answers.get('500 InternalError') ?? 0;
      expect(failures).toBeGreaterThan(0);
      await load.run(workMs);
      expect(load.answers.get('500 InternalError')).toBe(failures);
      await server.stop();
      // The second file of an object in parts is opened when the answer to the reader is on its way.
      load.expectOnly(/^(500 InternalError|GraphQL INTERNAL_SERVER_ERROR|200 cut short)$/);
      await lastLook(load, `EIO from ${what}`, env);
    } finally {
      await database.drop();
    }
  });
}

const address = { Bucket: 'bucket', Key: 'read' };

const objects: [what: string, store: (s3: S3Client, body: Buffer) => Promise<unknown>][] = [
  ['an object', (s3, Body) => s3.send(new PutObjectCommand({ ...address, Body }))],
  ['an object in parts', storeInParts],
];

for (const [what, store] of objects) {
  testUnless(
    injectionProblem(),
    `75: EIO from opening ${what} fails that reading with 500, and no later one`,
    async () => {
      await using directory = await temporaryDirectory();
      const database = await createTestDatabase();
      const env = { GRANARY_DATA_DIR: directory.path, DATABASE_URL: database.url };
      try {
        await using load = new FaultLoad();
        await using server = await FaultServer.start(env);
        const { s3 } = await load.connect(server);
        const acknowledge = load.ledger.begin('read', sha256(content));
        await store(s3, content);
        acknowledge();
        const read = () => answerOf(() => readDigest(s3, 'read'));
        const injection = await inject(server.pid, 'openat', '1+1');
        const answer = await read();
        expect(await injection.stop()).toBeGreaterThan(0);
        expect(answer).toMatchObject({ text: '500 InternalError' });
        expect(await read()).toMatchObject({ text: '200' });
        await server.stop();
        await lastLook(load, `EIO from opening ${what}`, env);
      } finally {
        await database.drop();
      }
    },
  );
}

async function storeInParts(s3: S3Client, Body: Buffer): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(address));
  const { ETag } = await s3.send(new UploadPartCommand({ ...address, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ ...address, UploadId, MultipartUpload }));
}
