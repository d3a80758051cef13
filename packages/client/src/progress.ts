/** How far bytes have come. */
export interface Progress {
  readonly bytes: number;
  /** Undefined where nobody knows before the end. */
  readonly totalBytes: number | undefined;
  /** Over the last seconds; 0 while nothing moves. */
  readonly bytesPerSecond: number;
}

const windowMs = 5_000;

/** Makes of what has come so far what a progress bar shows. */
export class Meter {
  readonly #totalBytes: number | undefined;
  readonly #tell: ((progress: Progress) => void) | undefined;
  /** When there were how many bytes. */
  readonly #samples: { at: number; bytes: number }[] = [];

  constructor(totalBytes: number | undefined, tell: ((progress: Progress) => void) | undefined) {
    this.#totalBytes = totalBytes;
    this.#tell = tell;
  }

  /** What was there before it began does not count for the speed. */
  begin(bytes: number): void {
    this.#samples.length = 0;
    this.update(bytes);
  }

  update(bytes: number): void {
    const at = performance.now();
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > windowMs) {
      this.#samples.shift();
    }
    this.#tell?.({ bytes, totalBytes: this.#totalBytes, bytesPerSecond: this.#speed(at, bytes) });
  }

  #speed(at: number, bytes: number): number {
    const first = this.#samples[0] ?? { at, bytes };
    return at > first.at ? Math.max(0, Math.round(((bytes - first.bytes) * 1000) / (at - first.at))) : 0;
  }
}
