import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { packageRoot } from '../../src/config/package-root.js';
import type { S3Operation, S3Request } from '../../src/s3/exchange.js';
import { parseQuery } from '../../src/s3/protocol/query.js';
import { parseResource } from '../../src/s3/protocol/resource.js';
import { route } from '../../src/s3/router.js';
import { bucketRoutes, objectRoutes, serviceRoutes } from '../../src/s3/routes.js';
import { startTestServer, type TestServer } from '../support/server.js';

type Command = new (input: object) => Parameters<sdk.S3Client['send']>[0];

/** What makes every request of the SDK whole enough to be sent. */
const input = {
  ...{ Bucket: 'bucket', Key: 'key', UploadId: 'upload', PartNumber: 1, CopySource: 'bucket/key', RenameSource: 'key' },
  ...{ Id: 'id', AnnotationName: 'name', RequestRoute: 'route', RequestToken: 'token', ExpressionType: 'SQL' },
  ...{ Delete: { Objects: [{ Key: 'key' }] }, ObjectAttributes: ['ETag'], RestoreRequest: {}, Body: 'x' },
};

const page = await readFile(join(packageRoot, 'docs', 's3-compatibility.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` +\| (works|differs|not offered) +\| (.*?) *\|$/gm)].map(
  ([, name = '', status = '', note = '']) => ({ name, status, note }),
);
const commands = Object.entries(sdk)
  .filter(([name]) => name.endsWith('Command') && !name.startsWith('$'))
  .map(([name, command]) => ({ name: name.replace(/Command$/, ''), command: command as unknown as Command }));

/** Requests that no SDK sends: browsers do. */
const ofBrowsers = ['PostObject', 'OptionsObject'];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.s3.send(new sdk.CreateBucketCommand({ Bucket: 'bucket' }));
  await server.s3.send(new sdk.PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: 'x' }));
});

afterAll(async () => {
  await server.stop();
});

interface Sent {
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
}

/** The request that the SDK makes of a command. */
async function requestOf(command: Command): Promise<Sent> {
  let sent: Sent | undefined;
  const client = new sdk.S3Client({
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: {
      handle: (request: Sent) => {
        sent = request;
        return Promise.reject(new Error('not sent'));
      },
    },
  });
  await client.send(new command(input)).catch(() => undefined);
  if (sent === undefined) {
    throw new Error('The SDK made no request of it');
  }
  return sent;
}

async function routeOf(command: Command): Promise<S3Operation> {
  const { method, path, query } = await requestOf(command);
  const raw = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value ?? ''))}`)
    .join('&');
  const request = { method, path, query: parseQuery(raw), headers: { values: {}, amzNames: [] } };
  return route({ ...request, resource: parseResource(path) } as unknown as S3Request);
}

test('every operation of the API reference has one row', () => {
  const names = [...commands.map(({ name }) => name), ...ofBrowsers].sort();
  expect(rows.map(({ name }) => name).sort()).toEqual(names);
});

test('what is said to differ or not to be offered says how', () => {
  expect(rows.filter(({ status, note }) => status !== 'works' && note === '')).toEqual([]);
});

test('what is said to be there is what the router knows, and the other way round', async () => {
  const offered = rows.filter(({ status }) => status !== 'not offered').map(({ name }) => name);
  const reached = new Set<S3Operation>();
  for (const { name, command } of commands.filter((each) => offered.includes(each.name))) {
    const operation = await routeOf(command);
    reached.add(operation);
    const isNamed = name.toLowerCase().startsWith(operation.name.toLowerCase());
    // A copy is a put with a source.
    expect([name, isNamed || name === 'CopyObject']).toEqual([name, true]);
  }
  const known = [serviceRoutes, bucketRoutes, objectRoutes].flatMap((routes) =>
    Object.values(routes).flatMap((operations) => Object.values(operations)),
  );
  const unnamed = known.filter((operation) => !reached.has(operation)).map(({ name }) => name);
  expect(unnamed).toEqual(['postObject']);
});

test('what is not offered is refused with the error that its row names', async () => {
  const missing = rows.filter(({ status }) => status === 'not offered');
  const { accessKeyId, secretAccessKey } = server;
  const client = new sdk.S3Client({
    endpoint: server.s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    disableHostPrefix: true,
    maxAttempts: 1,
  });
  for (const { name, command } of commands.filter((each) => missing.some((row) => row.name === each.name))) {
    const error = await client.send(new command(input)).then(
      () => undefined,
      (thrown: sdk.S3ServiceException) => thrown,
    );
    const row = missing.find((each) => each.name === name);
    expect([name, row?.note]).toEqual([
      name,
      expect.stringContaining(`\`${error?.$metadata.httpStatusCode} ${error?.name}\``),
    ]);
  }
});
