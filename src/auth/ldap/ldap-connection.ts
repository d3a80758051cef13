import type { Socket } from 'node:net';
import { type Client, type Entry, type Filter, SASL_MECHANISMS, type SearchOptions } from 'ldapts';
import { describeRefusal, LdapFailure, resultCodeOf, resultCodes } from './ldap-failure.js';
import type { LdapSettings } from './ldap-settings.js';
import { addressOf, clientOn, failureOf, reachServer, type ServerAddress, secureSocket } from './ldap-socket.js';

/** What came of a bind. */
export type BindOutcome = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

export interface SearchInput {
  base: string;
  scope: 'base' | 'sub';
  filter: string | Filter;
  attributes: string[];
  /** Those of the attributes that are bytes, as `objectGUID`. */
  binary?: string[];
  /** Most entries that are wanted; the server is told so, and more are an error. */
  limit: number;
}

/** More bytes than this are no answer to anything that is asked here. */
const answerLimitBytes = 16 * 2 ** 20;
const watchIntervalMs = 50;
const pageSize = 200;
const whoAmIOid = '1.3.6.1.4.1.4203.1.11.3';

/** Answers that say something about who binds, and not about the directory. */
const rejections = new Set([19, 32, 34, 48, 49, 50, 53]);

/** One connection to one server, with TLS where the settings demand it; it is never opened a second time. */
export class LdapConnection {
  readonly address: ServerAddress;
  readonly #socket: Socket;
  readonly #client: Client;

  constructor(parts: { address: ServerAddress; socket: Socket; operationTimeoutMs: number }) {
    this.address = parts.address;
    this.#socket = parts.socket;
    this.#client = clientOn(parts.socket, parts.operationTimeoutMs);
  }

  get isClosed(): boolean {
    return this.#socket.destroyed || !this.#socket.writable;
  }

  /** Says who one is. @throws LdapFailure when the server does not judge it. */
  async bind(name: string, password: string): Promise<BindOutcome> {
    if (password === '' && name !== '') {
      // Many servers take a bind without a password for an anonymous one, and say yes to it.
      return { accepted: false, reason: 'The password is empty.' };
    }
    if (SASL_MECHANISMS.some((mechanism) => mechanism === name)) {
      return { accepted: false, reason: 'No entry has such a name.' };
    }
    try {
      await this.#watched(() => this.#client.bind(name, password));
      return { accepted: true };
    } catch (error) {
      const code = resultCodeOf(error);
      if (code !== undefined && rejections.has(code)) {
        return { accepted: false, reason: describeRefusal(error) };
      }
      throw this.#failure(error);
    }
  }

  /** Whom the server takes this connection for: `dn:` or `u:` and a name. https://www.rfc-editor.org/rfc/rfc4532 */
  async whoAmI(): Promise<string> {
    try {
      return (await this.#watched(() => this.#client.exop(whoAmIOid))).value ?? '';
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** The entries that fit; none where the base is not there. References to other servers are not followed. */
  async search(input: SearchInput): Promise<Entry[]> {
    try {
      const found = await this.#watched(() =>
        input.limit < pageSize ? this.#searchFew(input) : this.#searchMany(input),
      );
      if (found.length > input.limit) {
        throw new LdapFailure('LIMIT', `More than ${input.limit} entries below ${input.base} fit.`);
      }
      return found;
    } catch (error) {
      if (resultCodeOf(error) === resultCodes.noSuchObject) {
        return [];
      }
      throw this.#failure(error);
    }
  }

  /** The server is told the limit, and one more, to tell whether there are more. */
  async #searchFew(input: SearchInput): Promise<Entry[]> {
    const options = { ...optionsOf(input), sizeLimit: input.limit + 1 };
    return (await this.#client.search(input.base, options)).searchEntries;
  }

  /** By pages, as servers give few at once; where the server's own limit cuts the answer short, that is an error. */
  async #searchMany(input: SearchInput): Promise<Entry[]> {
    const found: Entry[] = [];
    for await (const page of this.#client.searchPaginated(input.base, { ...optionsOf(input), paged: { pageSize } })) {
      found.push(...page.searchEntries);
      if (found.length > input.limit) {
        break;
      }
    }
    return found;
  }

  close(): void {
    if (!this.isClosed) {
      // It is polite to say so; whether the server hears it does not matter.
      const end = (): unknown => this.#socket.destroy();
      this.#client.unbind().then(end, end);
    }
  }

  async #watched<T>(work: () => Promise<T>): Promise<T> {
    if (this.isClosed) {
      throw new LdapFailure('UNREACHABLE', 'The connection was closed.');
    }
    const before = this.#socket.bytesRead;
    let isFlooded = false;
    const watch = setInterval(() => {
      if (this.#socket.bytesRead - before > answerLimitBytes) {
        isFlooded = true;
        this.#socket.destroy();
      }
    }, watchIntervalMs);
    try {
      return await work();
    } catch (error) {
      throw isFlooded ? new LdapFailure('LIMIT', `${this.address.url} sends more than can be an answer.`) : error;
    } finally {
      clearInterval(watch);
    }
  }

  #failure(error: unknown): LdapFailure {
    if (error instanceof LdapFailure) {
      return error;
    }
    const code = resultCodeOf(error);
    if (code === undefined) {
      return failureOf(error, 'UNREACHABLE', `${this.address.url} stopped answering`);
    }
    const what = code === resultCodes.referral ? 'refers to another server, which is not followed' : 'refuses';
    return failureOf(error, 'PROTOCOL', `${this.address.url} ${what}`);
  }
}

function optionsOf({ scope, filter, attributes, binary }: SearchInput): SearchOptions {
  return { scope, filter, attributes, derefAliases: 'never', explicitBufferAttributes: binary ?? [] };
}

/** Connects to one server. @throws LdapFailure when it cannot be reached, or not in the way that the settings demand. */
export async function openConnection(url: string, settings: LdapSettings): Promise<LdapConnection> {
  const address = addressOf(url);
  const socket = await secureSocket(await reachServer(address, settings), address, settings);
  return connectionOn(socket, address, settings);
}

/** The connection over a socket that is as secure as it has to be. */
export function connectionOn(socket: Socket, address: ServerAddress, settings: LdapSettings): LdapConnection {
  return new LdapConnection({ address, socket, operationTimeoutMs: settings.operationTimeoutMs });
}
