import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { importKeys } from '../auth/import-keys.js';
import { masterKeyPath } from '../auth/master-key-file.js';
import { openRecoveryBundle } from '../auth/recovery-bundle.js';
import { GranaryError } from '../errors.js';
import { type PassphraseOptions, readPassphrase, withPassphrase } from './passphrase.js';
import { type Runner, runCommand } from './run-command.js';

type ImportOptions = PassphraseOptions & { from: string; merge?: true };

/** `granary keys import`: refuses to replace other keys, and needs no database. */
export function keysImportCommand(runner: Runner): Command {
  const command = new Command('import')
    .description('bring the master keys of a recovery bundle back')
    .requiredOption('--from <file>', 'the bundle')
    .option('--merge', 'add its keys to those that are there, which come first');
  return withPassphrase(command).action((options: ImportOptions, self: Command) =>
    runCommand(runner, self, async () => {
      const { dataDir, masterKeys } = runner.host.settings;
      if (masterKeys !== undefined) {
        throw new GranaryError('Conflict', 'GRANARY_MASTER_KEY is set: a key file would not be read.');
      }
      const bundle = await readBundle(options.from);
      const keys = await openRecoveryBundle(bundle, await readPassphrase(options, 'once'));
      const { keyIds, added } = await importKeys(dataDir, keys, options.merge ? 'merge' : 'keep');
      const path = masterKeyPath(dataDir);
      const text =
        `${path} holds the master keys ${keyIds.join(', ')}; ${added} of them ${added === 1 ? 'is' : 'are'} new there. ` +
        'A server that runs finds them when it needs them.';
      return { text, facts: { file: path, keyIds, added } };
    }),
  );
}

async function readBundle(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new GranaryError('InvalidInput', `The bundle ${path} cannot be read.`, { cause: error });
  }
}
