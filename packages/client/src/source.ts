import { GranaryError } from './errors.js';

/** What can be uploaded. A stream can be read once: an upload of one does not survive a reload. */
export type UploadSource = Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array>;

/** One part of a file. */
export interface Part {
  readonly number: number;
  readonly content: Blob;
}

/** Gives the parts of a file one after the other, but for those that are not wanted. */
export interface PartReader {
  next(): Promise<Part | undefined>;
  cancel(): Promise<void>;
}

/** The source as a Blob, whose bytes are read when they are sent; undefined for streams. */
export function toBlob(source: UploadSource): Blob | undefined {
  if (source instanceof Blob) {
    return source;
  }
  return source instanceof ReadableStream ? undefined : new Blob([source as Uint8Array<ArrayBuffer>]);
}

/** Cuts a Blob without copying it. */
export function blobParts(blob: Blob, partSize: number, isWanted: (part: number) => boolean): PartReader {
  const count = Math.max(1, Math.ceil(blob.size / partSize));
  let last = 0;
  return {
    async next() {
      for (last += 1; last <= count && !isWanted(last); last += 1);
      return last > count
        ? undefined
        : { number: last, content: blob.slice((last - 1) * partSize, Math.min(last * partSize, blob.size)) };
    },
    cancel: async () => undefined,
  };
}

/** Reads a stream part by part. Only the parts that are being sent are in memory. */
export function streamParts(
  stream: ReadableStream<Uint8Array>,
  { size, partSize }: { size: number; partSize: number },
  isWanted: (part: Part) => Promise<boolean>,
): PartReader {
  const pieces = new PieceReader(stream);
  const count = Math.max(1, Math.ceil(size / partSize));
  let last = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<Part | undefined> => {
    for (last += 1; last <= count; last += 1) {
      const expected = Math.min(partSize, size - (last - 1) * partSize);
      const content = await pieces.read(expected);
      if (content.size !== expected || (last === count && !(await pieces.isAtEnd()))) {
        throw new GranaryError('SOURCE_CHANGED', `The stream has not the ${size} bytes that were announced.`);
      }
      const part = { number: last, content };
      if (await isWanted(part)) {
        return part;
      }
    }
    return undefined;
  };
  return {
    next() {
      const result = turn.then(read);
      turn = result.catch(() => undefined);
      return result;
    },
    cancel: () => pieces.cancel(),
  };
}

/** The beginning of a stream, and what follows it: short streams are sent as a whole. */
export async function peek(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
): Promise<{ head: Blob; rest: ReadableStream<Uint8Array> | undefined }> {
  const pieces = new PieceReader(stream);
  const head = await pieces.read(bytes);
  return { head, rest: (await pieces.isAtEnd()) ? undefined : pieces.remainder(head) };
}

/** Reads a stream in pieces of a given length. */
class PieceReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #left: Uint8Array = new Uint8Array();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** So many bytes; fewer only at the end. */
  async read(bytes: number): Promise<Blob> {
    const taken: Uint8Array[] = [];
    for (let missing = bytes; missing > 0; ) {
      if (await this.isAtEnd()) {
        break;
      }
      const chunk = this.#left.subarray(0, missing);
      this.#left = this.#left.subarray(chunk.byteLength);
      taken.push(chunk);
      missing -= chunk.byteLength;
    }
    return new Blob(taken as Uint8Array<ArrayBuffer>[]);
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#left.byteLength === 0) {
      const { done, value } = await this.#reader.read();
      if (done) {
        return true;
      }
      this.#left = value;
    }
    return false;
  }

  /** The stream as it was before anything was read. */
  remainder(head: Blob): ReadableStream<Uint8Array> {
    let first: Blob | undefined = head;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (first !== undefined) {
          controller.enqueue(new Uint8Array(await first.arrayBuffer()));
          first = undefined;
        } else if (await this.isAtEnd()) {
          controller.close();
        } else {
          controller.enqueue(this.#left);
          this.#left = new Uint8Array();
        }
      },
      cancel: () => this.cancel(),
    });
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}
