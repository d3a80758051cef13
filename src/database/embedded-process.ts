import { type ChildProcess, spawn } from 'node:child_process';
import type { Account } from './embedded-account.js';

export interface ServerCommand {
  readonly account: Account;
  readonly binary: string;
  readonly args: readonly string[];
  readonly onLine: (line: string) => void;
}

// The shell holds PostgreSQL's life to the pipe that is its standard input: when the pipe's other end closes, because
// we close it or because we died in whatever way, PostgreSQL gets its signal to end at once but in order.
const guard = `
  exec 3<&0
  "$@" </dev/null 3<&- &
  server=$!
  (cat <&3; kill -INT "$server") >/dev/null 2>&1 &
  exec 3<&-
  wait "$server"
`;

/** A running postgres, in a process group of its own: a Ctrl-C in the terminal does not reach it. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  /** Resolves when postgres has ended, with its exit code. */
  readonly exited: Promise<number | null>;
  #running = true;

  constructor({ account, binary, args, onLine }: ServerCommand) {
    const [command = 'sh', ...prefixArgs] = [...account.commandPrefix, 'sh'];
    this.#child = spawn(command, [...prefixArgs, '-c', guard, 'granary-postgres', binary, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: '/',
      env: serverEnvironment(),
      ...identity(account),
    });
    this.#child.stdin?.on('error', () => undefined); // The shell was gone first: there is nobody left to tell.
    this.#follow(onLine);
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', resolve);
    });
    this.exited.then(
      () => this.#ended(),
      () => this.#ended(),
    );
  }

  get running(): boolean {
    return this.#running;
  }

  /** What postgres said last, to explain why it ended. */
  get lastLines(): string {
    return this.#lastLines.join('\n');
  }

  /** Ends open connections and the server, in order. Kills it when it takes longer than the time. */
  async stop(limitMs: number): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#kill(), limitMs);
    await this.exited;
    clearTimeout(timer);
  }

  #ended(): void {
    this.#running = false;
    this.#child.stdin?.destroy();
  }

  #kill(): void {
    if (this.#running && this.#child.pid !== undefined) {
      process.kill(-this.#child.pid, 'SIGQUIT');
    }
  }

  #follow(onLine: (line: string) => void): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          this.#lastLines.push(line);
          this.#lastLines.splice(0, this.#lastLines.length - 20);
          onLine(line);
        }
      });
    }
  }
}

/** How `spawn` becomes the account when no command does that before. */
export function identity(account: Account): { uid?: number; gid?: number } {
  const changes = account.commandPrefix.length === 0 && account.uid !== (process.getuid?.() ?? account.uid);
  return changes ? { uid: account.uid, gid: account.gid } : {};
}

/** Nothing of ours that is secret, and no PG… variable that would change what the server does. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
