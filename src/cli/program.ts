import { Command, CommanderError } from 'commander';
import { auditCommand } from './audit.js';
import { backupCommand } from './backup.js';
import { keyCommand } from './key.js';
import { keysCommand } from './keys.js';
import { replicationCommand } from './replication.js';
import { restoreCommand } from './restore.js';
import { exitCodes, type Runner } from './run-command.js';
import { scrubCommand } from './scrub.js';
import { userCommand } from './user.js';
import { verifyCommand } from './verify.js';

/** Every command, in the order that the help shows them. One file each. */
const commands = [
  keysCommand,
  backupCommand,
  restoreCommand,
  replicationCommand,
  scrubCommand,
  verifyCommand,
  auditCommand,
  userCommand,
  keyCommand,
];

/** Runs what the arguments name: those after the program's own name. */
export async function runProgram(args: readonly string[], runner: Runner): Promise<void> {
  const program = new Command('granary')
    .description('Keys, backups and repairs of the data that the settings name (the same variables as for the server).')
    .option('--json', 'print one JSON document')
    .exitOverride()
    .configureOutput({ writeOut: (text) => runner.write(text), writeErr: (text) => runner.writeError(text) });
  for (const make of commands) {
    program.addCommand(inherit(make(runner), program));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    runner.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage);
  }
}

function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) {
    inherit(child, command);
  }
  return command;
}
