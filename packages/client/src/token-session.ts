import type { Auth, Credential, SessionHost, SessionTokens } from './auth.js';
import { SessionEndedError } from './errors.js';
import type { SessionStore } from './session-store.js';
import { oneTabAtATime } from './tabs.js';

interface KeptTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A session by tokens, which other tabs may share through its store. */
export class TokenSession implements Auth {
  readonly kind = 'tokens';
  readonly #store: SessionStore;
  readonly #host: SessionHost;
  #tokens: KeptTokens | undefined;
  #loaded: Promise<void> | undefined;
  #renewing: Promise<boolean> | undefined;

  constructor(store: SessionStore, host: SessionHost) {
    this.#store = store;
    this.#host = host;
  }

  async current(): Promise<Credential> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    const { accessToken } = this.#tokens ?? {};
    return {
      authorization: accessToken === undefined ? undefined : `Bearer ${accessToken}`,
      stamp: accessToken ?? '',
    };
  }

  /** However many requests were refused at once, one of them asks. */
  async renew(refused: Credential): Promise<boolean> {
    if ((await this.current()).stamp !== refused.stamp) {
      return true;
    }
    this.#renewing ??= oneTabAtATime(`granary-session ${this.#host.name}`, () => this.#renew(refused)).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async begin({ accessToken, refreshToken }: SessionTokens): Promise<void> {
    if (accessToken === null || refreshToken === null) {
      throw new TypeError('The server gave no tokens.');
    }
    await this.#keep({ accessToken, refreshToken });
  }

  async end(): Promise<string | null> {
    await this.#load();
    const refreshToken = this.#tokens?.refreshToken ?? null;
    await this.#keep(undefined);
    return refreshToken;
  }

  close(): void {
    // Nothing is held.
  }

  /** Of several tabs that come here one after the other, only the first finds the tokens that were refused. */
  async #renew(refused: Credential): Promise<boolean> {
    const before = this.#tokens;
    await this.#load();
    const kept = this.#tokens;
    if (kept !== undefined && kept.accessToken !== refused.stamp) {
      return true;
    }
    if (kept === undefined) {
      return before !== undefined && this.#ended();
    }
    const renewed = await this.#host.refresh(kept.refreshToken);
    if (renewed !== undefined) {
      await this.begin(renewed);
      return true;
    }
    // Without locks another tab may have been faster.
    await this.#load();
    if (this.#tokens !== undefined && this.#tokens.refreshToken !== kept.refreshToken) {
      return true;
    }
    await this.#keep(undefined);
    return this.#ended();
  }

  #ended(): never {
    const error = new SessionEndedError();
    this.#host.onEnded(error);
    throw error;
  }

  async #load(): Promise<void> {
    this.#tokens = readTokens(await this.#store.load());
  }

  async #keep(tokens: KeptTokens | undefined): Promise<void> {
    this.#tokens = tokens;
    this.#loaded = Promise.resolve();
    await this.#store.save(tokens === undefined ? null : JSON.stringify(tokens));
  }
}

/** What somebody else has put there counts for nothing. */
function readTokens(text: string | null): KeptTokens | undefined {
  try {
    const { accessToken, refreshToken } = JSON.parse(text ?? '{}') as Partial<Record<keyof KeptTokens, unknown>>;
    const isWhole = typeof accessToken === 'string' && typeof refreshToken === 'string';
    return isWhole ? { accessToken, refreshToken } : undefined;
  } catch {
    return undefined;
  }
}
