/** What a run did, and what it found. */
export class Figures {
  sequences = 0;
  operations = 0;
  /** Writes that were answered with success. */
  acknowledged = 0;
  /** Operations that were refused, as they had to be. */
  refused = 0;
  crashes = 0;
  /** Writes without an answer that turned out to be done. */
  adopted = 0;
  /** Contents that were read through the operations and compared byte by byte. */
  reads = 0;
  /** Files of live blobs that were hashed on disk. */
  files = 0;
  lost = 0;
  torn = 0;
  leaked = 0;
  readonly steps = new Set<string>();
  readonly #startedAt = performance.now();

  /** Prints one line. */
  report(what: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    process.stdout.write(`${what}, ${seconds} s, ${this}\n`);
  }

  toString(): string {
    return [
      `${this.sequences} sequences`,
      `${this.operations} operations`,
      `${this.acknowledged} acknowledged writes`,
      `${this.refused} refusals`,
      `${this.crashes} crashes at ${this.steps.size} different steps`,
      ...(this.adopted === 0 ? [] : [`${this.adopted} unanswered writes that were done`]),
      `${this.reads} contents read`,
      `${this.files} files hashed`,
      `${this.lost} lost`,
      `${this.torn} torn`,
      `${this.leaked} leaked`,
    ].join(', ');
  }
}
