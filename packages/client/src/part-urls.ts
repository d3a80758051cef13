import type { GranaryClient } from './client.js';
import { GranaryError } from './errors.js';
import { GetPartUrls } from './generated/operations.js';

const batch = 20;

/** The addresses of parts, asked for some at a time, and anew when they are no good any more. */
export class PartUrls {
  readonly #client: GranaryClient;
  readonly #uploadId: string;
  readonly #wanted: readonly number[];
  readonly #signal: AbortSignal;
  readonly #known = new Map<number, string>();
  #asking: Promise<void> | undefined;

  constructor(client: GranaryClient, of: { uploadId: string; wanted: readonly number[]; signal: AbortSignal }) {
    this.#client = client;
    this.#uploadId = of.uploadId;
    this.#wanted = of.wanted;
    this.#signal = of.signal;
  }

  async of(partNumber: number): Promise<string> {
    for (;;) {
      const url = this.#known.get(partNumber);
      if (url !== undefined) {
        return url;
      }
      this.#asking ??= this.#ask(partNumber).finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    }
  }

  /** They were all made at the same time. */
  forget(): void {
    this.#known.clear();
  }

  async #ask(partNumber: number): Promise<void> {
    const from = this.#wanted.indexOf(partNumber);
    const partNumbers = this.#wanted.slice(from, from + batch);
    const variables = { id: this.#uploadId, partNumbers };
    const { upload } = await this.#client.query(GetPartUrls, variables, { signal: this.#signal });
    if (upload === null || upload.state !== 'OPEN') {
      throw new GranaryError('NOT_FOUND', 'The upload is over: it was completed, given up, or has expired.');
    }
    if (upload.partUrls === null) {
      throw new GranaryError('DENIED', 'The upload may not be written to any more.');
    }
    for (const { partNumber: number, url } of upload.partUrls) {
      this.#known.set(number, url);
    }
  }
}
