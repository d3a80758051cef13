import { existsSync, globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Client } from 'pg';
import { sha256 } from '../s3/raw-request.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';
import { testUnless } from '../support/programs.js';
import { answerOf } from './answer.js';
import { FaultLoad } from './fault-load.js';
import { FaultServer, openS3 } from './fault-server.js';
import { lastLook } from './last-look.js';

const program = 'test/faults/sweeping-server.mjs';
const library = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0];
const fakeProblem = library !== undefined && existsSync(library) ? undefined : 'there is no libfaketime';

/** As libfaketime writes offsets; each is longer than something that the server waits for. */
const jumps = ['+20m', '-5h', '+2d', '-2d', '+40d'];
const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Long enough for several sweeps. */
const settleMs = 1800;
const seenWithinMs = 30_000;
const workMs = 1000;
const body = Buffer.alloc(3_000_000, 'slow');

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await database.drop();
});

/** An upload that takes as long as one likes. */
class SlowUpload {
  readonly #request: ClientRequest;
  readonly #status: Promise<number | undefined>;
  #sent = 0;

  constructor(url: string) {
    this.#request = request(url, { method: 'PUT', headers: { 'content-length': body.length }, agent: false });
    this.#status = new Promise((resolve, reject) => {
      this.#request.on('error', reject);
      this.#request.on('response', (response: IncomingMessage) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
  }

  send(bytes: number): void {
    this.#request.write(body.subarray(this.#sent, this.#sent + bytes));
    this.#sent += bytes;
  }

  /** The answer's status. */
  finish(): Promise<number | undefined> {
    this.#request.end(body.subarray(this.#sent));
    return this.#status;
  }
}

/** Moves the server's clock, and waits until the server has noticed: the library looks at its file now and then. */
async function jump(server: FaultServer, file: string, offset: string): Promise<void> {
  await writeFile(file, offset);
  const expected = Number.parseInt(offset, 10) * (unitMs[offset.slice(-1)] ?? 1);
  for (const deadline = Date.now() + seenWithinMs; Math.abs((await clockOffset(server)) - expected) > 60_000; ) {
    if (Date.now() > deadline) {
      throw new Error(`The server does not see its clock at ${offset}`);
    }
    await delay(200);
  }
  await delay(settleMs);
}

async function clockOffset({ s3Url }: FaultServer): Promise<number> {
  const { headers } = await fetch(s3Url);
  return Date.parse(headers.get('date') ?? '') - Date.now();
}

testUnless(
  fakeProblem,
  'a clock that jumps ends no live upload, loses nothing, and refuses what is signed by another time',
  async () => {
    await using directory = await temporaryDirectory();
    const clock = join(directory.path, 'clock');
    await writeFile(clock, '+0');
    const dataDir = join(directory.path, 'data');
    await using server = await FaultServer.start(
      {
        GRANARY_DATA_DIR: dataDir,
        DATABASE_URL: database.url,
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_CACHE_DURATION: '1',
        // Files have the time at which they were written, however late it is now.
        NO_FAKE_STAT: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
      program,
    );
    await using load = new FaultLoad();
    const { s3 } = await load.connect(server);
    await load.run(workMs);
    const address = { Bucket: 'bucket', Key: 'slow' };
    const acknowledge = load.ledger.begin('slow', sha256(body));
    const upload = new SlowUpload(await getSignedUrl(s3, new PutObjectCommand(address), { expiresIn: 600 }));
    upload.send(1_500_000);
    const inParts = { Bucket: 'bucket', Key: 'parts' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(inParts));
    const { ETag } = await s3.send(new UploadPartCommand({ ...inParts, UploadId, PartNumber: 1, Body: body }));
    for (const offset of jumps) {
      await jump(server, clock, offset);
      const stranger = openS3(server.s3Url);
      const put = () => stranger.send(new PutObjectCommand({ Bucket: 'bucket', Key: offset, Body: 'x' }));
      expect(await answerOf(put)).toMatchObject({ text: '403 RequestTimeTooSkewed' });
      // The client has seen the server's time in the answer, and signs by it from now on.
      expect(await answerOf(put)).toMatchObject({ text: '200' });
      stranger.destroy();
      upload.send(100_000);
    }
    await jump(server, clock, '+0');
    expect(await upload.finish()).toBe(200);
    acknowledge();
    const acknowledgeParts = load.ledger.begin('parts', sha256(body));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...inParts, UploadId, MultipartUpload }));
    acknowledgeParts();
    await load.run(workMs);
    await server.stop();
    load.expectOnly(/^$/);
    await lastLook(load, 'jumps of the clock', { GRANARY_DATA_DIR: dataDir, DATABASE_URL: database.url });
  },
);

test('a clock of the database that jumps makes uploads under way fail at most, and loses nothing', async () => {
  await using directory = await temporaryDirectory();
  const env = { GRANARY_DATA_DIR: directory.path, DATABASE_URL: database.url };
  await using server = await FaultServer.start(env, program);
  await using load = new FaultLoad();
  await load.connect(server);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  load.start();
  // To the rows there are, a jump is the same as to become older all at once.
  for (const deadline = Date.now() + 6 * workMs; Date.now() < deadline; ) {
    await client.query(`UPDATE blob SET created_at = created_at - interval '2 days' WHERE state = 'pending'`);
    await client.query(
      `UPDATE blob SET dead_at = dead_at - interval '2 days', review_at = review_at - interval '2 days'
       WHERE dead_at IS NOT NULL OR review_at IS NOT NULL`,
    );
    await delay(5);
  }
  await client.end();
  await load.stop();
  await load.run(workMs);
  await server.stop();
  load.expectOnly(/^(503 ServiceUnavailable|GraphQL UNAVAILABLE)$/);
  await lastLook(load, "jumps of the database's clock", env);
});
