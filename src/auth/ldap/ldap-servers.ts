import { type LdapConnection, openConnection } from './ldap-connection.js';
import { LdapFailure } from './ldap-failure.js';
import type { LdapSettings } from './ldap-settings.js';

const firstPauseMs = 500;
const longestPauseMs = 30_000;

interface Outage {
  failures: number;
  until: number;
  failure: LdapFailure;
}

/**
 * The servers of a directory: the first that answers is taken. One that failed is left alone for a while that doubles
 * with each failure, so that nobody waits for it; when all are left alone, the answer is no at once.
 */
export class LdapServers {
  readonly #settings: LdapSettings;
  readonly #outages = new Map<string, Outage>();
  readonly #now: () => number;

  constructor(settings: LdapSettings, now: () => number = () => performance.now()) {
    this.#settings = settings;
    this.#now = now;
  }

  /** @throws LdapFailure of the last server when none can be reached. */
  async connect(): Promise<LdapConnection> {
    let failure = new LdapFailure('UNREACHABLE', 'The directory has no server.');
    for (const url of this.#settings.urls) {
      const outage = this.#outages.get(url);
      if (outage !== undefined && outage.until > this.#now()) {
        failure = outage.failure;
        continue;
      }
      try {
        const connection = await openConnection(url, this.#settings);
        this.#outages.delete(url);
        return connection;
      } catch (error) {
        failure = this.#remember(url, error);
      }
    }
    throw failure;
  }

  #remember(url: string, error: unknown): LdapFailure {
    if (!(error instanceof LdapFailure)) {
      throw error;
    }
    const failures = (this.#outages.get(url)?.failures ?? 0) + 1;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
    this.#outages.set(url, { failures, until: this.#now() + pauseMs, failure: error });
    return error;
  }
}
