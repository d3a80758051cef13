import type { Settings } from '../../config/settings.js';
import { GranaryError } from '../../errors.js';
import type { Metrics } from '../metrics.js';

/** When somebody who was refused may ask again. */
const retrySeconds = 10;

/**
 * How many zips of folders this process is putting together: each reads what it sends, and anybody can ask for those of
 * a share link.
 */
export class RunningZips {
  readonly #limits: Pick<Settings, 'zipConcurrency' | 'shareZipConcurrency'>;
  readonly #metrics: Metrics;
  readonly #ofLinks = new Map<number, number>();
  #all = 0;

  constructor({ settings, metrics }: { settings: Settings; metrics: Metrics }) {
    this.#limits = settings;
    this.#metrics = metrics;
  }

  /**
   * Begins one; what is given back ends it, once however often it is called.
   * @throws GranaryError RateLimited when its share link has enough of them, Unavailable when the process has.
   */
  begin(linkId: number | undefined): () => void {
    const ofLink = linkId === undefined ? 0 : (this.#ofLinks.get(linkId) ?? 0);
    if (ofLink >= this.#limits.shareZipConcurrency) {
      this.#metrics.refusedZips.inc({ limit: 'link' });
      throw tooMany('RateLimited', 'This folder is being downloaded as often as it can be at once. Try again soon.');
    }
    if (this.#all >= this.#limits.zipConcurrency) {
      this.#metrics.refusedZips.inc({ limit: 'server' });
      throw tooMany('Unavailable', 'As many folders are being downloaded as can be at once. Try again soon.');
    }
    this.#count(linkId, 1);
    let isRunning = true;
    return () => {
      if (isRunning) {
        isRunning = false;
        this.#count(linkId, -1);
      }
    };
  }

  #count(linkId: number | undefined, by: number): void {
    this.#all += by;
    if (linkId !== undefined) {
      const count = (this.#ofLinks.get(linkId) ?? 0) + by;
      if (count === 0) {
        this.#ofLinks.delete(linkId);
      } else {
        this.#ofLinks.set(linkId, count);
      }
    }
  }
}

function tooMany(kind: 'RateLimited' | 'Unavailable', message: string): GranaryError {
  return new GranaryError(kind, message, { reason: 'SlowDown', data: { retryAfter: retrySeconds } });
}
