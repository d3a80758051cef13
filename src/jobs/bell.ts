/** Wakes those who wait for its next ring. */
export class Bell {
  #ringing = Promise.withResolvers<void>();

  get next(): Promise<void> {
    return this.#ringing.promise;
  }

  ring(): void {
    const { resolve } = this.#ringing;
    this.#ringing = Promise.withResolvers();
    resolve();
  }
}
