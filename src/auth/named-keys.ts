import { LRUCache } from 'lru-cache';
import { type Database, statement } from '../database/database.js';
import type { SecretBox } from './secret-box.js';

/** A named key as those who seal with it need it. */
export interface NamedKey {
  id: string;
  tenantId: number;
  name: string;
  enabled: boolean;
  /** 32 bytes. */
  key: Buffer;
}

const findKey = statement(
  'find_named_key',
  `SELECT id, tenant_id AS "tenantId", name, enabled, key_sealed AS "keySealed" FROM encryption_key WHERE id = $1::uuid`,
);

/** What the key of a row is sealed for. */
export function namedKeySealContext(id: string): string {
  return `encryption_key/${id}`;
}

/** The tenants' named keys by id, in memory for a while. */
export class NamedKeys {
  readonly #database: Database;
  readonly #secretBox: SecretBox;
  // The limit in time is for a listening connection that died without anybody's noticing.
  readonly #known = new LRUCache<string, NamedKey>({ max: 1000, ttl: 30_000 });
  #changes = 0;
  #stopListening: (() => Promise<void>) | undefined;

  constructor({ database, secretBox }: { database: Database; secretBox: SecretBox }) {
    this.#database = database;
    this.#secretBox = secretBox;
  }

  /** Follows what other processes change. */
  async start(): Promise<void> {
    this.#stopListening = await this.#database.listen(
      'granary_encryption_key',
      () => this.clear(),
      () => this.clear(),
    );
  }

  async stop(): Promise<void> {
    await this.#stopListening?.();
  }

  async find(id: string): Promise<NamedKey | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined) {
      return known;
    }
    const changes = this.#changes;
    const [row] = await this.#database.query<Omit<NamedKey, 'key'> & { keySealed: Buffer }>(findKey, [id]);
    if (row === undefined) {
      return undefined;
    }
    const { keySealed, ...described } = row;
    const found = { ...described, key: this.#secretBox.openBytes(keySealed, namedKeySealContext(id)) };
    if (changes === this.#changes) {
      this.#known.set(id, found);
    }
    return found;
  }

  clear(): void {
    this.#changes += 1;
    this.#known.clear();
  }
}
