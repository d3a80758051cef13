import type { Auth, Credential, SessionHost } from './auth.js';
import { SessionEndedError } from './errors.js';
import { oneTabAtATime, Tabs } from './tabs.js';

type News = 'renewed' | 'begun' | 'ended';

/** A session by cookies that scripts cannot read. All tabs have the same one. */
export class CookieSession implements Auth {
  readonly kind = 'cookie';
  readonly #host: SessionHost;
  readonly #tabs: Tabs<News>;
  /** How often the cookies have changed, as far as this tab knows. */
  #changes = 0;
  #isOver = false;
  #renewing: Promise<boolean> | undefined;

  constructor(host: SessionHost) {
    this.#host = host;
    this.#tabs = new Tabs<News>(`granary-session ${host.name}`, (news) => this.#hear(news));
  }

  async current(): Promise<Credential> {
    return { authorization: undefined, stamp: String(this.#changes) };
  }

  async renew(refused: Credential): Promise<boolean> {
    if (refused.stamp !== String(this.#changes)) {
      return true;
    }
    this.#renewing ??= oneTabAtATime(`granary-session ${this.#host.name}`, () => this.#renew(refused)).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async begin(): Promise<void> {
    this.#changed('begun');
  }

  async end(): Promise<null> {
    this.#changed('ended');
    return null;
  }

  close(): void {
    this.#tabs.close();
  }

  async #renew(refused: Credential): Promise<boolean> {
    // Another tab may have done it while this one waited for its turn.
    if (refused.stamp !== String(this.#changes)) {
      return true;
    }
    if ((await this.#host.refresh(undefined)) !== undefined) {
      this.#changed('renewed');
      return true;
    }
    return this.#ended();
  }

  #ended(): never {
    const error = new SessionEndedError();
    if (!this.#isOver) {
      this.#changed('ended');
      this.#host.onEnded(error);
    }
    throw error;
  }

  #changed(news: News): void {
    this.#hear(news);
    this.#tabs.tell(news);
  }

  #hear(news: News): void {
    this.#changes += 1;
    this.#isOver = news === 'ended';
  }
}
