import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { GranaryError, isGranaryError } from '../../errors.js';
import type { StoredBytes } from '../../storage/blob-store.js';
import type { Granary } from '../context.js';
import type { BackupDirectory, Manifest } from './backup-directory.js';
import { type BackedUpFile, readFileList } from './backup-file-list.js';

/** How far the bytes have come. */
export interface RestoredFiles {
  files: number;
  bytes: number;
}

type Store = Granary['store'];

const filesAtOnce = 8;

/** One in so many files is read back whole; of all others the size is looked at. */
const readBackOneIn = 20;

/**
 * Puts the bytes of a backup to the paths that its rows name, in whatever stores these are now. What is at a path already,
 * because a restore before was killed, stays when it is the same.
 * @throws GranaryError DigestMismatch when the backup has other bytes than were written to it.
 */
export async function restoreFiles(
  store: Store,
  { directory, manifest }: { directory: BackupDirectory; manifest: Manifest },
  onProgress: (done: RestoredFiles) => void,
): Promise<RestoredFiles> {
  const done: RestoredFiles = { files: 0, bytes: 0 };
  await forEachFile(directory, manifest, async (file) => {
    for (const path of [file.path, ...file.copies]) {
      await restoreFile(store, directory.blob(file.path), { ...file, path });
    }
    done.files += 1;
    done.bytes += file.size;
    onProgress(done);
  });
  return done;
}

/**
 * Looks at each file where its row says it is, and reads some of them back.
 * @throws GranaryError when one is missing, of another size or of other bytes.
 */
export async function checkRestoredFiles(
  store: Store,
  { directory, manifest }: { directory: BackupDirectory; manifest: Manifest },
): Promise<void> {
  let seen = 0;
  await forEachFile(directory, manifest, async ({ path, size, sha256, copies }) => {
    seen += 1;
    const readBack = seen % readBackOneIn === 1;
    for (const storedAt of [path, ...copies]) {
      const bytes = await store.openStored({ path: storedAt, storedSize: size });
      if (readBack ? (await digestOf(bytes)) !== sha256 : !(await isThere(bytes))) {
        throw damaged(storedAt);
      }
    }
  });
}

async function forEachFile(
  directory: BackupDirectory,
  manifest: Manifest,
  work: (file: BackedUpFile) => Promise<void>,
): Promise<void> {
  const files = readFileList(directory.fileList(manifest.id));
  const worker = async (): Promise<void> => {
    for await (const file of { [Symbol.asyncIterator]: () => shared(files) }) {
      if (file.sha256 !== '') {
        await work(file);
      }
    }
  };
  await Promise.all(Array.from({ length: filesAtOnce }, worker));
}

/** The same iterator for several loops; one that fails ends it for all. */
function shared(files: AsyncGenerator<BackedUpFile>): AsyncIterator<BackedUpFile> {
  return { next: () => files.next(), return: () => files.return(undefined) };
}

async function restoreFile(store: Store, source: string, file: BackedUpFile): Promise<void> {
  try {
    await store.placeStored({ size: file.size, pieces: verified(source, file.sha256) }, file.path);
  } catch (error) {
    if (!isGranaryError(error, 'Internal') || error.reason !== 'BlobExists') {
      throw error;
    }
    if ((await digestOf(await store.openStored({ path: file.path, storedSize: file.size }))) !== file.sha256) {
      throw damaged(file.path);
    }
  }
}

/** The bytes of a file; the last of them only when all are what was written. */
async function* verified(path: string, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    if (held !== undefined) {
      yield held;
    }
    held = piece as Buffer;
    hash.update(held);
  }
  if (hash.digest('hex') !== sha256) {
    throw new GranaryError('DigestMismatch', `The backup is damaged: ${path} is changed.`, { reason: 'InvalidBackup' });
  }
  if (held !== undefined) {
    yield held;
  }
}

async function digestOf({ pieces }: StoredBytes): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) {
    hash.update(piece);
  }
  return hash.digest('hex');
}

/** Opened with its size, it is there; its first bytes are read so that the source is let go. */
async function isThere({ pieces, size }: StoredBytes): Promise<boolean> {
  for await (const piece of pieces) {
    return piece.length > 0;
  }
  return size === 0;
}

function damaged(path: string): GranaryError {
  return new GranaryError('DigestMismatch', `What is at ${path} is not what the backup has.`, {
    reason: 'RestoreDamaged',
  });
}
