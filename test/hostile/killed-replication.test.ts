import { setTimeout as delay } from 'node:timers/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketReplicationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createVersionedBucket } from '../operations/replication/replication-fixture.js';
import { createTestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';
import { eventually, TestProcess } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { credentials } from './kill-campaign.js';

const kills = 3;
const objects = 200;
const keyPair = {
  accessKeyId: credentials.GRANARY_ROOT_ACCESS_KEY,
  secretAccessKey: credentials.GRANARY_ROOT_SECRET_KEY,
};
const setTargets = `mutation($input: SetBucketReplicationInput!) {
  setBucketReplication(input: $input) { userErrors { message } } }`;
/** The contents of each key. */
type Written = Map<string, string[]>;

const login = 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }';

async function ask(httpUrl: string, request: object, token?: string): Promise<{ data: Record<string, unknown> }> {
  const response = await fetch(`${httpUrl}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(request),
  });
  return (await response.json()) as { data: Record<string, unknown> };
}

async function configure(httpUrl: string, s3: S3Client, target: TestServer): Promise<void> {
  const credentialsOfAdmin = { username: 'admin', password: credentials.GRANARY_ADMIN_PASSWORD };
  const { data } = await ask(httpUrl, { query: login, variables: { input: credentialsOfAdmin } });
  const { accessToken } = data.login as { accessToken: string };
  const { s3Url: endpoint, accessKeyId, secretAccessKey } = target;
  const targets = [{ endpoint, bucket: 'kept', accessKeyId, secretAccessKey }];
  const input = { bucket: 'killed', targets, rules: [] };
  const answer = await ask(httpUrl, { query: setTargets, variables: { input } }, accessToken);
  expect(answer).toMatchObject({ data: { setBucketReplication: { userErrors: [] } } });
  await s3.send(
    new PutBucketReplicationCommand({
      Bucket: 'killed',
      ReplicationConfiguration: {
        Role: 'arn:aws:iam::123456789012:role/ignored',
        Rules: [{ Status: 'Enabled', Prefix: '', Destination: { Bucket: 'arn:aws:s3:::kept' } }],
      },
    }),
  );
}

test('a server that is killed while it replicates loses nothing: every byte is there in the end', async () => {
  const target = await startTestServer();
  const database = await createTestDatabase();
  await using directory = await temporaryDirectory();
  await createVersionedBucket(target.s3, 'kept');
  const env = {
    ...{ ...credentials, GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0', DATABASE_URL: database.url },
    ...{ GRANARY_DATA_DIR: directory.path, GRANARY_REPLICATION_ALLOW_PRIVATE: 'on' },
  };
  const written: Written = new Map();
  let server = new TestProcess(['test/hostile/doomed-replicator.mjs'], { env });
  try {
    for (let round = 0; round <= kills; round++) {
      const [, httpUrl = '', endpoint = ''] = await server.prints(/listening (\S+) (\S+)\n/);
      const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: keyPair });
      if (round === 0) {
        await createVersionedBucket(s3, 'killed');
        await configure(httpUrl, s3, target);
      }
      if (round === kills) {
        await eventually(() => allCompleted(s3, written), 90_000);
        s3.destroy();
        break;
      }
      await writeSome(s3, written, round);
      await delay(150);
      server.signalGroup('SIGKILL');
      await server.exited;
      s3.destroy();
      server = new TestProcess(['test/hostile/doomed-replicator.mjs'], { env });
    }
    await expectAll(target, written);
  } finally {
    await server.dispose();
    await target.stop();
    await database.drop();
  }
}, 240_000);

/** Every key twice, so that order shows. */
async function writeSome(s3: S3Client, written: Written, round: number): Promise<void> {
  const queue = Array.from({ length: Math.ceil(objects / kills) }, (_, index) => index).values();
  const writer = async (): Promise<void> => {
    for (const index of queue) {
      const Key = `round-${round}/${Math.floor(index / 2)}`;
      const content = `${Key} ${index}`.padEnd(40_000, '.');
      await s3.send(new PutObjectCommand({ Bucket: 'killed', Key, Body: content }));
      written.set(Key, [...(written.get(Key) ?? []), content]);
    }
  };
  await Promise.all([writer(), writer(), writer()]);
}

async function allCompleted(s3: S3Client, written: Written): Promise<boolean> {
  for (const Key of written.keys()) {
    const { ReplicationStatus } = await s3.send(new HeadObjectCommand({ Bucket: 'killed', Key }));
    expect(ReplicationStatus).not.toBe('FAILED');
    if (ReplicationStatus !== 'COMPLETED') {
      await delay(500);
      return false;
    }
  }
  return true;
}

/** A version may be there twice, when the server was killed after it was sent and before that was written down. */
async function expectAll(target: TestServer, written: Written): Promise<void> {
  expect([...written.values()].flat()).toHaveLength(Math.ceil(objects / kills) * kills);
  for (const [Key, contents] of written) {
    const { Versions = [] } = await target.s3.send(new ListObjectVersionsCommand({ Bucket: 'kept', Prefix: Key }));
    const found = new Set<string>();
    for (const { VersionId } of Versions.filter((version) => version.Key === Key)) {
      const { Body } = await target.s3.send(new GetObjectCommand({ Bucket: 'kept', Key, VersionId }));
      found.add((await Body?.transformToString()) ?? '');
    }
    expect([...found].sort()).toEqual([...contents].sort());
  }
}
