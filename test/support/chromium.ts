import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { programProblem, testUnless } from './programs.js';

/** What headless Chromium needs in a container, and what keeps it from asking anything of its maker's servers. */
const switches = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-features=OptimizationHints,MediaRouter,Translate',
  '--no-pings',
];
const executablePath = '/usr/bin/chromium';
const launchLimitMs = 60_000;
const stepLimitMs = 20_000;

/** A test that runs where Debian's `chromium` is installed, and is otherwise skipped by a name that says why. */
export function testInChromium(name: string, run: () => Promise<void>, timeout = 60_000): void {
  testUnless(programProblem(executablePath), name, run, timeout);
}

/** A page in a window of its own, with cookies and storage of its own, and what it did. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** The addresses of all requests so far. */
  readonly requests: string[];
  /** What the page threw, and what the browser's console has as an error; among it what a policy forbade. */
  readonly complaints: string[];
}

/**
 * Headless Chromium, for a file of tests or for one: `await using chromium = await Chromium.launch()`. It is not
 * downloaded: the test set-up installs it as root on Debian.
 */
export class Chromium implements AsyncDisposable {
  readonly browser: Browser;

  private constructor(browser: Browser) {
    this.browser = browser;
  }

  static async launch(): Promise<Chromium> {
    return new Chromium(
      await chromium.launch({ executablePath, args: switches, chromiumSandbox: false, timeout: launchLimitMs }),
    );
  }

  /** Opens an address; without one there is an empty page, for handlers that must be there before. */
  async visit(address?: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.browser.newContext({ serviceWorkers: 'block', ...options });
    context.setDefaultTimeout(stepLimitMs);
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    context.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    if (address !== undefined) {
      await page.goto(address);
    }
    return { page, context, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
  }
}
