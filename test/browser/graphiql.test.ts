import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type TOTP, URI } from 'otpauth';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../src/config/package-root.js';
import { Chromium, testInChromium, type Visit } from '../support/chromium.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const patienceMs = 30_000;
let server: TestServer;
let chromium: Chromium | undefined;

beforeAll(async () => {
  // What the server serves is made by the build, which does nothing when nothing has changed.
  await run(process.execPath, [join(packageRoot, 'scripts', 'build-graphiql.mjs')], { cwd: packageRoot });
  server = await startTestServer();
}, 120_000);

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await server.stop();
});

/** GraphiQL in a window of its own, before anybody has signed in. */
async function open(options: { viewport?: { width: number; height: number } } = {}): Promise<Visit> {
  chromium ??= await Chromium.launch();
  const visit = await chromium.visit(`${server.httpUrl}/graphiql`, options);
  visit.context.setDefaultTimeout(patienceMs);
  await visit.page.locator('dialog[open]').waitFor();
  return visit;
}

async function enter(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    await page.fill(`dialog input[name=${name}]`, value);
  }
  await page.click('dialog button[type=submit]');
}

async function signIn(page: Page): Promise<void> {
  await enter(page, { username: 'admin', password: server.adminPassword });
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await page.locator('.granary-tour').waitFor();
}

/** Runs what is in the editor and gives the answer that is shown. */
async function execute(page: Page): Promise<Answer> {
  const [request] = await Promise.all([
    // The page may be about to ask for the schema.
    page.waitForRequest((sent) => sent.url().endsWith('/graphql') && !sent.postData()?.includes('IntrospectionQuery')),
    page.click('.graphiql-execute-button'),
  ]);
  const response = await request.response();
  expect(response?.ok()).toBe(true);
  return (await response?.json()) as Answer;
}

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of what it asked for.
  data?: any;
  errors?: unknown[];
}

/** The text of the pane with the answer, of which the editor draws what fits. */
async function shown(page: Page): Promise<string> {
  const lines = await page.locator('.graphiql-response .view-line').allInnerTexts();
  return lines.join(' ').replaceAll('\u00a0', ' ');
}

/** Opens a step of the tour and waits until the editor has it. */
async function openStep(page: Page, title: string): Promise<void> {
  // By its title: what is said of a step may name another one.
  const steps = page.locator('.granary-tour li button');
  const titles = await steps.locator('b').allInnerTexts();
  await steps.nth(titles.findIndex((each) => each.startsWith(title))).click();
  await page.locator('.graphiql-execute-button').waitFor();
}

function userErrors(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) => (name === 'userErrors' ? inner : userErrors(inner)));
}

testInChromium(
  'every step of the tour runs as it is, offline, with nothing that the policy of the page forbids',
  async () => {
    await using visit = await open();
    const { page } = visit;
    await enter(page, { username: 'admin', password: 'wrong-wrong-wrong' });
    await eventually(async () => (await page.locator('dialog [role=alert]').textContent()) !== '');
    await signIn(page);
    // Before anybody had signed in the page has asked who it is, and was told.
    const before = visit.complaints.length;
    const steps = page.locator('.granary-tour li button');
    const titles = await steps.locator('b').allInnerTexts();
    expect(titles.length).toBeGreaterThanOrEqual(10);
    for (const title of titles) {
      await openStep(page, title);
      if (title === 'Watch') {
        continue;
      }
      const { data, errors } = await execute(page);
      expect([title, errors, userErrors(data)]).toEqual([title, undefined, []]);
    }
    expect(visit.complaints.slice(before)).toEqual([]);
    const foreign = visit.requests.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.httpUrl));
    expect(foreign).toEqual([]);
  },
  120_000,
);

