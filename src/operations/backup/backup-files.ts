import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { statement } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { DurableDirectories, syncDirectory } from '../../storage/drivers/durable-directories.js';
import type { Granary } from '../context.js';
import type { BackupDirectory, Manifest } from './backup-directory.js';
import { type BackedUpFile, formatFile, matchFiles, readFileList, readLines } from './backup-file-list.js';
import { namedFilesPath, sealIdOf, writeCompressed } from './backup-rows.js';
import { digestFile, sizeOf, undefinedWhenMissing, writeWhole } from './durable-files.js';

/** How far the copying of bytes has come. */
export interface CopiedFiles {
  /** Files that the rows name. */
  files: number;
  bytes: number;
  /** Those that were not in the backup before. */
  newFiles: number;
  newBytes: number;
  /** Paths whose bytes no store had. */
  missing: string[];
}

interface NamedFile {
  path: string;
  size: number;
  blobId: string;
  /** Empty for bytes in the clear. */
  sealId: string;
  copies: string[];
}

interface Work {
  granary: Pick<Granary, 'database' | 'store'>;
  directory: BackupDirectory;
  directories: DurableDirectories;
  done: CopiedFiles;
}

const filesAtOnce = 8;

const findPath = statement(
  'find_path_of_blob',
  `SELECT path FROM blob WHERE id = $1::uuid AND stored_size = $2 AND state = 'live' AND path IS NOT NULL
     AND COALESCE(${sealIdOf('wrapped_key')}, '') = $3`,
);

/**
 * Copies the bytes of every file that the snapshot's rows name, unless the backup has them: a path is never used for
 * other bytes. Collection is held off by the backup's lock, so that it may take as long as it takes.
 * @param previous the generation before, whose digests stand for files that are there already.
 */
export async function backUpFiles(parts: {
  granary: Pick<Granary, 'database' | 'store'>;
  directory: BackupDirectory;
  id: string;
  previous: Manifest | undefined;
  onProgress: (done: CopiedFiles) => void;
}): Promise<CopiedFiles & { list: Manifest['files'] }> {
  const { granary, directory, id, previous, onProgress } = parts;
  const done: CopiedFiles = { files: 0, bytes: 0, newFiles: 0, newBytes: 0, missing: [] };
  const work: Work = { granary, directory, directories: new DurableDirectories(directory.blobs), done };
  const known = await readKnown(directory, previous);
  const written = await writeCompressed(directory, directory.fileList(id), copyAll(work, known, onProgress));
  return { ...done, list: { ...written, count: done.files, totalBytes: done.bytes } };
}

/** The files of the generation before; none when their list is not as it was written, so that each is digested again. */
async function readKnown(
  directory: BackupDirectory,
  previous: Manifest | undefined,
): Promise<AsyncIterator<BackedUpFile>> {
  if (previous !== undefined) {
    const list = directory.fileList(previous.id);
    const found = await digestFile(list).catch(undefinedWhenMissing);
    if (found?.sha256 === previous.files.sha256) {
      return readFileList(list);
    }
  }
  return Readable.from([])[Symbol.asyncIterator]();
}

async function* copyAll(
  work: Work,
  known: AsyncIterator<BackedUpFile>,
  onProgress: (done: CopiedFiles) => void,
): AsyncGenerator<string> {
  let batch: [NamedFile, BackedUpFile | undefined][] = [];
  for await (const pair of matchFiles(readNamedFiles(work.directory), known)) {
    batch.push(pair);
    if (batch.length === filesAtOnce) {
      yield await copyBatch(work, batch);
      batch = [];
      onProgress(work.done);
    }
  }
  yield await copyBatch(work, batch);
  onProgress(work.done);
}

/** The names of new files are durable before the list tells of them. */
async function copyBatch(work: Work, batch: [NamedFile, BackedUpFile | undefined][]): Promise<string> {
  const directories = new Set<string>();
  const files = await Promise.all(batch.map(([file, known]) => copyOne(work, file, { known, directories })));
  await Promise.all([...directories].map(syncDirectory));
  return files.map(formatFile).join('');
}

async function copyOne(
  work: Work,
  named: NamedFile,
  { known, directories }: { known: BackedUpFile | undefined; directories: Set<string> },
): Promise<BackedUpFile> {
  const { directory, done } = work;
  const { path, size, copies } = named;
  const target = directory.blob(path);
  done.files += 1;
  done.bytes += size;
  if ((await sizeOf(target)) === size) {
    const sha256 = known?.sha256 || (await digestFile(target)).sha256;
    return { path, size, sha256, copies };
  }
  await work.directories.ensure(dirname(target));
  const sha256 = await copyFromAnyStore(work, named, target);
  if (sha256 === undefined) {
    done.missing.push(path);
    return { path, size, sha256: '', copies };
  }
  directories.add(dirname(target));
  done.newFiles += 1;
  done.newBytes += size;
  return { path, size, sha256, copies };
}

/**
 * From the path that the snapshot names, else from a copy, else from where the blob was moved to meanwhile. One that was
 * healed has bytes of another seal, which do not fit the snapshot's row.
 */
async function copyFromAnyStore(work: Work, named: NamedFile, target: string): Promise<string | undefined> {
  for (const path of [named.path, ...named.copies]) {
    const sha256 = await copyFrom(work, { path, storedSize: named.size }, target);
    if (sha256 !== undefined) {
      return sha256;
    }
  }
  const { database } = work.granary;
  const [moved] = await database.query<{ path: string }>(findPath, [named.blobId, named.size, named.sealId]);
  return moved === undefined || moved.path === named.path
    ? undefined
    : copyFrom(work, { path: moved.path, storedSize: named.size }, target);
}

async function copyFrom(
  { granary, directory }: Work,
  blob: { path: string; storedSize: number },
  target: string,
): Promise<string | undefined> {
  try {
    const { pieces } = await granary.store.openStored(blob);
    return (await writeWhole(directory.drafts, target, pieces)).sha256;
  } catch (error) {
    if (isGranaryError(error, 'Internal') && (error.reason === 'MissingBlob' || error.reason === 'CorruptBlob')) {
      return undefined;
    }
    throw error;
  }
}

async function* readNamedFiles(directory: BackupDirectory): AsyncGenerator<NamedFile> {
  for await (const line of readLines(namedFilesPath(directory))) {
    const [path, size, blobId, sealId, copies] = line.split('\t');
    if (!path || !size || !blobId || sealId === undefined || copies === undefined) {
      throw new GranaryError('Internal', 'The list of files that rows name is malformed.');
    }
    yield { path, size: Number(size), blobId, sealId, copies: copies === '' ? [] : copies.split(',') };
  }
}
