import type { ChecksumAlgorithm } from './checksums.js';
import type { Encoding } from './format/blob-encoder.js';
import { encodeHeader, isCompressed } from './format/blob-format.js';
import type { HashTask } from './hash-messages.js';
import type { HashJob, HashPool } from './hash-pool.js';
import type { SlotPool } from './slot-pool.js';
import type { StagingFile } from './staging.js';

/** How many bytes may wait for the final fsync, so that it stays short however long the upload was. */
const WRITEBACK_BYTES = 32 * 1024 * 1024;

/** One is written while the next is encoded. */
const MAX_TARGETS = 2;

export interface BodyDigests {
  md5: Buffer;
  sha256: Buffer;
  checksum?: Buffer;
}

export interface BodyPipelineOptions {
  file: StagingFile;
  hashes: HashPool;
  slots: SlotPool;
  checksum?: ChecksumAlgorithm | undefined;
  encoding: Encoding;
}

/** What becomes of a body's bytes: they are hashed, encoded and written, all at the same time. */
export class BodyPipeline {
  readonly #digests: BodyDigestJobs;
  readonly #output: BodyOutput;

  constructor(options: BodyPipelineOptions) {
    this.#digests = new BodyDigestJobs(options);
    const staged = new StagedOutput(options.file);
    this.#output =
      options.encoding.format === 0 ? staged : new EncodedOutput(options, { staged, job: this.#digests.encoder });
  }

  /** Takes the next bytes, in shared memory, which is free again when this settles. Calls need not wait for each other. */
  async process(bytes: Uint8Array): Promise<void> {
    const outcomes = await Promise.allSettled([this.#output.add(bytes), ...this.#digests.update(bytes)]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  /** To be called when all bytes are processed. */
  async finish(): Promise<BodyDigests & { storedSize: number }> {
    const storedSize = await this.#output.finish();
    return { ...(await this.#digests.finish()), storedSize };
  }

  abandon(): void {
    this.#digests.abandon();
  }
}

/** Somewhere for content to go. */
interface BodyOutput {
  add(bytes: Uint8Array): Promise<void>;
  /** Returns how many bytes were stored. */
  finish(): Promise<number>;
}

/** The digests of a body, in two jobs that take about equally long. */
class BodyDigestJobs {
  /** Encodes, and so is updated by the output, unless the format is raw. */
  readonly encoder: HashJob;
  readonly #other: HashJob;
  readonly #algorithms: readonly [readonly ChecksumAlgorithm[], readonly ChecksumAlgorithm[]];
  readonly #options: BodyPipelineOptions;

  constructor(options: BodyPipelineOptions) {
    this.#options = options;
    const { hashes, encoding, checksum } = options;
    const sha: ChecksumAlgorithm[] = ['SHA256'];
    if (checksum && checksum !== 'SHA256' && checksum !== 'MD5') sha.push(checksum);
    // MD5 takes longer than the others and the seal together; compression alone takes longer than all digests.
    this.#algorithms = isCompressed(encoding.format) ? [['MD5', ...sha], []] : [['MD5'], sha];
    const [algorithms, besideEncoding] = this.#algorithms;
    const encode: HashTask = { algorithms: besideEncoding, ...(encoding.format !== 0 && { encode: encoding }) };
    [this.#other, this.encoder] = hashes.start({ algorithms }, encode);
  }

  update(bytes: Uint8Array): Promise<unknown>[] {
    const other = this.#other.update(bytes);
    return this.#options.encoding.format === 0 ? [other, this.encoder.update(bytes)] : [other];
  }

  async finish(): Promise<BodyDigests> {
    const digests = (await Promise.all([this.#other.finish(), this.encoder.finish()])).flat();
    const names = this.#algorithms.flat();
    const digest = (name: ChecksumAlgorithm) => {
      const found = digests[names.indexOf(name)];
      if (!found) throw new Error('A hash job returned too few digests.');
      return found;
    };
    const { checksum } = this.#options;
    const all = { md5: digest('MD5'), sha256: digest('SHA256') };
    return checksum ? { ...all, checksum: digest(checksum) } : all;
  }

  abandon(): void {
    this.#other.abandon();
    this.encoder.abandon();
  }
}

/** Appends to the staging file. */
class StagedOutput implements BodyOutput {
  readonly #file: StagingFile;
  #position = 0;
  #unsynced = 0;

  constructor(file: StagingFile) {
    this.#file = file;
  }

  async add(bytes: Uint8Array): Promise<void> {
    const position = this.#position;
    this.#position += bytes.length;
    await this.#file.write(bytes, position);
    this.#countUnsynced(bytes.length);
  }

  /** Writes the first bytes once more: the age of the file shows that the upload lives. */
  async touch(first: Uint8Array): Promise<void> {
    await this.#file.write(first, 0);
  }

  async finish(): Promise<number> {
    return this.#position;
  }

  #countUnsynced(length: number): void {
    this.#unsynced += length;
    if (this.#unsynced < WRITEBACK_BYTES) return;
    this.#unsynced = 0;
    this.#file.startWriteback();
  }
}

/** Has content encoded by a job, into slots of its own, and passes them on in order. */
class EncodedOutput implements BodyOutput {
  readonly #job: HashJob;
  readonly #staged: StagedOutput;
  readonly #slots: SlotPool;
  readonly #header: Buffer;
  readonly #writing = new Set<Promise<void>>();
  #targets = 0;
  /** Resolves when all bytes before are on their way to the thread: it must get them in order. */
  #sent: Promise<unknown> = Promise.resolve();

  constructor({ slots, encoding }: BodyPipelineOptions, { staged, job }: { staged: StagedOutput; job: HashJob }) {
    this.#job = job;
    this.#staged = staged;
    this.#slots = slots;
    this.#header = encodeHeader(encoding.format, encoding.seal);
  }

  async add(bytes: Uint8Array): Promise<void> {
    const target = this.#sent.then(() => this.#takeTarget());
    // The thread has them in the order in which the targets were taken.
    const written = target.then((slot) => this.#write(slot, this.#job.update(bytes, slot)));
    this.#sent = target;
    await written;
  }

  async finish(): Promise<number> {
    for (let done = false; !done; ) {
      const target = await this.#takeTarget();
      const flushed = this.#job.flush(target);
      await this.#write(
        target,
        flushed.then(({ length }) => length),
      );
      ({ done } = await flushed);
    }
    return this.#staged.finish();
  }

  async #takeTarget(): Promise<Uint8Array> {
    for (;;) {
      const target = this.#targets === 0 ? this.#slots.take() : this.#takeSecond();
      if (target) {
        this.#targets += 1;
        return target;
      }
      await Promise.race(this.#writing);
    }
  }

  #takeSecond(): Uint8Array | undefined {
    return this.#targets < MAX_TARGETS ? this.#slots.takeMore() : undefined;
  }

  #write(target: Uint8Array, encoded: Promise<number>): Promise<void> {
    const written = this.#append(target, encoded).finally(() => {
      this.#targets -= 1;
      this.#slots.release(target);
    });
    const settled: Promise<void> = written.then(
      () => undefined,
      () => undefined,
    );
    this.#writing.add(settled);
    settled.then(() => this.#writing.delete(settled));
    return written;
  }

  async #append(target: Uint8Array, encoded: Promise<number>): Promise<void> {
    const length = await encoded;
    if (length > 0) await this.#staged.add(target.subarray(0, length));
    else await this.#staged.touch(this.#header);
  }
}
