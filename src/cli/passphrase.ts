import { readFile } from 'node:fs/promises';
import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { GranaryError } from '../errors.js';

const first = 'Passphrase: ';

export interface PassphraseOptions {
  passphraseFile?: string;
}

/** How a passphrase may come in: never as an argument, which every user of the machine could see. */
export function withPassphrase(command: Command): Command {
  return command.option('--passphrase-file <file>', 'read it from a file, or with - from standard input');
}

/**
 * The passphrase from the file, from standard input, or typed without being shown.
 * @param times `twice` asks again, so that a new passphrase has no typing mistake in it.
 */
export async function readPassphrase({ passphraseFile }: PassphraseOptions, times: 'once' | 'twice'): Promise<string> {
  if (passphraseFile !== undefined) {
    return firstLine(passphraseFile === '-' ? await text(stdin) : await readIt(passphraseFile));
  }
  if (!stdin.isTTY) {
    throw new GranaryError('InvalidInput', 'There is no terminal to ask for the passphrase. Give --passphrase-file.');
  }
  const [passphrase = '', repeated] = await ask(times === 'once' ? [first] : [first, 'Once more: ']);
  if (repeated !== undefined && repeated !== passphrase) {
    throw new GranaryError('InvalidInput', 'The two passphrases differ.');
  }
  return passphrase;
}

async function readIt(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new GranaryError('InvalidInput', `The passphrase cannot be read from ${path}.`, { cause: error });
  }
}

// Editors and echo end a file with a newline that nobody types.
function firstLine(content: string): string {
  return content.replace(/\r?\n$/, '');
}

/**
 * What is typed goes to a terminal that shows nothing, from before the first question until after the last answer: what
 * somebody types ahead is not shown either.
 */
async function ask(questions: string[]): Promise<string[]> {
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true });
  const cancelled = new Promise<never>((_resolve, reject) => {
    const onEnd = () => reject(new GranaryError('InvalidInput', 'No passphrase was given.'));
    terminal.once('SIGINT', onEnd).once('close', onEnd);
  });
  const answers: string[] = [];
  try {
    for (const question of questions) {
      stderr.write(question);
      answers.push(await Promise.race([terminal.question(''), cancelled]));
      stderr.write('\n');
    }
    return answers;
  } finally {
    terminal.close();
  }
}
