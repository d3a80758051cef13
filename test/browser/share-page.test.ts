import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { readZip } from '../http/read-zip.js';
import { change, share } from '../http/shares.js';
import { sendSigned } from '../s3/raw-request.js';
import { Chromium, testInChromium } from '../support/chromium.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let chromium: Chromium | undefined;

beforeAll(async () => {
  server = await startTestServer();
  expect(await change(server, 'createBucket', { name: 'files' })).toEqual([]);
  for (const [path, body] of [
    ['photos/a.txt', 'a photo'],
    ['photos/2026/b%20%26%20c.txt', 'another photo'],
    ['photos/2026/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E.html', '<script>alert(1)</script>'],
  ]) {
    const headers = { 'content-type': path?.endsWith('html') ? 'text/html' : 'text/plain' };
    const { status } = await sendSigned(server, { method: 'PUT', path: `/files/${path}`, body: body ?? '', headers });
    expect(status).toBe(200);
  }
}, 60_000);

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** Clicks, and gives the name and the content of what is downloaded. */
async function download(page: Page, link: string): Promise<{ name: string; content: Buffer }> {
  const [started] = await Promise.all([page.waitForEvent('download'), page.locator('a', { hasText: link }).click()]);
  return { name: started.suggestedFilename(), content: await readFile(await started.path()) };
}

testInChromium('a shared object is shown and downloaded, by a page that asks nobody else for anything', async () => {
  chromium ??= await Chromium.launch();
  const { url } = await share(server, { bucket: 'files', key: 'photos/2026/b & c.txt' });
  await using visit = await chromium.visit(url);
  expect(await visit.page.locator('h1').textContent()).toBe('b & c.txt');
  expect(await visit.page.title()).toBe('b & c.txt');
  const { name, content } = await download(visit.page, 'Download');
  expect([name, content.toString()]).toEqual(['b & c.txt', 'another photo']);
  expect(visit.requests.filter((address) => !address.startsWith(server.httpUrl))).toEqual([]);
  expect(visit.complaints).toEqual([]);
});

testInChromium(
  'a shared folder is walked down and up again, and what is in it downloaded, and nothing of it runs',
  async () => {
    chromium ??= await Chromium.launch();
    const { url } = await share(server, { bucket: 'files', folder: 'photos' });
    await using visit = await chromium.visit(url);
    const { page } = visit;
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    expect(await page.locator('td a').allInnerTexts()).toEqual(['2026', 'a.txt']);
    await page.locator('td a', { hasText: '2026' }).click();
    await page.locator('nav [aria-current=page]', { hasText: '2026' }).waitFor();
    await page.waitForLoadState();
    expect(await page.locator('td a').allInnerTexts()).toEqual(['<img src=x onerror=alert(1)>.html', 'b & c.txt']);
    const script = await download(page, 'onerror');
    expect(script.content.toString()).toBe('<script>alert(1)</script>');
    const zip = await download(page, 'Download as zip');
    expect(zip.name).toMatch(/\.zip$/);
    expect((await readZip(zip.content)).map(({ name }) => name)).toEqual([
      '<img src=x onerror=alert(1)>.html',
      'b & c.txt',
    ]);
    await page.locator('nav a', { hasText: 'photos' }).click();
    await page.locator('td a', { hasText: 'a.txt' }).waitFor();
    expect([dialogs, visit.complaints]).toEqual([0, []]);
  },
);

testInChromium(
  'a password is asked for by the page, refused when it is wrong, and then leads to where one wanted to go',
  async () => {
    chromium ??= await Chromium.launch();
    const password = 'seven green apples';
    const { url } = await share(server, { bucket: 'files', folder: 'photos', password });
    await using visit = await chromium.visit(`${url}?folder=2026/`);
    const { page } = visit;
    const give = async (text: string): Promise<void> => {
      await page.getByLabel('Password').fill(text);
      await page.locator('button[type=submit]').click();
    };
    expect(await page.locator('h1').textContent()).toBe('This link needs a password');
    await give('six green apples');
    expect(await page.locator('[role=alert]').textContent()).toBe('This is not the password.');
    await give(password);
    await page.locator('nav [aria-current=page]', { hasText: '2026' }).waitFor();
    expect(page.url()).toBe(`${url}?folder=2026%2F`);
    expect((await download(page, 'b & c.txt')).content.toString()).toBe('another photo');
    // It is in a cookie of this link, which no script could read.
    expect(await page.evaluate('document.cookie')).toBe('');
    await using stranger = await chromium.visit(`${url}?folder=2026/`);
    expect(await stranger.page.locator('h1').textContent()).toBe('This link needs a password');
  },
);
