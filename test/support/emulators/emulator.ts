import { temporaryDirectory } from '../directory.js';
import { eventually, TestProcess } from '../process.js';
import { freePort } from './free-port.js';

/** A storage service of somebody else's making, on this machine and for one test file. */
export interface Emulator extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:…`. */
  url: string;
}

export interface EmulatorProgram {
  /** The program; Node.js by default. */
  command?: string;
  args(place: { port: number; directory: string }): string[];
}

/** Starts a program with a port and a directory of its own, and waits until it answers. */
export async function startEmulator({ command, args }: EmulatorProgram): Promise<Emulator> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const program = new TestProcess(args({ port, directory: directory.path }), command === undefined ? {} : { command });
  const url = `http://127.0.0.1:${port}`;
  const dispose = async () => {
    await program.dispose();
    await directory[Symbol.asyncDispose]();
  };
  try {
    await eventually(() => answers(url, program), 20_000);
  } catch (error) {
    await dispose();
    throw new Error(`The emulator does not answer:\n${program.output}`, { cause: error });
  }
  return { url, [Symbol.asyncDispose]: dispose };
}

async function answers(url: string, { child }: TestProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error('It has ended.');
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
