import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { BlobSource } from '../blob-driver.js';
import { corruptBlob, errorCode, missingBlob, storageError } from '../storage-error.js';

/** The bytes of a local file. Removing the file does not disturb whoever has it open. */
export class FileSource implements BlobSource {
  readonly #handle: FileHandle;
  #closed: Promise<void> | undefined;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** @throws GranaryError `Internal`, reason `MissingBlob`, or `CorruptBlob` when the file has not this size. */
  static async open(file: string, size: number): Promise<FileSource> {
    const handle = await openForReading(file);
    try {
      if ((await handle.stat()).size !== size) throw corruptBlob('has another size');
      return new FileSource(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async readInto(target: Uint8Array, position: number): Promise<void> {
    let filled = 0;
    while (filled < target.length) {
      const { bytesRead } = await this.#handle.read(target, filled, target.length - filled, position + filled);
      if (bytesRead === 0) throw corruptBlob('ends early');
      filled += bytesRead;
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }
}

async function openForReading(file: string): Promise<FileHandle> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw errorCode(error) === 'ENOENT' ? missingBlob(error) : storageError(error);
  }
}
