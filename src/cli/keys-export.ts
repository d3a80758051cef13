import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { readAllKeys } from '../auth/import-keys.js';
import { MasterKey } from '../auth/master-keys.js';
import { sealRecoveryBundle } from '../auth/recovery-bundle.js';
import { GranaryError } from '../errors.js';
import { type PassphraseOptions, readPassphrase, withPassphrase } from './passphrase.js';
import { type Runner, runCommand } from './run-command.js';

/** `granary keys export`: refuses to overwrite a file, and needs no database. */
export function keysExportCommand(runner: Runner): Command {
  const command = new Command('export')
    .description('write all master keys to a recovery bundle, sealed with a passphrase')
    .requiredOption('--to <file>', 'the bundle; must not exist yet');
  return withPassphrase(command).action((options: PassphraseOptions & { to: string }, self: Command) =>
    runCommand(runner, self, async () => {
      const { settings } = runner.host;
      const keys = settings.masterKeys ?? (await readAllKeys(settings.dataDir));
      const file = resolve(options.to);
      await writeNew(file, await sealRecoveryBundle(keys, await readPassphrase(options, 'twice')));
      const keyIds = keys.map((key) => new MasterKey(key).id.toString('hex'));
      const text =
        `${file} holds the master keys ${keyIds.join(', ')}. ` +
        'Keep it and the passphrase in two places, both away from this machine and from the backups.';
      return { text, facts: { file, keyIds } };
    }),
  );
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await openNew(path);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function openNew(path: string) {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    throw new GranaryError('Conflict', `${path} cannot be made, or is there already.`, { cause: error });
  }
}
