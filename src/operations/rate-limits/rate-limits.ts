import { LRUCache } from 'lru-cache';
import type { Caller } from '../../auth/caller.js';
import { formatAddress, parseAddress } from '../../config/address-range.js';
import { GranaryError } from '../../errors.js';
import type { TenantStates } from '../tenants/tenant-states.js';
import type { RateLimit, RateLimiter, Verdict } from './rate-limiter.js';

/** What there can be a limit for. */
export type RateLimitName = 'address' | 'anonymous' | 'signIn' | 'share' | 'user' | 'accessKey' | 'bucket';

type Limits = Readonly<Record<RateLimitName, RateLimit | null>>;

/** A limit that a request was held against. */
export interface AppliedLimit extends Verdict {
  readonly name: RateLimitName;
}

/** Told of each limit that a request is held against, for headers that show it. */
export type OnLimit = (applied: AppliedLimit) => void;

const ignore: OnLimit = () => undefined;

/** Holds requests against the limits of the settings and of tenants. Where none is set, nothing is counted. */
export class RateLimits {
  readonly #limits: Limits;
  readonly #limiter: RateLimiter;
  readonly #tenants: TenantStates;
  /** Requests that were counted for a bucket. */
  readonly #counted = new LRUCache<string, true>({ max: 10_000 });
  readonly #onRefusal: (name: RateLimitName) => void;

  constructor(parts: {
    limits: Limits;
    limiter: RateLimiter;
    tenants: TenantStates;
    onRefusal: (name: RateLimitName) => void;
  }) {
    this.#limits = parts.limits;
    this.#limiter = parts.limiter;
    this.#tenants = parts.tenants;
    this.#onRefusal = parts.onRefusal;
  }

  /** Whoever asks, by the address it asks from. Throws `RateLimited`, as all of these do. */
  admitAddress(address: string | null, onLimit: OnLimit = ignore): void | Promise<void> {
    return this.#admit('address', prefixOf(address), { limit: this.#limits.address, onLimit });
  }

  /** Who shows no credentials, or wrong ones, by address. */
  admitAnonymous(address: string | null, onLimit: OnLimit = ignore): void | Promise<void> {
    return this.#admit('anonymous', prefixOf(address), { limit: this.#limits.anonymous, onLimit });
  }

  /** One attempt to sign in, by address: each is counted before it is made, whatever comes of it. */
  async admitSignIn(address: string | null): Promise<void> {
    await this.#admit('signIn', prefixOf(address), { limit: this.#limits.signIn, onLimit: ignore, counting: 'each' });
  }

  /** Who comes with what may be the token of a share link, by the token's digest and address. */
  admitShare(digest: Buffer, address: string | null, onLimit: OnLimit = ignore): void | Promise<void> {
    const subject = `${digest.toString('base64url')}/${prefixOf(address)}`;
    return this.#admit('share', subject, { limit: this.#limits.share, onLimit });
  }

  /** Who asks, once that is known: the user, and the access key or API key that it used. */
  async admitCaller(caller: Caller, address: string | null, onLimit: OnLimit = ignore): Promise<void> {
    if (caller.kind === 'anonymous') {
      return this.admitAnonymous(address, onLimit);
    }
    const own = this.#tenants.of(caller.tenantId).rateLimits;
    const limit = own?.user ?? this.#limits.user;
    if (limit !== null) {
      await this.#admit('user', String(caller.userId), { limit, onLimit });
    }
    const key = caller.accessKeyId;
    const keyLimit = own?.accessKey ?? this.#limits.accessKey;
    if (key !== undefined && keyLimit !== null) {
      await this.#admit('accessKey', key, { limit: keyLimit, onLimit });
    }
  }

  /** A request that may do something with a bucket, whoever sends it; once, however often it asks for that. */
  admitBucket(requestId: string, bucket: { id: number; tenantId: number }): void | Promise<void> {
    const limit = this.#tenants.of(bucket.tenantId).rateLimits?.bucket ?? this.#limits.bucket;
    const request = `${requestId} ${bucket.id}`;
    if (limit === null || this.#counted.has(request)) {
      return;
    }
    this.#counted.set(request, true);
    return this.#admit('bucket', String(bucket.id), { limit, onLimit: ignore });
  }

  #admit(
    name: RateLimitName,
    subject: string,
    { limit, onLimit, counting }: { limit: RateLimit | null; onLimit: OnLimit; counting?: 'each' },
  ): void | Promise<void> {
    if (limit === null) {
      return;
    }
    const verdict = this.#limiter.admit(`${name}/${subject}`, limit, counting);
    if (verdict instanceof Promise) {
      return verdict.then((late) => this.#pass(name, late, onLimit));
    }
    this.#pass(name, verdict, onLimit);
  }

  #pass(name: RateLimitName, verdict: Verdict, onLimit: OnLimit): void {
    onLimit({ name, ...verdict });
    if (!verdict.admitted) {
      this.#onRefusal(name);
      const message = `Please reduce your request rate. Try again in ${verdict.resetSeconds} s.`;
      throw new GranaryError('RateLimited', message, {
        reason: 'SlowDown',
        data: { retryAfter: verdict.resetSeconds },
      });
    }
  }
}

/** Of an IPv6 address the first 64 bits: the rest is for its holder to choose. IPv4 stands for itself in all its forms. */
export function prefixOf(address: string | null): string {
  const bytes = parseAddress(address ?? '');
  if (bytes === undefined) {
    return 'unknown';
  }
  return bytes.length === 4 ? formatAddress(bytes) : `${formatAddress([...bytes.slice(0, 8), ...Array(8).fill(0)])}/64`;
}
