import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Page } from 'playwright-core';
import type * as Client from '../../packages/client/src/index.js';
import { clientPage, serveClientPages } from '../client-package/client-pages.js';
import { Chromium, testInChromium, type Visit } from '../support/chromium.js';
import { temporaryDirectory } from '../support/directory.js';
import { freePort } from '../support/emulators/free-port.js';
import { programProblem } from '../support/programs.js';
import { startTestServer, type TestServer } from '../support/server.js';

/** What the page has, for the functions that are evaluated there. */
declare const granary: typeof Client;
declare const document: { querySelector(selector: string): { files: File[] } };
declare const localStorage: Client.KeyValueStorage;

let server: TestServer;
let pages: Awaited<ReturnType<typeof serveClientPages>>;
let chromium: Chromium | undefined;

const bucket = 'browser';
const partSize = 5 * 1024 * 1024;

beforeAll(async () => {
  pages = await serveClientPages();
  server = await startTestServer({ s3Port: await freePort(), corsOrigins: [pages.origin] });
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  chromium = programProblem('/usr/bin/chromium') === undefined ? await Chromium.launch() : undefined;
}, 90_000);

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await server?.stop();
  await pages?.stop();
});

function browser(): Chromium {
  if (chromium === undefined) throw new Error('There is no Chromium.');
  return chromium;
}

async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => 'granary' in globalThis);
}

/** A page of another origin than the server's, signed in by tokens in localStorage. */
async function visitElsewhere(): Promise<Visit> {
  const visit = await browser().visit(`${pages.origin}/page`);
  await ready(visit.page);
  await visit.page.evaluate(
    async ([url, password]) => {
      const client = granary.createClient({ url, auth: { store: granary.webStorage(localStorage) } });
      await granary.signIn(client, { username: 'admin', password });
    },
    [server.httpUrl, server.adminPassword] as const,
  );
  return visit;
}

testInChromium('a large upload from another origin pauses, survives a reload of the page, and is whole', async () => {
  await using directory = await temporaryDirectory();
  const content = randomBytes(3 * partSize + 12_345);
  const path = join(directory.path, 'film.mp4');
  await writeFile(path, content);
  await using visit = await visitElsewhere();
  const { page } = visit;
  await page.setInputFiles('input', path);
  // So slow that a part takes longer than a browser waits between two words on progress.
  const network = await page.context().newCDPSession(page);
  await network.send('Network.emulateNetworkConditions', {
    ...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2 * partSize },
  });
  const before = await page.evaluate(
    async ([url, size]) => {
      const client = granary.createClient({ url, auth: { store: granary.webStorage(localStorage) } });
      const [source] = document.querySelector('input').files as [File];
      const told: number[] = [];
      await new Promise<void>((resolve) => {
        const task = granary.upload(client, {
          ...{ bucket: 'browser', key: 'film.mp4', source, partSize: size, stagedFrom: size, parallel: 2 },
          onStarted: (token) => localStorage.setItem('upload', JSON.stringify(token)),
          onProgress: ({ bytes }) => {
            told.push(bytes);
            if (bytes > size) {
              task.pause();
              resolve();
            }
          },
        });
        task.done.catch(() => resolve());
      });
      return told;
    },
    [server.httpUrl, partSize] as const,
  );
  expect(before.at(-1)).toBeGreaterThan(partSize);
  expect(before.some((bytes) => bytes > 0 && bytes < partSize)).toBe(true);
  await network.detach();
  await page.reload();
  await ready(page);
  await page.setInputFiles('input', path);
  const after = await page.evaluate(async (url) => {
    const client = granary.createClient({ url, auth: { store: granary.webStorage(localStorage) } });
    const [source] = document.querySelector('input').files as [File];
    const told: Client.UploadProgressed[] = [];
    const token = JSON.parse(String(localStorage.getItem('upload')));
    const options = { source, onProgress: (progress: Client.UploadProgressed) => told.push(progress) };
    const { key, size, contentType } = await granary.resumeUpload(client, token, options).done;
    return { told, key, size, contentType };
  }, server.httpUrl);
  expect(after).toMatchObject({ key: 'film.mp4', size: content.length, contentType: 'video/mp4' });
  expect(after.told.at(-1)).toMatchObject({ bytes: content.length, totalBytes: content.length });
  const digest = await page.evaluate(async (url) => {
    const client = granary.createClient({ url, auth: { store: granary.webStorage(localStorage) } });
    const blob = await (await granary.download(client, { bucket: 'browser', key: 'film.mp4' })).blob();
    const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }, server.httpUrl);
  expect(digest).toBe(createHash('sha256').update(content).digest('hex'));
  expect(visit.complaints).toEqual([]);
});

