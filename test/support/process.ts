import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/package-root.js';

/** What programs under test are given of our environment. They share what Node has compiled of their modules. */
export const programEnv: Readonly<NodeJS.ProcessEnv> = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: join(packageRoot, 'node_modules', '.cache', 'compiled'),
};

/** A program under test: it runs in a process group of its own, as in a terminal. */
export class TestProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<number | string>;
  output = '';

  constructor(args: string[], options: { env?: NodeJS.ProcessEnv; command?: string } = {}) {
    this.child = spawn(options.command ?? process.execPath, args, {
      cwd: packageRoot,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...programEnv, ...options.env },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.exited = once(this.child, 'close').then(([code, signal]) => code ?? signal);
  }

  /** Waits until the program has printed something; fails when it ends before. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) {
        return match;
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        // Its last words may still be in the pipes.
        await this.exited;
        const last = pattern.exec(this.output);
        if (last !== null) {
          return last;
        }
        throw new Error(`The program ended before it printed ${pattern}:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sends a signal to the whole group, as a terminal does for Ctrl-C. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-(this.child.pid ?? 0), signal);
  }

  /** For the end of a test that may have failed. */
  async dispose(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.signalGroup('SIGKILL');
    }
    await this.exited;
  }
}

/** Waits until something holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      throw new Error(`Not true within ${limitMs} ms: ${holds}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
