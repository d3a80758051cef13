import { GranaryError } from '../errors.js';

/** For whom work is done. */
export interface Asker {
  readonly tenantId: number;
  readonly userId: number;
}

/** How many pieces of work may run or wait at once: in all, and of one tenant and one user. */
interface Limits {
  readonly running: Shares;
  readonly waiting: Shares;
}

interface Shares {
  readonly all: number;
  readonly tenant: number;
  readonly user: number;
}

interface UserTurns {
  running: number;
  readonly waiting: (() => void)[];
}

interface TenantTurns {
  running: number;
  waiting: number;
  /** Whoever had a turn last comes last. */
  readonly users: Map<number, UserTurns>;
}

/** When somebody who was refused may ask again. */
const retrySeconds = 5;

/**
 * Lets a few pieces of costly work run at once. The others take turns, tenant by tenant, and within a tenant user by
 * user, so that nobody waits for all that somebody else has asked for. Where the limits say so, no tenant has all places.
 */
export class FairTurns {
  readonly #work: string;
  readonly #limits: Limits;
  /** Whoever had a turn last comes last. */
  readonly #tenants = new Map<number, TenantTurns>();
  #running = 0;
  #waiting = 0;

  /** `work` says what is waited for, as users are told when they are refused: `searches`. */
  constructor(work: string, limits: Limits) {
    this.#work = work;
    this.#limits = limits;
  }

  /** Throws `RateLimited` at once when too many of the user's, the tenant's or all wait already. */
  async run<T>(asker: Asker, work: () => Promise<T>): Promise<T> {
    await this.#enter(asker);
    try {
      return await work();
    } finally {
      this.#leave(asker);
    }
  }

  async #enter(asker: Asker): Promise<void> {
    const { tenant, user } = this.#turnsOf(asker);
    // Who waits cannot run, whatever place is free: nobody is overtaken here.
    if (this.#mayRun(tenant, user)) {
      this.#begin(asker);
      return;
    }
    const refusal = this.#refusalOf(tenant, user);
    if (refusal !== undefined) {
      this.#forgetIdle(asker);
      throw tooMany(refusal);
    }
    tenant.waiting += 1;
    this.#waiting += 1;
    await new Promise<void>((resolve) => user.waiting.push(resolve));
  }

  #leave(asker: Asker): void {
    const { tenant, user } = this.#turnsOf(asker);
    this.#running -= 1;
    tenant.running -= 1;
    user.running -= 1;
    this.#forgetIdle(asker);
    this.#beginWaiting();
  }

  #forgetIdle(asker: Asker): void {
    const { tenant, user } = this.#turnsOf(asker);
    if (user.running === 0 && user.waiting.length === 0) {
      tenant.users.delete(asker.userId);
    }
    if (tenant.users.size === 0) {
      this.#tenants.delete(asker.tenantId);
    }
  }

  #beginWaiting(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { tenant, user } = this.#turnsOf(next);
      const begin = user.waiting.shift();
      tenant.waiting -= 1;
      this.#waiting -= 1;
      // The place is taken before anybody else runs, so that nobody can slip in between.
      this.#begin(next);
      begin?.();
    }
  }

  #next(): Asker | undefined {
    for (const [tenantId, tenant] of this.#tenants) {
      for (const [userId, user] of tenant.waiting === 0 ? [] : tenant.users) {
        if (user.waiting.length > 0 && this.#mayRun(tenant, user)) {
          return { tenantId, userId };
        }
      }
    }
    return undefined;
  }

  #mayRun(tenant: TenantTurns, user: UserTurns): boolean {
    const { running } = this.#limits;
    return this.#running < running.all && tenant.running < running.tenant && user.running < running.user;
  }

  #begin(asker: Asker): void {
    const { tenant, user } = this.#turnsOf(asker);
    this.#running += 1;
    tenant.running += 1;
    user.running += 1;
    this.#tenants.delete(asker.tenantId);
    this.#tenants.set(asker.tenantId, tenant);
    tenant.users.delete(asker.userId);
    tenant.users.set(asker.userId, user);
  }

  #turnsOf({ tenantId, userId }: Asker): { tenant: TenantTurns; user: UserTurns } {
    const tenant = this.#tenants.get(tenantId) ?? { running: 0, waiting: 0, users: new Map<number, UserTurns>() };
    const user = tenant.users.get(userId) ?? { running: 0, waiting: [] };
    this.#tenants.set(tenantId, tenant);
    tenant.users.set(userId, user);
    return { tenant, user };
  }

  /** Why nobody else can wait. */
  #refusalOf(tenant: TenantTurns, user: UserTurns): string | undefined {
    const { all, tenant: ofTenant, user: ofUser } = this.#limits.waiting;
    if (user.waiting.length >= ofUser) {
      return `${ofUser} ${this.#work} of yours wait already, more than that cannot.`;
    }
    if (tenant.waiting >= ofTenant) {
      return `${ofTenant} ${this.#work} of your tenant wait already, more than that cannot.`;
    }
    return this.#waiting >= all ? `Too many ${this.#work} wait already.` : undefined;
  }
}

function tooMany(problem: string): GranaryError {
  return new GranaryError('RateLimited', `${problem} Try again in ${retrySeconds} s.`, {
    reason: 'SlowDown',
    data: { retryAfter: retrySeconds },
  });
}
