import { randomUUID } from 'node:crypto';
import { link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Queryable, Statement } from '../../src/database/database.js';
import { Database } from '../../src/database/database.js';
import type { BlobStore, Received, ReceiveOptions, StagedFile } from '../../src/storage/blob-store.js';

/** Ends whatever a process was doing when it died. Nobody in the product knows it, so nobody handles it. */
export class CrashError extends Error {
  constructor(step: string) {
    super(`The process died ${step}`);
    this.name = 'CrashError';
  }
}

/** When a process dies: never, after so many steps, or when all is done but nobody was told yet. */
export type Death = null | number | 'before the answer';

/** Four of so many and four more operations are to die; those that end in fewer steps survive. */
export const anyDeath = ({ of }: { of: number }): fc.Arbitrary<Death> =>
  fc.oneof(
    { weight: of, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: fc.noBias(fc.nat(12)) },
    { weight: 1, arbitrary: fc.constant<Death>('before the answer') },
  );

/** One process's life: it passes step after step, and dies at the one that it was told to die at. */
export class Life {
  dead = false;
  diedAt: string | undefined;
  #stepsLeft = Number.POSITIVE_INFINITY;
  readonly #underWay = new Set<Promise<unknown>>();

  /** Does some work, and dies on the way if it is told to. What it answers or throws counts only if it is not dead. */
  async live<T>(work: () => Promise<T>, death: Death): Promise<{ answer: T } | { error: unknown }> {
    this.#stepsLeft = typeof death === 'number' ? death : Number.POSITIVE_INFINITY;
    try {
      return { answer: await work() };
    } catch (error) {
      return { error };
    } finally {
      this.#stepsLeft = Number.POSITIVE_INFINITY;
      if (death === 'before the answer' && !this.dead) {
        this.dead = true;
        this.diedAt = death;
      }
      // What the process did beside the step at which it died is done by then: nothing of it comes later.
      while (this.dead && this.#underWay.size > 0) {
        await Promise.allSettled(this.#underWay);
      }
    }
  }

  /** True when this step is the last one: the caller leaves the traces of it and calls {@link die}. */
  endsAt(step: string): boolean {
    if (this.dead) {
      throw new CrashError(`before ${step}, ${this.diedAt}`);
    }
    this.#stepsLeft -= 1;
    return this.#stepsLeft < 0;
  }

  die(step: string): never {
    this.dead = true;
    this.diedAt = step;
    throw new CrashError(step);
  }

  pass(step: string): void {
    if (this.endsAt(step)) {
      this.die(step);
    }
  }

  /** A piece of real work: either it is not begun, or it is done and its answer may never arrive. */
  async around<T>(step: string, work: () => Promise<T>): Promise<T> {
    this.pass(`before ${step}`);
    const result = await this.#watch(work());
    this.pass(`after ${step}`);
    return result;
  }

  async #watch<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }
}

/** The real database, on the real one's pool, that a dead process cannot use any more. */
export class MortalDatabase extends Database {
  readonly #life: Life;

  constructor(real: Database, life: Life) {
    super({ pool: real.pool, orm: real.orm, url: real.url, onWarning: () => undefined });
    this.#life = life;
  }

  override query<Row>(statement: Statement, values?: unknown[]): Promise<Row[]> {
    return this.#life.around(statement.name, () => super.query<Row>(statement, values));
  }

  override transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#life.around('transaction', () =>
      super.transaction(async (tx) => {
        const result = await work(new MortalTransaction(tx, this.#life));
        this.#life.pass('before COMMIT');
        return result;
      }),
    );
  }
}

class MortalTransaction implements Queryable {
  readonly #tx: Queryable;
  readonly #life: Life;

  constructor(tx: Queryable, life: Life) {
    this.#tx = tx;
    this.#life = life;
  }

