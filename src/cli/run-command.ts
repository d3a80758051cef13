import type { Command } from 'commander';
import { isGranaryError } from '../errors.js';
import type { Host, Outcome } from './host.js';

/** What the process ends with. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** The command line is not understood. */
  usage: 2,
  /** It was done, but something is missing: what, has been printed. */
  incomplete: 3,
} as const;

const codeOf = { complete: exitCodes.done, incomplete: exitCodes.incomplete, failed: exitCodes.failed } as const;

const progressIntervalMs = 2000;

/** Tells how far a command has come, on standard error and not too often. */
export type Progress = (text: string) => void;

/** Who runs commands: what they work on, and where their output goes. */
export interface Runner {
  host: Host;
  write(text: string): void;
  writeError(text: string): void;
  /** Called once, with one of {@link exitCodes}. */
  exit(code: number): void;
}

/** Lets a command do its work, and prints what came of it: in words, or with `--json` as one document. */
export async function runCommand(
  runner: Runner,
  command: Command,
  work: (progress: Progress) => Promise<Outcome>,
): Promise<void> {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  try {
    const { text, facts, result } = await work(json ? () => undefined : throttled(runner));
    runner.write(json ? `${JSON.stringify(facts, null, 2)}\n` : `${text.trimEnd()}\n`);
    runner.exit(codeOf[result ?? 'complete']);
  } catch (error) {
    if (json && isGranaryError(error)) {
      const { kind, reason, message } = error;
      runner.write(`${JSON.stringify({ error: { kind, reason, message } }, null, 2)}\n`);
    } else {
      runner.writeError(explain(error));
    }
    runner.exit(exitCodes.failed);
  }
}

/** What a person can put right is told without the place in the code; anything else with it. */
export function explain(error: unknown): string {
  if (isGranaryError(error) && error.kind !== 'Internal') {
    return `granary: ${error.message}\n`;
  }
  return `granary failed: ${error instanceof Error ? error.stack : String(error)}\n`;
}

function throttled(runner: Runner): Progress {
  let next = Date.now() + progressIntervalMs;
  return (text) => {
    if (Date.now() >= next) {
      next = Date.now() + progressIntervalMs;
      runner.writeError(`${text}\n`);
    }
  };
}
