import { Command } from 'commander';
import { keysExportCommand } from './keys-export.js';
import { keysImportCommand } from './keys-import.js';
import { keysListCommand } from './keys-list.js';
import { keysRetireCommand } from './keys-retire.js';
import { keysRotateCommand } from './keys-rotate.js';
import type { Runner } from './run-command.js';

/** `granary keys`, with a command for each thing that is done with master keys. */
export function keysCommand(runner: Runner): Command {
  const command = new Command('keys').description('the master keys, without which nothing that is sealed can be read');
  for (const make of [keysListCommand, keysRotateCommand, keysRetireCommand, keysExportCommand, keysImportCommand]) {
    command.addCommand(make(runner));
  }
  return command;
}
