import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../../database/connection-error.js';
import { lockDirectory } from '../../database/embedded-lock.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { undefinedWhenMissing, writeText } from './durable-files.js';

const FORMAT = 'granary-backup';
const VERSION = 1;

const name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
const count = z.number().int().min(0);
const digest = z.object({ bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  id: z.string().regex(/^\d{8}T\d{9}Z$/),
  /** When the rows were read: everything that was acknowledged before is in the backup. */
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Names of the migrations that made the schema, in their order. */
  migrations: z.array(z.string().regex(/^\w+$/)).min(1),
  /** Hexadecimal ids of the master keys that open what is sealed. The keys themselves are not in the backup. */
  masterKeyIds: z.array(z.string().regex(/^[0-9a-f]{8}$/)),
  /** Each after those that it refers to. */
  tables: z.array(digest.extend({ name, columns: z.array(name).min(1), rows: count })),
  sequences: z.array(z.object({ name, value: z.string().regex(/^-?\d+$/), called: z.boolean() })),
  /** The list of the blobs' files, and what they are together. */
  files: digest.extend({ count, totalBytes: count }),
  /** Paths of blobs whose bytes no store had any more. */
  missing: z.array(z.string()),
});

/** What one backup consists of. It is written last: a generation without one was never finished. */
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * A directory of backups: `generations/<id>/` has the rows and the manifest of each, `blobs/` the bytes that they share,
 * each file at the path that the rows name it by.
 */
export class BackupDirectory {
  readonly root: string;
  readonly blobs: string;
  readonly drafts: string;
  readonly #generations: string;

  constructor(root: string) {
    this.root = root;
    this.blobs = join(root, 'blobs');
    this.drafts = join(root, 'drafts');
    this.#generations = join(root, 'generations');
  }

  /** The directory of one generation. */
  generation(id: string): string {
    return join(this.#generations, id);
  }

  table(id: string, table: string): string {
    return join(this.generation(id), `${table}.copy.zst`);
  }

  fileList(id: string): string {
    return join(this.generation(id), 'files.tsv.zst');
  }

  blob(path: string): string {
    return join(this.blobs, path);
  }

  /** Makes the directory ready to be written to. @throws GranaryError Conflict when it holds something else. */
  async prepare(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const entries = (await readdir(this.root)).filter((entry) => entry !== 'lost+found');
    const marker = join(this.root, 'granary-backup.json');
    if (!entries.includes('granary-backup.json')) {
      if (entries.some((entry) => !entry.startsWith('backup.lock'))) {
        throw new GranaryError('Conflict', `${this.root} holds something else than backups. Name an empty directory.`);
      }
      await writeText(marker, `${JSON.stringify({ format: FORMAT, version: VERSION })}\n`);
    }
    await rm(this.drafts, { recursive: true, force: true });
    for (const directory of [this.blobs, this.drafts, this.#generations]) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    }
  }

  /** Keeps other backups, and restores, off while one works here. @throws GranaryError Conflict when one does. */
  async lock(): Promise<() => Promise<void>> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    try {
      return await lockDirectory(join(this.root, 'backup.lock'));
    } catch (error) {
      if (isGranaryError(error, 'Conflict')) {
        throw new GranaryError('Conflict', `Another command works on the backups in ${this.root}.`, { cause: error });
      }
      throw error;
    }
  }

  /** As {@link lock}, for who only reads, perhaps from a medium that cannot be written to. */
  async lockForReading(): Promise<() => Promise<void>> {
    try {
      return await this.lock();
    } catch (error) {
      if (['EROFS', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) {
        return async () => undefined;
      }
      throw error;
    }
  }

  /** The finished generations, the oldest first. */
  async finished(): Promise<Manifest[]> {
    const manifests: Manifest[] = [];
    for (const id of await this.all()) {
      const manifest = await this.#read(id);
      if (manifest !== undefined) {
        manifests.push(manifest);
      }
    }
    return manifests;
  }

  /** The ids of all generations, unfinished ones too, the oldest first. */
  async all(): Promise<string[]> {
    const entries = await readdir(this.#generations).catch(undefinedWhenMissing);
    return (entries ?? []).sort();
  }

  /** Makes a generation whole. */
  async finish(manifest: Manifest): Promise<void> {
    await writeText(this.#manifest(manifest.id), `${JSON.stringify(manifest, null, 2)}\n`);
  }

  /** Without its manifest a generation is nothing any more: that goes first. */
  async remove(id: string): Promise<void> {
    await rm(this.#manifest(id), { force: true });
    await rm(this.generation(id), { recursive: true, force: true });
  }

  #manifest(id: string): string {
    return join(this.generation(id), 'manifest.json');
  }

  async #read(id: string): Promise<Manifest | undefined> {
    const path = this.#manifest(id);
    const text = await readFile(path, 'utf8').catch(undefinedWhenMissing);
    if (text === undefined) {
      return undefined;
    }
    try {
      const manifest = manifestSchema.parse(JSON.parse(text));
      if (manifest.id === id) {
        return manifest;
      }
    } catch (error) {
      throw unreadable(path, error);
    }
    throw unreadable(path);
  }
}

/** An id that sorts by time. */
export function newGenerationId(now: Date): string {
  return now.toISOString().replace(/[-:.]/g, '');
}

/** A manifest in the format that this version writes. */
export function newManifest(parts: Omit<Manifest, 'format' | 'version'>): Manifest {
  return { format: FORMAT, version: VERSION, ...parts };
}

function unreadable(path: string, cause?: unknown): GranaryError {
  return new GranaryError('InvalidInput', `${path} is damaged, or of a version that is not known here.`, {
    reason: 'InvalidBackup',
    cause,
  });
}
