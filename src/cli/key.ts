import { Command, InvalidArgumentError, Option } from 'commander';
import { ApiScope } from '../entities/enums.js';
import { makeApiKey } from '../operations/credentials/make-api-key.js';
import { removeApiKey } from '../operations/credentials/revoke-api-key.js';
import { type ApiKeyLine, listApiKeyLines } from '../operations/identities/list-accounts.js';
import { findUserByName } from '../operations/identities/managed-user.js';
import { makeSigningKey } from '../operations/sign-in/rotate-signing-keys.js';
import { type Runner, runCommand } from './run-command.js';

interface CreateOptions {
  tenant: string;
  name: string;
  scope: ApiScope[];
  expires?: Date;
}

/** Who does it, as events say: somebody at the server itself. */
const context = { requestId: 'command', sourceIp: null };

/** `granary key`: API keys, and the key that signs access tokens. */
export function keyCommand(runner: Runner): Command {
  return new Command('key')
    .description('API keys, and the key that access tokens are signed with')
    .addCommand(listCommand(runner))
    .addCommand(createCommand(runner))
    .addCommand(revokeCommand(runner))
    .addCommand(rotateSigningCommand(runner));
}

function listCommand(runner: Runner): Command {
  return new Command('list')
    .description('show API keys; their secrets are kept nowhere')
    .option('--tenant <name>', 'only of this tenant')
    .action(({ tenant }: { tenant?: string }, command: Command) =>
      runCommand(runner, command, async () => {
        const keys = await listApiKeyLines((await runner.host.openGranary()).database, tenant);
        return { text: keys.map(lineOf).join('\n') || 'There are no API keys.', facts: { keys } };
      }),
    );
}

function createCommand(runner: Runner): Command {
  return new Command('create')
    .description('make an API key for a user, and print it once')
    .argument('<username>')
    .requiredOption('--name <text>', 'what the key is for')
    .option('--tenant <name>', 'the tenant of the user', 'default')
    .addOption(
      new Option('--scope <scope...>', 'what it may be used for').choices(Object.keys(ApiScope)).default(['FULL']),
    )
    .option('--expires <time>', 'when it stops working, such as 2027-01-31', parseTime)
    .action((username: string, { tenant, name, scope, expires }: CreateOptions, command: Command) =>
      runCommand(runner, command, async () => {
        const granary = await runner.host.openGranary();
        const { userId, tenantId } = await findUserByName(granary, { tenant, username });
        const limits = { scopes: scope, sessionPolicy: null, inherited: [], expiresAt: expires };
        const key = { user: { id: userId, username }, tenantId, name, ...limits };
        const { apiKey, secret } = await makeApiKey(granary, key, context);
        return { text: `Key:    ${apiKey.keyId}\nSecret: ${secret}`, facts: { keyId: apiKey.keyId, secret } };
      }),
    );
}

function revokeCommand(runner: Runner): Command {
  return new Command('revoke')
    .description('revoke an API key; it stops working at once')
    .argument('<id>')
    .action((keyId: string, _options: object, command: Command) =>
      runCommand(runner, command, async () => {
        await removeApiKey(await runner.host.openGranary(), keyId, context);
        return { text: 'The key is revoked.', facts: { keyId } };
      }),
    );
}

function rotateSigningCommand(runner: Runner): Command {
  return new Command('rotate-signing')
    .description('sign access tokens with a new key from now on')
    .option('--end-tokens', 'end all access tokens of the keys before at once, as when a key may have become known')
    .action(({ endTokens }: { endTokens?: boolean }, command: Command) =>
      runCommand(runner, command, async () => {
        const old = endTokens ? 'end at once' : 'end with their tokens';
        const keyId = await makeSigningKey(await runner.host.openGranary(), old, context);
        return { text: `The new key is ${keyId}.`, facts: { keyId } };
      }),
    );
}

function lineOf({ keyId, tenant, username, name, scopes, expiresAt, lastUsedAt }: ApiKeyLine): string {
  const end = expiresAt === null ? 'no end' : `ends ${expiresAt.toISOString()}`;
  const use = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt.toISOString()}`;
  return `${keyId}  ${tenant} ${username}  ${name}  ${scopes.join(' ')}  ${end}, ${use}`;
}

function parseTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('It must be a date, or a date and a time, as in ISO 8601.');
  }
  return time;
}
