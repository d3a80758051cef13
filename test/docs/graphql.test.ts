// Runs every ```graphql block of the documentation, page by page and from top to bottom, against one server, and expects
// an answer without errors and without user errors. For whoever writes an example:
//
// - It is a whole document, and what it needs was made by an earlier block, or by `prepare` below.
// - Its variables, if any, are in a ```json block that follows at once (with nothing but blank lines between).
// - A variable "…" is filled in from the answers so far: `token` by the last field `token` that was answered, `jobId` by
//   the last `jobId`, or else by the `id` of the last `job`.
// - Subscriptions are opened and closed again.
// - A ```graphql block that begins with `input:` is a piece of another one, and only parsed.
// - The ```sh blocks of graphql.md are run by bash beside a file `hello.txt`, and print an answer like that.

import { execFile, execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Kind, parse } from 'graphql';
import { packageRoot } from '../../src/config/package-root.js';
import { temporaryDirectory } from '../support/directory.js';
import { curlProblem, testUnless } from '../support/programs.js';
import { type GraphqlAnswer, startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const pages = ['graphql', 'sign-in', 'tenants', 'policies', 'notifications', 'operations', 'audit'];

interface Example {
  page: string;
  /** Page, line, and the first field asked for. */
  name: string;
  language: string;
  text: string;
  variables: Record<string, unknown>;
}

const examples = (await Promise.all(pages.map(examplesOf))).flat();
const answers: unknown[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await prepare();
});

afterAll(async () => server.stop());

/** What the pages speak of as if it was there: the README's bucket, and things that a reader has. */
async function prepare(): Promise<void> {
  for (const Bucket of ['my-files', 'photos']) {
    await server.s3.send(new CreateBucketCommand({ Bucket }));
  }
  const enabled = { Bucket: 'photos', VersioningConfiguration: { Status: 'Enabled' } } as const;
  await server.s3.send(new PutBucketVersioningCommand(enabled));
  const bodies: [Bucket: string, Key: string, Body: string | Buffer][] = [
    ['my-files', 'docs/hello.txt', 'Hello, Granary\n'],
    ['my-files', 'backup.tar', execFileSync('tar', ['-cf', '-', '-C', packageRoot, '--format=ustar', 'LICENSE'])],
    ['photos', '2026/a.jpg', 'a'],
  ];
  for (const [Bucket, Key, Body] of bodies) {
    await server.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  }
  const input = { username: 'ann', password: 'a-long-passphrase-of-hers', role: 'MEMBER', tenant: 'default' };
  const created = await server.graphql(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { userErrors { message } } }',
    { input },
  );
  expect(created).toMatchObject({ data: { createUser: { userErrors: [] } } });
}

for (const example of examples) {
  if (example.language === 'graphql') {
    test(example.name, () => ask(example));
  } else if (example.page === 'graphql') {
    testUnless(curlProblem(), example.name, () => runCommand(example.text));
  }
}

test('the pages have examples', () => {
  expect(examples.filter(({ language }) => language === 'graphql').length).toBeGreaterThan(12);
});

async function ask(example: Example): Promise<void> {
  if (isSubscription(example.text)) {
    await expectSubscribed(example);
  } else {
    expectNoErrors(await server.graphql(example.text, filled(example.variables)));
  }
}

async function runCommand(text: string): Promise<void> {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'hello.txt'), 'Hello, Granary\n');
  const env = { ...process.env, GRAPHQL: `${server.httpUrl}/graphql`, TOKEN: await server.login() };
  const script = text.replace('"password": "…"', `"password": "${server.adminPassword}"`);
  const { stdout } = await run('bash', ['-ec', script], { cwd: directory.path, env });
  expectNoErrors(JSON.parse(stdout));
}

function expectNoErrors({ data, errors }: GraphqlAnswer): void {
  expect(errors).toBeUndefined();
  expect(everyField(data, 'userErrors').flat()).toEqual([]);
  answers.push(data);
}

function isSubscription(text: string): boolean {
  const [operation] = parse(text).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION && operation.operation === 'subscription';
}

async function expectSubscribed({ text: query, variables }: Example): Promise<void> {
  const cancel = new AbortController();
  const response = await fetch(`${server.httpUrl}/graphql/stream`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${await server.login()}`,
    },
    body: JSON.stringify({ query, variables: filled(variables) }),
    signal: cancel.signal,
  });
  const problem = response.ok ? '' : await response.text();
  cancel.abort();
  expect(problem).toBe('');
}

/** The variables, with what "…" stands for. */
function filled(variables: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, valueFor(name, value)]));
}

function valueFor(name: string, value: unknown): unknown {
  if (value === '…') {
    const found = everyField(answers, name).at(-1) ?? idOf(everyField(answers, name.replace(/Id$/, '')).at(-1));
    if (found === undefined || found === null) {
      throw new Error(`No answer before this example says what "${name}" is.`);
    }
    return found;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? filled(value as Record<string, unknown>)
    : value;
}

function idOf(thing: unknown): unknown {
  return typeof thing === 'object' && thing !== null && 'id' in thing ? thing.id : undefined;
}

/** The values of all fields of a name, however deep, in their order. */
function everyField(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    key === name ? [inner, ...everyField(inner, name)] : everyField(inner, name),
  );
}

async function examplesOf(page: string): Promise<Example[]> {
  const markdown = await readFile(join(packageRoot, 'docs', `${page}.md`), 'utf8');
  const blocks = markdown.matchAll(/^```(graphql|sh)\n(.*?)^```\n(?:\n*```json\n(.*?)^```$)?/gms);
  return [...blocks].flatMap(({ index, 1: language = '', 2: text = '', 3: variables = '{}' }) => {
    if (text.startsWith('input:')) {
      parse(`{ piece(${text}) }`);
      return [];
    }
    const line = markdown.slice(0, index).split('\n').length + 1;
    const [, field = 'the command'] = /\{\s*(\w+)/.exec(text) ?? [];
    const name = `docs/${page}.md, line ${line}: ${field} works`;
    return [{ page, name, language, text, variables: JSON.parse(variables) }];
  });
}
