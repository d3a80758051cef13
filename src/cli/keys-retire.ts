import { Command } from 'commander';
import { retireKey } from '../operations/encryption/retire-key.js';
import { type Runner, runCommand } from './run-command.js';

/** `granary keys retire`: fails while a row needs the key. */
export function keysRetireCommand(runner: Runner): Command {
  return new Command('retire')
    .description('take an older key out of use, if no row needs it')
    .argument('<id>', 'as `granary keys list` shows it')
    .action((id: string, _options, command: Command) =>
      runCommand(runner, command, async () => {
        const retired = await retireKey(await runner.host.openGranary(), id.toLowerCase());
        const text =
          `The key ${retired.keyId} is no longer in use. It was put into ${retired.path}: ` +
          'backups made before need it. Remove that file when there are none, and no upload from before is under way.';
        return { text, facts: retired };
      }),
    );
}
