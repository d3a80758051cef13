import { readAnswer } from './answer.js';
import { type Auth, apiKeyAuth, type SessionTokens } from './auth.js';
import { CookieSession } from './cookie-session.js';
import { GranaryError, isGranaryError, MutationError, type SessionEndedError, userErrorsOf } from './errors.js';
import { RefreshSession } from './generated/operations.js';
import { toMultipart } from './multipart.js';
import { send } from './send.js';
import { memoryStore, type SessionStore } from './session-store.js';
import { TokenSession } from './token-session.js';
import type { DocumentLike, VariablesAndOptions } from './typed-document.js';
import { pauseBefore, wait } from './wait.js';

export interface ClientOptions {
  /** Where the server is, such as `https://files.example.com`; empty for the page's own origin. */
  readonly url: string;
  /** How the client shows who it is; by default by tokens that are forgotten with the page. */
  readonly auth?: { readonly apiKey: string } | { readonly store: SessionStore } | 'cookie';
  /** Called once when the session is over and nobody has signed out: show the sign-in. */
  readonly onSessionEnded?: (error: SessionEndedError) => void;
  /** How often a request is sent again that cannot have changed anything; 3 by default. */
  readonly retries?: number;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
  /** In place of the global one. */
  readonly WebSocket?: typeof WebSocket;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Told how many bytes of a request with files are on their way. */
  readonly onSent?: (bytes: number) => void;
}

export interface MutationOptions extends RequestOptions {
  /** `throw`, the default, makes a {@link MutationError} of user errors; `return` leaves them in the payload. */
  readonly userErrors?: 'throw' | 'return';
  /** True when sending it twice does no harm: then it is sent again after a lost answer, as queries are. */
  readonly repeatable?: boolean;
}

type Asked = { query: string; variables: unknown; isRepeatable: boolean } & RequestOptions;

/** A connection to one server, as one user. Made by {@link createClient}. */
export class GranaryClient {
  /** Where the server is, without a slash at the end. */
  readonly url: string;
  readonly retries: number;
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  readonly auth: Auth;

  constructor(options: ClientOptions) {
    this.url = options.url.replace(/\/+$/, '');
    this.retries = options.retries ?? 3;
    // Browsers want it called without anything before the dot.
    this.fetch = options.fetch ?? ((...request) => fetch(...request));
    this.WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this.auth = this.#authOf(options);
  }

  /** Asks a query. Throws {@link GranaryError}. */
  async query<Result, Variables>(
    document: DocumentLike<Result, Variables>,
    ...[variables, options]: VariablesAndOptions<Variables, RequestOptions>
  ): Promise<Result> {
    return (await this.#ask({ query: String(document), variables, isRepeatable: true, ...options })) as Result;
  }

  /** Asks a mutation; `Blob`s among the variables are sent as files. Throws {@link GranaryError}. */
  async mutate<Result, Variables>(
    document: DocumentLike<Result, Variables>,
    ...[variables, options = {}]: VariablesAndOptions<Variables, MutationOptions>
  ): Promise<Result> {
    const { userErrors = 'throw', repeatable = false, ...rest } = options;
    const data = await this.#ask({ query: String(document), variables, isRepeatable: repeatable, ...rest });
    const [first, ...others] = userErrors === 'throw' ? userErrorsOf(data) : [];
    if (first !== undefined) {
      throw new MutationError([first, ...others], data);
    }
    return data as Result;
  }

  /** Lets go of what tells this tab of others. */
  close(): void {
    this.auth.close();
  }

  async #ask(asked: Asked): Promise<unknown> {
    let isRenewed = false;
    for (let attempt = 1; ; ) {
      const credential = await this.auth.current();
      try {
        return await this.#post(asked, credential.authorization);
      } catch (error) {
        if (!isRenewed && isUnauthenticated(error) && (await this.auth.renew(credential))) {
          isRenewed = true;
        } else if (attempt <= this.retries && mayRepeat(error, asked)) {
          await wait(pauseBefore(attempt, error.retryAfter), asked.signal);
          attempt += 1;
        } else {
          throw error;
        }
      }
    }
  }

  async #post({ query, variables, signal, onSent }: Asked, authorization: string | undefined): Promise<unknown> {
    const files = toMultipart(query, variables);
    const answer = await send({
      fetch: this.fetch,
      url: `${this.url}/graphql`,
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'content-type': files?.contentType ?? 'application/json',
        'apollo-require-preflight': 'true',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: files?.body ?? JSON.stringify({ query, variables }),
      credentials: this.auth.kind === 'cookie' ? 'include' : 'omit',
      length: 'open',
      ...{ signal, onSent },
    });
    return readAnswer(answer);
  }

  #authOf({ auth = { store: memoryStore() }, onSessionEnded, url }: ClientOptions): Auth {
    const host = {
      name: url,
      refresh: (refreshToken: string | undefined) => this.#refresh(refreshToken),
      onEnded: (error: SessionEndedError) => onSessionEnded?.(error),
    };
    if (auth === 'cookie') {
      return new CookieSession(host);
    }
    return 'apiKey' in auth ? apiKeyAuth(auth.apiKey) : new TokenSession(auth.store, host);
  }

  /** Goes past what renews sessions: it is what renews them. */
  async #refresh(refreshToken: string | undefined): Promise<SessionTokens | undefined> {
    const input = refreshToken === undefined ? { repeatable: true } : { refreshToken, repeatable: true };
    const asked: Asked = { query: RefreshSession, variables: { input }, isRepeatable: true };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { refreshSession } = (await this.#post(asked, undefined)) as {
          refreshSession: SessionTokens & { userErrors: MutationError['userErrors'] };
        };
        const [first, ...others] = refreshSession.userErrors;
        if (first !== undefined && first.code !== 'UNAUTHENTICATED') {
          throw new MutationError([first, ...others]);
        }
        return first === undefined ? refreshSession : undefined;
      } catch (error) {
        if (attempt > this.retries || !mayRepeat(error, asked)) {
          throw error;
        }
        await wait(pauseBefore(attempt, error.retryAfter));
      }
    }
  }
}

/** A client of the server at the address; see {@link ClientOptions}. */
export function createClient(options: ClientOptions): GranaryClient {
  return new GranaryClient(options);
}

function isUnauthenticated(error: unknown): boolean {
  // As a user error it is about what was given, such as a password.
  return isGranaryError(error, 'UNAUTHENTICATED') && !(error instanceof MutationError);
}

/** What was turned away before anything was done may be sent again; what may have been done only when that is harmless. */
function mayRepeat(error: unknown, { isRepeatable }: Asked): error is GranaryError {
  return error instanceof GranaryError && !(error instanceof MutationError)
    ? isGranaryError(error, 'RATE_LIMITED') || (isRepeatable && isGranaryError(error, 'NETWORK', 'UNAVAILABLE'))
    : false;
}
