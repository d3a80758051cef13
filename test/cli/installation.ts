import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { packageRoot } from '../../src/config/package-root.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';
import { programEnv, TestProcess } from '../support/process.js';

const accessKeyId = 'TESTROOTKEY';
const secretAccessKey = 'test-root-secret-key';

export interface Ended {
  code: number | string;
  output: string;
  errors: string;
}

/** A database and a data directory of one's own, with a server as a process that may be stopped, and commands. */
export class Installation implements AsyncDisposable {
  readonly directory: string;
  readonly dataDir: string;
  readonly #database: TestDatabase;
  readonly #clients: S3Client[] = [];
  #server: TestProcess | undefined;
  /** Where the server answers that was started last. */
  httpUrl = '';
  env: NodeJS.ProcessEnv;

  private constructor(directory: string, database: TestDatabase) {
    this.directory = directory;
    this.dataDir = join(directory, 'data');
    this.#database = database;
    this.env = {
      GRANARY_HTTP_PORT: '0',
      GRANARY_S3_PORT: '0',
      GRANARY_DATA_DIR: this.dataDir,
      GRANARY_ROOT_ACCESS_KEY: accessKeyId,
      GRANARY_ROOT_SECRET_KEY: secretAccessKey,
      DATABASE_URL: database.url,
    };
  }

  /** `migrated` spares a server the making of its tables; `empty` is what a restore needs. */
  static async make(state: 'empty' | 'migrated' = 'empty'): Promise<Installation> {
    const database = state === 'empty' ? await createEmptyDatabase() : await createTestDatabase();
    return new Installation(await mkdtemp(join(tmpdir(), 'granary-test-')), database);
  }

  get databaseUrl(): string {
    return this.#database.url;
  }

  /** Starts the server; resolves with a client when it serves. */
  async start(): Promise<S3Client> {
    this.#server = new TestProcess(['dist/src/main.js'], { env: this.env });
    await this.#server.prints(/Press Ctrl-C/);
    const [, endpoint = ''] = await this.#server.prints(/S3 +(http:\S+)/);
    const [, graphql = ''] = await this.#server.prints(/GraphQL +(http:\S+)/);
    this.httpUrl = new URL(graphql).origin;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 });
    this.#clients.push(client);
    return client;
  }

  /** What a server says that does not start. */
  async failToStart(): Promise<string> {
    const server = new TestProcess(['dist/src/main.js'], { env: this.env });
    const code = await Promise.race([server.exited, server.prints(/Press Ctrl-C/).then(() => 'it serves')]);
    await server.dispose();
    expect(code).toBe(1);
    return server.output;
  }

  async stop(): Promise<void> {
    this.#server?.signalGroup('SIGTERM');
    await this.#server?.exited;
    this.#server = undefined;
  }

  /** Runs a command to its end, or kills it as soon as something holds. */
  async granary(args: string[], options: { input?: string; killWhen?: () => Promise<boolean> } = {}): Promise<Ended> {
    const child = spawn(process.execPath, ['dist/src/command.js', ...args], {
      cwd: packageRoot,
      env: { ...programEnv, ...this.env },
    });
    child.stdin.end(options.input ?? '');
    if (options.killWhen !== undefined) {
      void killWhen(child, options.killWhen);
    }
    return ended(child);
  }

  /** Runs a command at a pseudo terminal, and types answers to its questions. The output is all that the terminal shows. */
  async atTerminal(args: string[], answers: [question: string, answer: string][]): Promise<Ended> {
    const program = join(packageRoot, 'test', 'cli', 'at-terminal.py');
    const command = [process.execPath, 'dist/src/command.js', ...args];
    return ended(
      spawn('python3', [program, JSON.stringify(answers), ...command], {
        cwd: packageRoot,
        env: { ...programEnv, ...this.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  /** What a command that succeeds prints with `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of what it asked for.
  async facts(args: string[], options: { input?: string; code?: number } = {}): Promise<any> {
    const { code, output, errors } = await this.granary([...args, '--json'], options);
    expect({ code, errors }).toEqual({ code: options.code ?? 0, errors: '' });
    return JSON.parse(output);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) {
      client.destroy();
    }
    await this.#server?.dispose();
    await this.#database.drop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ended> {
  const closed = once(child, 'close');
  const [output, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code: code ?? signal, output, errors };
}

async function killWhen(child: ChildProcess, holds: () => Promise<boolean>): Promise<void> {
  while (child.exitCode === null && !(await holds())) {
    await delay(5);
  }
  child.kill('SIGKILL');
}
