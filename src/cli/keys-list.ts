import { Command } from 'commander';
import { countKeyUses } from '../operations/encryption/count-key-uses.js';
import { type Runner, runCommand } from './run-command.js';

const words = { current: 'current', older: 'older, opens what it sealed', missing: 'MISSING: what it sealed is lost' };

/** `granary keys list`: exit code 3 when rows need a key that is not here. */
export function keysListCommand(runner: Runner): Command {
  return new Command('list')
    .description('show the master keys, and how many rows need each')
    .action((_options, command: Command) =>
      runCommand(runner, command, async () => {
        const keys = await countKeyUses(await runner.host.openGranary());
        const lines = keys.map(({ id, rows, state }) => `${id}  ${String(rows).padStart(10)} rows  ${words[state]}`);
        const result = keys.some((key) => key.state === 'missing') ? 'incomplete' : 'complete';
        return { text: lines.join('\n'), facts: { keys }, result };
      }),
    );
}
