import { findGroups } from './find-groups.js';
import { findBoundUser, findUserByDn, findUserByName } from './find-user.js';
import { connectionOn, type LdapConnection } from './ldap-connection.js';
import { bindForSearches } from './ldap-directory.js';
import { fillBindName, isDnTemplate } from './ldap-escape.js';
import { LdapFailure } from './ldap-failure.js';
import type { LdapGroup, LdapSettings, LdapUser } from './ldap-settings.js';
import { addressOf, reachServer, secureSocket } from './ldap-socket.js';

/** What a sign-in does, in the order in which it does it when it searches first. */
export type LdapStep = 'CONNECT' | 'TLS' | 'BIND' | 'SEARCH_USER' | 'BIND_USER' | 'GROUPS' | 'MAPPING';

export interface LdapStepResult {
  step: LdapStep;
  /** The server, for the steps that are done with each of them. */
  server: string | null;
  ok: boolean;
  /** What was found, or what is wrong. */
  message: string;
  durationMs: number;
}

/** Somebody whose sign-in is tried. */
export interface Trial {
  username: string;
  /** Without it the steps that need it are left out. */
  password?: string | undefined;
}

/** Says no to a step in its own words. */
class StepFailure extends Error {}

/** Writes down how each step went. After one that failed the steps that need it are not tried. */
export class StepLog {
  readonly results: LdapStepResult[] = [];

  /** What the work gives, beside the message for people; undefined when it failed. */
  async run<T>(
    step: LdapStep,
    server: string | null,
    work: () => Promise<{ message: string; value: T }>,
  ): Promise<T | undefined> {
    const start = performance.now();
    const note = (ok: boolean, message: string): void => {
      this.results.push({ step, server, ok, message, durationMs: Math.round(performance.now() - start) });
    };
    try {
      const { message, value } = await work();
      note(true, message);
      return value;
    } catch (error) {
      if (!(error instanceof LdapFailure) && !(error instanceof StepFailure)) {
        throw error;
      }
      note(false, error.message);
      return undefined;
    }
  }
}

/** Tries each server, and then somebody's sign-in at the first one that works. Nothing changes anywhere. */
export async function tryDirectory(
  log: StepLog,
  settings: LdapSettings,
  trial: Trial | undefined,
): Promise<{ user: LdapUser; groups: LdapGroup[] } | undefined> {
  const connections: LdapConnection[] = [];
  try {
    for (const url of settings.urls) {
      const connection = await tryServer(log, settings, url);
      connections.push(...(connection === undefined ? [] : [connection]));
    }
    const [first] = connections;
    return first === undefined || trial === undefined ? undefined : await tryUser(log, settings, { first, trial });
  } finally {
    for (const connection of connections) {
      connection.close();
    }
  }
}

async function tryServer(log: StepLog, settings: LdapSettings, url: string): Promise<LdapConnection | undefined> {
  const connection = await tryConnection(log, settings, url);
  if (connection === undefined || (settings.bindMode === 'DIRECT' && settings.bindDn === null)) {
    return connection;
  }
  const bound = await log.run('BIND', url, async () => {
    await bindForSearches(connection, settings);
    return { message: settings.bindDn ?? 'searches are anonymous', value: connection };
  });
  if (bound === undefined) {
    connection.close();
  }
  return bound;
}

async function tryConnection(log: StepLog, settings: LdapSettings, url: string): Promise<LdapConnection | undefined> {
  const address = addressOf(url);
  const socket = await log.run('CONNECT', url, async () => {
    const reached = await reachServer(address, settings);
    return { message: `${reached.remoteAddress} port ${reached.remotePort}`, value: reached };
  });
  const secured =
    socket === undefined
      ? undefined
      : await log.run('TLS', url, async () => {
          const value = await secureSocket(socket, address, settings);
          return { message: tlsMessage(settings, address.isSecure), value };
        });
  return secured === undefined ? undefined : connectionOn(secured, address, settings);
}

function tlsMessage({ transport }: LdapSettings, isSecure: boolean): string {
  if (transport === 'CLEARTEXT') {
    return 'none: passwords can be read on the way';
  }
  return isSecure ? 'LDAPS' : 'StartTLS';
}

async function tryUser(
  log: StepLog,
  settings: LdapSettings,
  { first, trial }: { first: LdapConnection; trial: Trial },
): Promise<{ user: LdapUser; groups: LdapGroup[] } | undefined> {
  const isDirect = settings.bindMode === 'DIRECT';
  const user = isDirect
    ? await tryDirect(log, settings, { first, trial })
    : await trySearch(log, settings, { first, trial });
  if (user === undefined) {
    return undefined;
  }
  const groups = await log.run('GROUPS', null, async () => {
    const value = await findGroups({ connection: first, settings, user });
    const names = value.map(({ dn }) => dn).sort();
    return { message: names.length === 0 ? 'in no group' : names.join('; '), value };
  });
  return groups === undefined ? undefined : { user, groups };
}

async function trySearch(
  log: StepLog,
  settings: LdapSettings,
  { first, trial }: { first: LdapConnection; trial: Trial },
): Promise<LdapUser | undefined> {
  const user = await log.run('SEARCH_USER', null, async () =>
    foundUser(await findUserByName(first, settings, trial.username)),
  );
  const { password } = trial;
  if (user === undefined || password === undefined) {
    return user;
  }
  return log.run('BIND_USER', null, async () => {
    // On a connection of its own, as in a sign-in: the searching one stays who it is.
    const address = first.address;
    const socket = await secureSocket(await reachServer(address, settings), address, settings);
    const connection = connectionOn(socket, address, settings);
    return bindAs(connection, user.dn, password)
      .then((message) => ({ message, value: user }))
      .finally(() => connection.close());
  });
}

async function tryDirect(
  log: StepLog,
  settings: LdapSettings,
  { first, trial }: { first: LdapConnection; trial: Trial },
): Promise<LdapUser | undefined> {
  const template = settings.userDnTemplate ?? '';
  const name = fillBindName(template, trial.username);
  const bound = await log.run('BIND_USER', null, async () => {
    if (trial.password === undefined) {
      throw new StepFailure('Direct binds cannot be tried without a password.');
    }
    return { message: await bindAs(first, name, trial.password), value: true };
  });
  if (bound === undefined) {
    return undefined;
  }
  return log.run('SEARCH_USER', null, async () =>
    foundUser(
      isDnTemplate(template)
        ? await findUserByDn(first, settings, name)
        : await findBoundUser(first, settings, trial.username),
    ),
  );
}

function foundUser(user: LdapUser | undefined): { message: string; value: LdapUser } {
  if (user === undefined) {
    throw new StepFailure('No entry fits.');
  }
  if (user.disabled) {
    throw new StepFailure(`${user.dn} is disabled in the directory.`);
  }
  return { message: `${user.dn} is "${user.username}"`, value: user };
}

async function bindAs(connection: LdapConnection, name: string, password: string): Promise<string> {
  const outcome = await connection.bind(name, password);
  if (!outcome.accepted) {
    throw new StepFailure(`The password was refused: ${outcome.reason}`);
  }
  return name;
}
