import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../support/directory.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const limitMs = 60_000;
const mebibyte = 1024 * 1024;

/** Debian's programs first: another of the same name may come before them in the PATH. */
const searchPath = `/usr/bin:${process.env.PATH}`;

/** One S3 tool as people use it, with a server and a home directory of its own. */
export class Tool implements AsyncDisposable {
  readonly server: TestServer;
  /** A directory that ends with the tool. */
  readonly home: string;
  readonly #program: string;
  readonly #directory: AsyncDisposable;
  #environment: Record<string, string> = {};

  private constructor(parts: { program: string; server: TestServer; directory: AsyncDisposable & { path: string } }) {
    this.#program = parts.program;
    this.server = parts.server;
    this.home = parts.directory.path;
    this.#directory = parts.directory;
  }

  static async open(program: string): Promise<Tool> {
    const directory = await temporaryDirectory();
    return new Tool({ program, server: await startTestServer(), directory });
  }

  /** Variables for every run from now on. */
  environment(variables: Record<string, string>): void {
    this.#environment = { ...this.#environment, ...variables };
  }

  /** Runs the tool and returns what it printed; fails with what it complained about. */
  async run(...args: string[]): Promise<string> {
    const env = { PATH: searchPath, HOME: this.home, LANG: 'C.UTF-8', ...this.#environment };
    const { stdout } = await run(this.#program, args, { cwd: this.home, env, timeout: limitMs });
    return stdout;
  }

  /** The complaint of a run that is to fail. */
  async fail(...args: string[]): Promise<string> {
    try {
      await this.run(...args);
    } catch (error) {
      return `${(error as { stderr?: string }).stderr ?? ''}${(error as { stdout?: string }).stdout ?? ''}`;
    }
    throw new Error(`${this.#program} ${args.join(' ')} did not fail`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    expect(this.server.problems).toEqual([]);
    await this.server.stop();
    await this.#directory[Symbol.asyncDispose]();
  }
}

/** Names that tools get wrong, and sizes on both sides of what they send in one piece and in parts. */
const tree: Record<string, number> = {
  empty: 0,
  'plain.txt': 12,
  'sp ace/a+b & c=d.txt': 3000,
  'ümläut/日本語 😀.bin': 40_000,
  'deep/er/and/deeper/file': 200_000,
  '100%25/quo"te\'s/(brackets) [x] {y}': 17,
  'large.bin': 17 * mebibyte + 3,
};

/** A small tree of files with unusual names below a directory. */
export async function writeTree(directory: string): Promise<void> {
  for (const [name, size] of Object.entries(tree)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), randomBytes(size));
  }
}

/** The SHA-256 of each file below a directory, by its path. */
export async function digestsOf(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const digests: [string, string][] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const digest = createHash('sha256').update(await readFile(path));
    digests.push([path.slice(directory.length + 1), digest.digest('hex')]);
  }
  return Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1)));
}
