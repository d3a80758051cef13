import { Command } from 'commander';
import { type RotatedKeys, rotateKeys } from '../operations/encryption/rotate-keys.js';
import { type Runner, runCommand } from './run-command.js';

/** `granary keys rotate`: exit code 3 when rows did not open and still need an older key. */
export function keysRotateCommand(runner: Runner): Command {
  return new Command('rotate')
    .description('make a new master key, and seal with it what older keys sealed, while the server runs')
    .option('--another', 'make one even if an older key is still there')
    .action(({ another }: { another?: true }, command: Command) =>
      runCommand(runner, command, async (progress) => {
        const granary = await runner.host.openGranary();
        const done = await rotateKeys(granary, {
          newKey: another ? 'always' : 'finish',
          onProgress: ({ dataKeys, secrets }) =>
            progress(`${dataKeys} data keys and ${secrets} secrets are sealed anew`),
        });
        return { text: describe(done), facts: done, result: done.unopened > 0 ? 'incomplete' : 'complete' };
      }),
    );
}

function describe(done: RotatedKeys): string {
  const { keyId, madeKeyId, olderKeyIds, dataKeys, secrets, unopened } = done;
  const lines = [
    madeKeyId === null ? `No key was made: ${keyId} is the current one.` : `The new key ${keyId} is the current one.`,
    dataKeys + secrets === 0
      ? 'Nothing had to be sealed anew.'
      : `${dataKeys} data keys and ${secrets} secrets were sealed anew with it.`,
  ];
  if (unopened > 0) {
    lines.push(`${unopened} rows did not open and were left as they are. See: granary keys list`);
  }
  for (const id of olderKeyIds) {
    lines.push(`The older key ${id} is kept. When nothing needs it: granary keys retire ${id}`);
  }
  if (madeKeyId !== null) {
    lines.push('Recovery bundles from before do not have the new key: granary keys export --to FILE');
  }
  return lines.join('\n');
}
