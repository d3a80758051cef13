import { withinThisDeadline, withoutDeadline } from '../../database/deadline.js';

interface Waiting<Question, Answer> {
  readonly question: Question;
  /** Runs what is done for this question alone, within the time of who asks. */
  readonly alone: ReturnType<typeof withinThisDeadline>;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface SharingLimits {
  /** How many queries are under way at once; what is asked meanwhile waits and goes together. */
  readonly mostQueries: number;
  /** How many questions one query takes. */
  readonly largestBatch: number;
}

/**
 * Questions that come while others are under way share the next query: each is still asked after it came, so that the
 * answer is as fresh as if it had been asked alone. One that finds the way free goes at once. When a query fails, so do
 * all its questions. One that several share goes on when the time of one of them is over.
 */
export class SharedQueries<Question, Answer> {
  readonly #run: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  readonly #limits: SharingLimits;
  readonly #waiting: Waiting<Question, Answer>[] = [];
  #queries = 0;

  /** `run` answers questions in their order. */
  constructor(limits: SharingLimits, run: (questions: readonly Question[]) => Promise<readonly Answer[]>) {
    this.#limits = limits;
    this.#run = run;
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, alone: withinThisDeadline(), resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    const { mostQueries, largestBatch } = this.#limits;
    while (this.#queries < mostQueries && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, largestBatch);
      const [first, ...others] = batch;
      const run = first === undefined || others.length > 0 ? withoutDeadline : first.alone;
      void run(() => this.#settle(batch));
    }
  }

  /** Settles every question of the batch, and never rejects itself. */
  async #settle(batch: readonly Waiting<Question, Answer>[]): Promise<void> {
    this.#queries += 1;
    try {
      const answers = await this.#run(batch.map(({ question }) => question));
      for (const [place, { resolve }] of batch.entries()) {
        resolve(answers[place] as Answer);
      }
    } catch (error) {
      for (const { reject } of batch) {
        reject(error);
      }
    } finally {
      this.#queries -= 1;
      this.#start();
    }
  }
}