testInChromium('a small upload from another origin tells how far it is, and can be cancelled', async () => {
  await using visit = await visitElsewhere();
  const told = await visit.page.evaluate(async (url) => {
    const client = granary.createClient({ url, auth: { store: granary.webStorage(localStorage) } });
    const bytes: number[] = [];
    await granary.upload(client, {
      ...{ bucket: 'browser', key: 'small', source: new Blob([new Uint8Array(8_000_000)]) },
      onProgress: (progress) => bytes.push(progress.bytes),
    }).done;
    const task = granary.upload(client, { bucket: 'browser', key: 'none', source: new Blob(['abc']) });
    task.cancel();
    const failure = await task.done.catch((error: Error) => error.name);
    return { bytes, failure };
  }, server.httpUrl);
  expect(told.bytes.at(0)).toBe(0);
  expect(told.bytes.at(-1)).toBe(8_000_000);
  expect(told.failure).toBe('AbortError');
  expect((await server.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'small' }))).ContentLength).toBe(8_000_000);
});

testInChromium('a page of another origin hears of changes by WebSocket and by events', async () => {
  await using visit = await visitElsewhere();
  for (const transport of ['websocket', 'events'] as const) {
    const heard = visit.page.evaluate(
      async ([url, kind]) => {
        const client = granary.createClient({ url, auth: { store: granary.webStorage(localStorage) } });
        const variables = { bucket: 'browser', prefix: `${kind}/` };
        for await (const { key, change } of granary.objectEvents(client, variables, { transport: kind })) {
          return `${change} ${key}`;
        }
        return '';
      },
      [server.httpUrl, transport] as const,
    );
    let isHeard = false;
    void heard
      .finally(() => {
        isHeard = true;
      })
      .catch(() => undefined);
    while (!isHeard) {
      await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${transport}/a`, Body: 'a' }));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await heard).toBe(`CREATED ${transport}/a`);
  }
});

/** Asks in every tab at once, and gives what each was answered and how often each asked for new tokens. */
async function askInAll(tabs: Page[], auth: 'cookie' | 'tokens') {
  return Promise.all(
    tabs.map((tab) =>
      tab.evaluate(
        async ([url, kind]) => {
          let renewals = 0;
          const client = granary.createClient({
            url,
            auth: kind === 'cookie' ? 'cookie' : { store: granary.webStorage(localStorage) },
            fetch: (address, init) => {
              renewals += String(init?.body).includes('mutation RefreshSession') ? 1 : 0;
              return fetch(address, init);
            },
          });
          const answers = await Promise.all([1, 2, 3].map(() => client.query(granary.Viewer)));
          return { renewals, names: answers.map(({ viewer }) => viewer.user.username) };
        },
        [server.httpUrl, auth] as const,
      ),
    ),
  );
}

testInChromium('tabs that share tokens renew them once, and all go on', async () => {
  await using visit = await visitElsewhere();
  const tabs = [visit.page, await visit.context.newPage(), await visit.context.newPage()];
  for (const tab of tabs.slice(1)) {
    await tab.goto(`${pages.origin}/page`);
    await ready(tab);
  }
  await visit.page.evaluate(() => {
    const tokens = JSON.parse(String(localStorage.getItem('granary-session')));
    const expired = { ...tokens, accessToken: `${tokens.accessToken}x` };
    localStorage.setItem('granary-session', JSON.stringify(expired));
  });
  const answers = await askInAll(tabs, 'tokens');
  expect(answers.flatMap(({ names }) => names)).toEqual(Array.from({ length: 9 }, () => 'admin'));
  expect(answers.reduce((sum, { renewals }) => sum + renewals, 0)).toBe(1);
});

testInChromium('tabs of the server’s own origin share a cookie session, with locks and without', async () => {
  await using visit = await browser().visit();
  await visit.context.route(/\/(?:page|client\/.*)$/, async (route) => {
    const answer = await clientPage(new URL(route.request().url()).pathname);
    await route.fulfill({ status: 200, ...answer });
  });
  const tabs = [visit.page, await visit.context.newPage(), await visit.context.newPage()];
  for (const tab of tabs) {
    await tab.goto(`${server.httpUrl}/page`);
    await ready(tab);
  }
  await visit.page.evaluate(
    async ([url, password]) => {
      const client = granary.createClient({ url, auth: 'cookie' });
      await granary.signIn(client, { username: 'admin', password });
    },
    [server.httpUrl, server.adminPassword] as const,
  );
  const all = Array.from({ length: 9 }, () => 'admin');
  await visit.context.clearCookies({ name: 'granary-access' });
  const locked = await askInAll(tabs, 'cookie');
  expect(locked.flatMap(({ names }) => names)).toEqual(all);
  for (const tab of tabs) {
    await tab.evaluate(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
  }
  await visit.context.clearCookies({ name: 'granary-access' });
  const unlocked = await askInAll(tabs, 'cookie');
  expect(unlocked.flatMap(({ names }) => names)).toEqual(all);
  const over = await visit.page.evaluate(
    async ([url]) => {
      const ended: string[] = [];
      const onSessionEnded = ({ code }: Client.SessionEndedError) => ended.push(code);
      const client = granary.createClient({ url, auth: 'cookie', onSessionEnded });
      await granary.signOut(client);
      await Promise.allSettled([1, 2, 3].map(() => client.query(granary.Viewer)));
      return ended;
    },
    [server.httpUrl] as const,
  );
  expect(over).toEqual([]);
});
