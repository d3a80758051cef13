/** What pausing closes and resuming opens again. Whoever works passes it, and is told when it closes meanwhile. */
export class Gate {
  #open: Promise<void> = Promise.resolve();
  #release: (() => void) | undefined;
  #closing = new AbortController();

  get isOpen(): boolean {
    return this.#release === undefined;
  }

  /** Aborted when the gate closes next. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  pass(): Promise<void> {
    return this.#open;
  }

  close(): void {
    if (this.isOpen) {
      this.#open = new Promise((resolve) => {
        this.#release = resolve;
      });
      this.#closing.abort(new DOMException('Paused', 'AbortError'));
    }
  }

  open(): void {
    if (!this.isOpen) {
      this.#closing = new AbortController();
      this.#release?.();
      this.#release = undefined;
    }
  }
}
