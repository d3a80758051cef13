/**
 * Tells when a sender was silent for too long. After a standstill of this process, bytes may be waiting that it has not
 * come to see yet: it looks once more before it says so.
 */
export class SilenceWatch {
  readonly #timer: NodeJS.Timeout;
  #restarts = 0;
  #isOver = false;

  constructor(silenceMs: number, onSilence: () => void) {
    this.#timer = setTimeout(() => {
      const restarts = this.#restarts;
      setImmediate(() => {
        if (!this.#isOver && this.#restarts === restarts) onSilence();
      });
    }, silenceMs);
  }

  /** From now on the sender is waited for: it has sent something, or something else took the time until now. */
  restart(): void {
    this.#restarts += 1;
    this.#timer.refresh();
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
