import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '../../src/auth/caller.js';
import { loadSettings, type Settings } from '../../src/config/settings.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { entities } from '../../src/entities/index.js';
import { openGranary } from '../../src/open-granary.js';
import type { Granary, Log, RequestContext } from '../../src/operations/context.js';
import { bootstrap } from '../../src/operations/identities/bootstrap.js';
import { BriefPages } from '../../src/operations/objects/brief-pages.js';
import { LatestConfirmer } from '../../src/operations/objects/latest-confirmer.js';
import { PutQueue } from '../../src/operations/objects/put-queue.js';
import { createTenant } from '../../src/operations/tenants/create-tenant.js';
import { createTestDatabase } from '../support/database.js';
import { startedSession } from '../support/sign-in.js';
import { inlineLimit } from './content.js';
import { Life, MortalDatabase, MortalStore } from './crash.js';

/** A process of granary, as src/open-granary.ts opens it, that may die at any step. */
export interface Client {
  readonly context: RequestContext;
  readonly life: Life;
  /** Its connections, which never die. */
  readonly database: Database;
  /** Frees what the process held. A dead one leaves its files as they were. */
  close(): Promise<void>;
}

export const otherTenant = 'other';

const password = 'correct-horse-battery';
const silent: Log = { debug: noop, info: noop, warn: noop, error: noop };
const origin = { requestId: 'model', sourceIp: null };

/** One database and one data directory with several processes on them. */
export class World {
  /** A process that never dies, for looking at what there is and for time that passes. */
  readonly observer: Client;
  readonly clients: Client[] = [];
  /** How many processes died since this was last set to nothing. */
  deaths = 0;
  readonly #openClient: (database: Database) => Promise<Client>;
  readonly #closers: AsyncDisposableStack;
  readonly dataDir: string;

  private constructor(parts: {
    observer: Client;
    openClient: (database: Database) => Promise<Client>;
    closers: AsyncDisposableStack;
    dataDir: string;
  }) {
    this.observer = parts.observer;
    this.#openClient = parts.openClient;
    this.#closers = parts.closers;
    this.dataDir = parts.dataDir;
  }

  static async open(clientCount: number): Promise<World> {
    const closers = new AsyncDisposableStack();
    const testDatabase = await createTestDatabase();
    closers.defer(() => testDatabase.drop());
    const dataDir = await mkdtemp(join(tmpdir(), 'granary-model-'));
    closers.defer(() => rm(dataDir, { recursive: true, force: true }));
    const settings = loadSettings({
      GRANARY_DATA_DIR: dataDir,
      GRANARY_DATABASE_POOL: '4',
      GRANARY_INLINE_LIMIT: String(inlineLimit),
      GRANARY_GC_GRACE: '0',
      GRANARY_SCRUB_RATE: '100GiB',
      GRANARY_ADMIN_PASSWORD: password,
    });
    let caller: Caller = { kind: 'anonymous', tenantId: 0, tenantName: 'default' };
    const openClient = (database: Database) => openProcess({ database, settings, caller });
    const connect = async () => {
      const database = await openDatabase({ url: testDatabase.url, poolSize: settings.databasePool, entities });
      closers.defer(() => database.close());
      return database;
    };
    const own = await connect();
    const first = await openClient(own);
    await bootstrap(first.context.granary);
    caller = (await startedSession(first.context.granary, { username: 'admin', password }, origin)).user;
    await first.close();
    const observer = await openClient(own);
    await createTenant(observer.context, { name: otherTenant });
    const world = new World({ observer, openClient, closers, dataDir });
    for (let i = 0; i < clientCount; i += 1) {
      world.clients.push(await openClient(await connect()));
    }
    return world;
  }

  client(index: number): Client {
    const client = this.clients[index % this.clients.length];
    if (client === undefined) {
      throw new Error('The world has no clients');
    }
    return client;
  }

  /**
   * A new process in the place of a dead one, with nothing of what that had in its memory. It takes over the connections,
   * on which PostgreSQL has rolled back what was not committed.
   */
  async replace(index: number): Promise<void> {
    const at = index % this.clients.length;
    const dead = this.client(at);
    await dead.close();
    this.deaths += 1;
    this.clients[at] = await this.#openClient(dead.database);
  }

  async close(): Promise<void> {
    await Promise.all([...this.clients, this.observer].map((client) => client.close()));
    await this.#closers.disposeAsync();
  }
}

async function openProcess(parts: { database: Database; settings: Settings; caller: Caller }): Promise<Client> {
  const { database, settings, caller } = parts;
  const closers = new AsyncDisposableStack();
  const real = await openGranary({ database, settings, log: silent, closers });
  const life = new Life();
  const store = new MortalStore(real.store, { life, dataDir: settings.dataDir });
  closers.defer(() => (life.dead ? store.closeDescriptors() : Promise.resolve()));
  const mortal = new MortalDatabase(database, life);
  const granary: Granary = {
    ...real,
    database: mortal,
    store,
    latest: new LatestConfirmer(mortal),
    briefPages: new BriefPages(mortal),
    writes: new PutQueue(mortal, Math.ceil(settings.databasePool / 2)),
  };
  return { context: { granary, caller, ...origin }, life, database, close: () => closers.disposeAsync() };
}

function noop(): void {
  // Granary's own log says nothing that the test needs.
}
