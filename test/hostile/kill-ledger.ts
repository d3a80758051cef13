/** The SHA-256 of what a key holds; null when it holds nothing. */
export type Content = string | null;

/** What a read gave: content, nothing, or an error. */
export type Reading = Content | { failure: string };

interface Account {
  certain: Content;
  /** Writes that were begun and not acknowledged: each may have happened or not. */
  possible: Content[];
}

/** What clients were promised, and whether it was kept. */
export class KillLedger {
  acknowledged = 0;
  readonly lost: string[] = [];
  readonly torn: string[] = [];
  readonly #accounts = new Map<string, Account>();
  readonly #written = new Set<Content>([null]);

  keys(): string[] {
    return [...this.#accounts.keys()];
  }

  /** Tells of a write or a deletion that is on its way; call the result when it was acknowledged. */
  begin(key: string, content: Content): () => void {
    const account = this.#accountOf(key);
    this.#written.add(content);
    account.possible.push(content);
    return () => {
      this.acknowledged++;
      account.certain = content;
      account.possible = [];
    };
  }

  /** Tells of a write that was answered with an error which promises that nothing has happened. */
  refuse(key: string, content: Content): void {
    const { possible } = this.#accountOf(key);
    possible.splice(possible.lastIndexOf(content), 1);
  }

  /** What the key must hold; undefined when that is open. */
  expected(key: string): Content | undefined {
    const { certain, possible } = this.#accountOf(key);
    return possible.length === 0 ? certain : undefined;
  }

  /** Compares what was read with what was promised, and takes it for the truth from now on. */
  judge(key: string, reading: Reading): void {
    const account = this.#accountOf(key);
    const found = typeof reading === 'object' && reading !== null ? undefined : reading;
    if (found === undefined || ![account.certain, ...account.possible].includes(found)) {
      const story = `${key}: ${JSON.stringify(reading)} instead of ${JSON.stringify(account)}`;
      (found === undefined || this.#written.has(found) ? this.lost : this.torn).push(story);
    }
    account.certain = found ?? null;
    account.possible = [];
  }

  #accountOf(key: string): Account {
    const known = this.#accounts.get(key);
    if (known !== undefined) {
      return known;
    }
    const account: Account = { certain: null, possible: [] };
    this.#accounts.set(key, account);
    return account;
  }
}