  async query<Row>(statement: Statement, values?: unknown[]): Promise<Row[]> {
    this.#life.pass(`in a transaction before ${statement.name}`);
    return this.#tx.query<Row>(statement, values);
  }
}

/** The real store, that a dead process cannot use any more. */
export class MortalStore implements BlobStore {
  readonly #real: BlobStore;
  readonly #life: Life;
  readonly #dataDir: string;
  readonly #staged = new Set<StagedFile>();

  constructor(real: BlobStore, { life, dataDir }: { life: Life; dataDir: string }) {
    this.#real = real;
    this.#life = life;
    this.#dataDir = dataDir;
  }

  async receive(stream: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<Received> {
    if (this.#life.endsAt('while receiving')) {
      // What a process leaves that dies half way: a staging file with some of the bytes.
      const { length: _, ...unbounded } = options;
      this.#track(await this.#real.receive(firstChunk(stream), unbounded), options.name);
      this.#life.die('while receiving');
    }
    const received = this.#track(await this.#real.receive(stream, options), options.name);
    this.#life.pass('after receiving');
    return received;
  }

  get stores(): readonly string[] {
    return this.#real.stores;
  }

  get owners(): BlobStore['owners'] {
    return this.#real.owners;
  }

  openBlob: BlobStore['openBlob'] = (blob, range) => this.#real.openBlob(blob, range);

  openInline: BlobStore['openInline'] = (bytes, blob) => this.#real.openInline(bytes, blob);

  verifyBlob: BlobStore['verifyBlob'] = (blob, options) => this.#real.verifyBlob(blob, options);

  copyBlob: BlobStore['copyBlob'] = async (from, toPath) => {
    if (this.#life.endsAt('while copying')) {
      await writeFile(join(this.#dataDir, 'staging', randomUUID()), 'half');
      this.#life.die('while copying');
    }
    await this.#life.around('copy of a blob', () => this.#real.copyBlob(from, toPath));
  };

  openStored: BlobStore['openStored'] = (blob) => this.#real.openStored(blob);

  placeStored: BlobStore['placeStored'] = (bytes, path) => this.#real.placeStored(bytes, path);

  digest: BlobStore['digest'] = (blob) => this.#real.digest(blob);

  remove(path: string): Promise<void> {
    return this.#life.around('unlink', () => this.#real.remove(path));
  }

  cacheFigures: BlobStore['cacheFigures'] = () => this.#real.cacheFigures();

  walk: BlobStore['walk'] = () => this.#real.walk();

  quarantine(path: string): Promise<void> {
    return this.#life.around('quarantine', () => this.#real.quarantine(path));
  }

  sweepStaging(olderThanMs: number): Promise<number> {
    return this.#life.around('sweep of staging', () => this.#real.sweepStaging(olderThanMs));
  }

  close(): Promise<void> {
    return this.#real.close();
  }

  /** What the kernel does for a dead process: its descriptors are closed, and its files stay. */
  async closeDescriptors(): Promise<void> {
    await Promise.allSettled([...this.#staged].map((file) => file.sync()));
  }

  #track(received: Received, name: string): Received {
    if (received.content.kind === 'inline') {
      return received;
    }
    const { file } = received.content;
    this.#staged.add(file);
    return { ...received, content: { kind: 'staged', file: this.#mortalFile(file, name) } };
  }

  #mortalFile(file: StagedFile, name: string): StagedFile {
    return {
      sync: () => this.#life.around('fsync', () => file.sync()),
      commit: async (path) => {
        this.#life.pass('before rename');
        await file.commit(path);
        this.#staged.delete(file);
        if (this.#life.endsAt('between link and unlink')) {
          await link(join(this.#dataDir, 'blobs', path), join(this.#dataDir, 'staging', name));
          this.#life.die('between link and unlink');
        }
        this.#life.pass('after rename');
      },
      cancel: () =>
        this.#life.around('cancel', async () => {
          await file.cancel();
          this.#staged.delete(file);
        }),
    };
  }
}

async function* firstChunk(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    yield chunk;
    return;
  }
}
