import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Longer than any token that is in use, and short enough to be decoded for anybody. */
export const longestToken = 12 * 1024;

/** After this a token is judged anew, so that a key which its issuer took back does not serve to the token's end. */
const longestMs = 5 * 60_000;

const mostTokens = 10_000;

/** What a token came to. */
export interface KnownToken {
  readonly userId: number;
  readonly providerId: string;
  /** Of the provider, when the token was judged: another mapping may give the user something else. */
  readonly revision: number;
  /** In milliseconds since 1970, the permitted skew included. */
  readonly expiresAt: number;
}

interface Judged extends KnownToken {
  readonly judgedAt: number;
}

/** Tokens of OpenID providers that were found good, by their digest: the tokens themselves are not kept. */
export class ExternalTokens {
  readonly #known = new LRUCache<string, Judged>({ max: mostTokens });
  readonly #underWay = new Map<string, Promise<KnownToken>>();

  /** Undefined for what is not known, or is over. */
  find(token: string): KnownToken | undefined {
    const known = this.#known.get(digestOf(token));
    const now = Date.now();
    return known !== undefined && known.judgedAt + longestMs > now && known.expiresAt > now ? known : undefined;
  }

  /**
   * Judges a token, once for all who come with it meanwhile; `work` is told whether it was good before. What is refused
   * is not remembered.
   */
  async judge(token: string, work: (past: 'new' | 'known') => Promise<KnownToken>): Promise<KnownToken> {
    const digest = digestOf(token);
    const underWay = this.#underWay.get(digest);
    if (underWay !== undefined) {
      return underWay;
    }
    const judging = work(this.#known.has(digest) ? 'known' : 'new').finally(() => this.#underWay.delete(digest));
    this.#underWay.set(digest, judging);
    const known = await judging;
    this.#known.set(digest, { ...known, judgedAt: Date.now() });
    return known;
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