testInChromium('chosen files are sent, one and several, and named by their keys', async () => {
  await using visit = await open();
  const { page } = visit;
  await signIn(page);
  await openStep(page, 'Make a bucket');
  await execute(page);
  await openStep(page, 'Upload a file');
  const content = { name: 'poem.txt', mimeType: 'text/plain', buffer: Buffer.from('A poem of my own') };
  await page.setInputFiles('input[name="input.file"]', content);
  const { data } = await execute(page);
  expect(data.uploadObject.object).toMatchObject({ key: 'docs/hello.txt', size: 16, contentType: 'text/plain' });
  await openStep(page, 'Upload several');
  await page.locator('input[name=files]').waitFor({ state: 'attached' });
  const several = ['a', 'bb', 'ccc'].map((text) => ({ ...content, name: `${text}.txt`, buffer: Buffer.from(text) }));
  await page.setInputFiles('input[name=files]', several);
  const answer = await execute(page);
  // The two keys that were there stay, and the third is the file's own name.
  expect(answer.data.uploadObjects.objects).toEqual([
    { key: 'docs/one.txt', size: 1 },
    { key: 'photos/two.txt', size: 2 },
    { key: 'ccc.txt', size: 3 },
  ]);
});

testInChromium('a subscription shows events as they happen, newest first, until it is stopped', async () => {
  await using visit = await open();
  const { page } = visit;
  await signIn(page);
  await openStep(page, 'Make a bucket');
  const { data } = await execute(page);
  await openStep(page, 'Watch');
  await page.click('.graphiql-execute-button');
  await eventually(async () => (await shown(page)).includes('listening'), patienceMs);
  let written = 0;
  await eventually(async () => {
    written += 1;
    const Key = `event-${written}`;
    await server.s3.send(new PutObjectCommand({ Bucket: data.createBucket.bucket.name, Key, Body: 'content' }));
    // Any of them: by the time that the page shows one, the next may have been written.
    return /event-\d/.test(await shown(page));
  }, patienceMs);
  expect(await shown(page)).toContain('"change": "CREATED"');
  await page.click('.graphiql-execute-button');
  await page.locator('button[aria-label^="Execute"]').waitFor();
});

testInChromium('a second factor is asked for, and a page that is reloaded is still signed in', async () => {
  const password = 'a-long-passphrase-of-hers';
  const input = { username: 'totp', password, role: 'MEMBER', tenant: 'default' };
  const create = 'mutation($input: CreateUserInput!) { createUser(input: $input) { userErrors { message } } }';
  await server.graphql(create, { input });
  const token = await server.login('totp', password, 'default');
  const enroll = 'mutation { enrollSecondFactor { uri } }';
  const { data } = await server.graphql(enroll, {}, token);
  const factor = URI.parse(data.enrollSecondFactor.uri) as TOTP;
  const confirm = 'mutation($code: String!) { confirmSecondFactor(input: { code: $code }) { userErrors { message } } }';
  const code = () => factor.generate();
  expect(await server.graphql(confirm, { code: code() }, token)).toMatchObject({
    data: { confirmSecondFactor: { userErrors: [] } },
  });
  await using visit = await open();
  const { page } = visit;
  await enter(page, { username: 'totp', password });
  await page.locator('dialog input[name=code]').waitFor();
  // No code is taken twice: the next one is.
  await enter(page, { code: factor.generate({ timestamp: Date.now() + 30_000 }) });
  await page.locator('.granary-who', { hasText: 'totp' }).waitFor();
  await page.reload();
  await page.locator('.granary-who', { hasText: 'totp' }).waitFor();
  await page.click('text=Sign out');
  await page.locator('.granary-account').waitFor({ state: 'detached' });
  expect((await visit.context.cookies()).filter(({ value }) => value !== '')).toEqual([]);
});

testInChromium('a narrow window has either the tour or the editor, and both work', async () => {
  await using visit = await open({ viewport: { width: 390, height: 800 } });
  const { page } = visit;
  await signIn(page);
  expect(await page.locator('.graphiql-sessions').isVisible()).toBe(false);
  await openStep(page, 'Who am I?');
  expect(await page.locator('.granary-tour').isVisible()).toBe(false);
  expect((await execute(page)).data.viewer.user.username).toBe('admin');
  const width = await page.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(390);
});

test('the page is there with a tight policy, and is not when it is turned off', async () => {
  const page = await fetch(`${server.httpUrl}/graphiql`);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self'; worker-src 'self';");
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src [^;]*unsafe-inline/);
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  const without = await startTestServer({ graphiql: 'off' });
  try {
    expect((await fetch(`${without.httpUrl}/graphiql`)).status).toBe(404);
    expect((await fetch(`${without.httpUrl}/graphiql/`)).status).toBe(404);
  } finally {
    await without.stop();
  }
});
