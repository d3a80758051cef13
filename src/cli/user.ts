import { Command, Option } from 'commander';
import type { Granary } from '../operations/context.js';
import { type Account, listAccounts } from '../operations/identities/list-accounts.js';
import { findUserByName } from '../operations/identities/managed-user.js';
import { giveNewPassword, type Recovery, removeSecondFactor, unlock } from '../operations/identities/recover-user.js';
import type { Outcome } from './host.js';
import { type Runner, runCommand } from './run-command.js';

/** Who does it, as events say: somebody at the server itself. */
const context = { requestId: 'command', sourceIp: null };

/** `granary user`: what lets an administrator in again who cannot sign in. It needs no server and no password. */
export function userCommand(runner: Runner): Command {
  return new Command('user')
    .description('users, and what helps those who cannot sign in')
    .addCommand(listCommand(runner))
    .addCommand(resetPasswordCommand(runner))
    .addCommand(
      recoveryCommand(runner, {
        name: 'unlock',
        description: 'let a user sign in at once, whatever has failed before',
        work: async (recovery) => {
          await unlock(recovery);
          return 'The user may sign in.';
        },
      }),
    )
    .addCommand(
      recoveryCommand(runner, {
        name: 'disable-totp',
        description: 'take the second factor of a user away, as when the device is lost',
        work: async (recovery) =>
          (await removeSecondFactor(recovery)) ? 'The second factor is gone.' : 'The user had no second factor.',
      }),
    );
}

function listCommand(runner: Runner): Command {
  return new Command('list')
    .description('show users, and who is locked')
    .option('--tenant <name>', 'only of this tenant')
    .action(({ tenant }: { tenant?: string }, command: Command) =>
      runCommand(runner, command, async () => {
        const users = await listAccounts((await runner.host.openGranary()).database, tenant);
        return { text: users.map(lineOf).join('\n') || 'There are no users.', facts: { users } };
      }),
    );
}

function resetPasswordCommand(runner: Runner): Command {
  return addressed(new Command('reset-password'))
    .description('give a user a random password, and print it once; the next sign-in has to choose another')
    .addOption(new Option('--keep', 'do not ask for another password at the next sign-in'))
    .action((username: string, options: { tenant: string; keep?: boolean }, command: Command) =>
      runCommand(runner, command, async () => {
        const recovery = await recoveryOf(await runner.host.openGranary(), { username, tenant: options.tenant });
        const mustChange = options.keep ? 'no' : 'yes';
        const password = await giveNewPassword(recovery, { password: undefined, mustChange });
        return { text: `Password: ${password}`, facts: { username, tenant: options.tenant, password } };
      }),
    );
}

function recoveryCommand(
  runner: Runner,
  { name, description, work }: { name: string; description: string; work: (recovery: Recovery) => Promise<string> },
): Command {
  return addressed(new Command(name))
    .description(description)
    .action((username: string, { tenant }: { tenant: string }, command: Command) =>
      runCommand(runner, command, async (): Promise<Outcome> => {
        const text = await work(await recoveryOf(await runner.host.openGranary(), { username, tenant }));
        return { text, facts: { username, tenant, outcome: text } };
      }),
    );
}

function addressed(command: Command): Command {
  return command.argument('<username>').option('--tenant <name>', 'the tenant of the user', 'default');
}

async function recoveryOf(granary: Granary, address: { username: string; tenant: string }): Promise<Recovery> {
  return { granary, user: await findUserByName(granary, address), context };
}

function lineOf({
  tenant,
  username,
  role,
  source,
  disabled,
  secondFactor,
  lockedSeconds,
  lastSignInAt,
}: Account): string {
  const states = [
    ...(source === 'LOCAL' ? [] : [source]),
    ...(disabled ? ['disabled'] : []),
    ...(secondFactor ? ['second factor'] : []),
    ...(lockedSeconds > 0 ? [`locked for ${lockedSeconds} s`] : []),
    lastSignInAt === null ? 'never signed in' : `last signed in ${lastSignInAt.toISOString()}`,
  ];
  return `${tenant} ${username}  ${role}  ${states.join(', ')}`;
}
