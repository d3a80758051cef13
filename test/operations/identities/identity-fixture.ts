import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller, UserCaller } from '../../../src/auth/caller.js';
import { loadSettings } from '../../../src/config/settings.js';
import { openDatabase } from '../../../src/database/database.js';
import { entities } from '../../../src/entities/index.js';
import { openGranary } from '../../../src/open-granary.js';
import type { Granary, Log, RequestContext } from '../../../src/operations/context.js';
import { bootstrap, type FirstStart } from '../../../src/operations/identities/bootstrap.js';
import { createTestDatabase } from '../../support/database.js';
import { startedSession } from '../../support/sign-in.js';

export interface IdentityFixture {
  readonly granary: Granary;
  readonly firstStart: FirstStart;
  readonly admin: RequestContext;
  /** A request of whoever has this name and password. */
  signIn(username: string, password: string, tenant?: string): Promise<RequestContext>;
  /** Another process on the same data, with its own settings. */
  openAnother(env?: NodeJS.ProcessEnv): Promise<Granary>;
  events(action: string): Promise<{ tenantId: number; actorId: number | null; details: object | null }[]>;
  close(): Promise<void>;
}

export const origin = { requestId: 'test', sourceIp: '192.0.2.1' };

const nothing = () => undefined;
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Granary without its ports: a database and a data directory of its own, after the first start. */
export async function openIdentityFixture(): Promise<IdentityFixture> {
  const closers = new AsyncDisposableStack();
  const testDatabase = await createTestDatabase();
  closers.defer(() => testDatabase.drop());
  const dataDir = await mkdtemp(join(tmpdir(), 'granary-identity-'));
  closers.defer(() => rm(dataDir, { recursive: true }));

  async function openAnother(env: NodeJS.ProcessEnv = {}): Promise<Granary> {
    const settings = loadSettings({ GRANARY_DATA_DIR: dataDir, GRANARY_DATABASE_POOL: '4', ...env });
    const database = await openDatabase({ url: testDatabase.url, poolSize: 4, entities });
    closers.defer(() => database.close());
    return openGranary({ database, settings, log: silent, closers });
  }

  const granary = await openAnother();
  const firstStart = await bootstrap(granary);
  if (firstStart?.password == null) {
    throw new Error('The first start made no password');
  }
  const signIn = async (username: string, password: string, tenant?: string) => {
    const { user } = await startedSession(granary, { username, password, tenant }, origin);
    return as(granary, user);
  };
  return {
    granary,
    firstStart,
    admin: await signIn(firstStart.username, firstStart.password),
    signIn,
    openAnother,
    events: async (action) => {
      const text = `SELECT tenant_id::int AS "tenantId", actor_id::int AS "actorId", details FROM event
                    WHERE action = $1 ORDER BY id`;
      return (await granary.database.pool.query(text, [action])).rows;
    },
    close: () => closers.disposeAsync(),
  };
}

export function as(granary: Granary, caller: Caller): RequestContext {
  return { granary, caller, ...origin };
}

export function userOf(context: RequestContext): UserCaller {
  if (context.caller.kind !== 'user') {
    throw new Error('The request is anonymous');
  }
  return context.caller;
}
