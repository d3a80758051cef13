import { canDigest, sha256, toHex } from './digest.js';
import { GranaryError } from './errors.js';
import type { Part, PartReader } from './source.js';

/** A part as the server has it. */
export interface KeptPart {
  readonly partNumber: number;
  readonly size: number;
  readonly sha256: string | null;
}

/** The parts that the server has already, and whether they are of the file that is given now. */
export class KeptParts {
  readonly #parts = new Map<number, KeptPart>();
  readonly #isKnownByName: boolean;

  /** A file that is known by its name and date may keep parts that cannot be compared; anything else sends them again. */
  constructor(isKnownByName: boolean) {
    this.#isKnownByName = isKnownByName;
  }

  get sizes(): Map<number, number> {
    return new Map(Array.from(this.#parts.values(), ({ partNumber, size }) => [partNumber, size]));
  }

  add(part: KeptPart): void {
    if (this.#isKnownByName || isComparable(part)) {
      this.#parts.set(part.partNumber, part);
    }
  }

  has(part: number): boolean {
    return this.#parts.has(part);
  }

  /** Whether a part is kept; throws `SOURCE_CHANGED` when it is one of another file. */
  async holds({ number, content }: Part): Promise<boolean> {
    const kept = this.#parts.get(number);
    if (kept !== undefined && isComparable(kept)) {
      const digest = await sha256(content);
      if (digest !== undefined && toHex(digest) !== kept.sha256) {
        throw new GranaryError(
          'SOURCE_CHANGED',
          `This is not the file that the upload was begun with: part ${number} has other bytes.`,
        );
      }
    }
    return kept !== undefined;
  }

  async holdsAll(reader: PartReader, signal: AbortSignal): Promise<void> {
    for (let part = await reader.next(); part !== undefined; part = await reader.next()) {
      signal.throwIfAborted();
      await this.holds(part);
    }
  }
}

function isComparable({ size, sha256: digest }: KeptPart): boolean {
  return digest !== null && canDigest(size);
}
