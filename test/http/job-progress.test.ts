import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { FolderJobRunner } from '../../src/operations/folders/run-folder-jobs.js';
import { eventually } from '../support/process.js';
import { makeS3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let clients: Client[];

beforeAll(async () => {
  server = await startTestServer();
  clients = [];
  await server.s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.dispose()));
  await server.stop();
});

interface Progress {
  state: string;
  done: number;
  total: number | null;
}

function watch(id: string, token: string) {
  const client = createClient({
    url: `${server.httpUrl.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  clients.push(client);
  const seen: Progress[] = [];
  const problems: (string | undefined)[] = [];
  const ended = (async () => {
    const query = 'subscription($id: ID!) { jobProgress(id: $id) { state done total } }';
    for await (const { data, errors = [] } of client.iterate({ query, variables: { id } })) {
      problems.push(...errors.map(({ extensions }) => extensions?.code as string | undefined));
      if (data) {
        seen.push((data as unknown as { jobProgress: Progress }).jobProgress);
      }
    }
  })();
  return { seen, problems, ended };
}

async function begin(): Promise<string> {
  const { data } = await server.graphql(
    'mutation { deleteFolder(input: { bucket: "bucket", folder: "f" }) { job { id } userErrors { message } } }',
  );
  expect(data.deleteFolder.userErrors).toEqual([]);
  return data.deleteFolder.job.id;
}

test('how far a job is comes batch by batch, and ends with the job', async () => {
  for (let index = 0; index < 60; index++) {
    await server.s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: `f/${index}`, Body: 'x' }));
  }
  const runner = new FolderJobRunner(server.granary);
  const watching = watch(await begin(), await server.login());
  await eventually(() => watching.seen.length === 1);
  await runner.runNext();
  await eventually(() => watching.seen.at(-1)?.done === 50);
  while (await runner.runNext()) {
    // The next turn.
  }
  await watching.ended;
  expect(watching.problems).toEqual([]);
  expect(watching.seen[0]).toEqual({ state: 'QUEUED', done: 0, total: null });
  expect(watching.seen.at(-1)).toEqual({ state: 'COMPLETED', done: 60, total: 60 });
});

test('who may not see a job is told of none, and who is disabled meanwhile of no more', async () => {
  const id = await begin();
  await makeS3User(server, { username: 'ann' });
  const ann = await server.login('ann', 'a long enough password 1', 'default');
  const refused = watch(id, ann);
  await refused.ended.catch(() => undefined);
  expect(refused.seen).toEqual([]);
  await makeS3User(server, { username: 'ted', role: 'TENANT_ADMINISTRATOR' });
  const ted = watch(id, await server.login('ted', 'a long enough password 1', 'default'));
  await eventually(() => ted.seen.length === 1);
  await server.graphql('mutation { disableUser(input: { username: "ted" }) { userErrors { message } } }');
  await ted.ended.catch(() => undefined);
  expect(ted.seen).toHaveLength(1);
});
