import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chown, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDirectory } from '../database/embedded-lock.js';
import { GranaryError, isGranaryError } from '../errors.js';
import { MASTER_KEY_LENGTH } from './master-keys.js';

/** Where the master keys of a data directory are: one per line, in base64 or hex, the current one first. */
export function masterKeyPath(dataDir: string): string {
  return join(dataDir, 'keys', 'master.key');
}

/** Keys that were retired. Servers look into it only when they meet something that no key of the other file opens. */
export function retiredKeyPath(dataDir: string): string {
  return join(dataDir, 'keys', 'retired.key');
}

/** Undefined when there is no file. @throws GranaryError InvalidInput when it does not hold keys. */
export async function readKeyFile(path: string): Promise<Buffer[] | undefined> {
  try {
    return decodeKeys(await readFile(path, 'utf8'), path);
  } catch (error) {
    return noneWhenMissing(error);
  }
}

/** As {@link readKeyFile}, for where nothing can be waited for. */
export function readKeyFileSync(path: string): Buffer[] | undefined {
  try {
    return decodeKeys(readFileSync(path, 'utf8'), path);
  } catch (error) {
    return noneWhenMissing(error);
  }
}

/**
 * Makes the first key. It is written whole beside its place and then linked to it, so that nobody reads half a key and
 * only one of several processes wins; all get the winner's.
 */
export async function createKeyFile(dataDir: string): Promise<Buffer[]> {
  const path = masterKeyPath(dataDir);
  const directory = await makeDirectory(dataDir);
  const draft = await writeDraft(path, [randomBytes(MASTER_KEY_LENGTH)]);
  try {
    await linkUnlessThere(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncDirectory(directory);
  await syncDirectory(dataDir);
  const keys = await readKeyFile(path);
  if (keys === undefined) {
    throw invalid(`${path} was removed while it was being made.`);
  }
  return keys;
}

/** Replaces all keys of a file at once: after a crash it holds the old ones or the new ones. Its owner stays. */
export async function writeKeyFile(dataDir: string, path: string, keys: readonly Buffer[]): Promise<void> {
  const directory = await makeDirectory(dataDir);
  const draft = await writeDraft(path, keys);
  try {
    await keepOwner(draft, masterKeyPath(dataDir));
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncDirectory(directory);
}

/** Runs what changes the key files while nobody else does. @throws GranaryError Conflict while somebody does. */
export async function changingKeyFiles<T>(dataDir: string, change: () => Promise<T>): Promise<T> {
  const unlock = await lockKeyFiles(await makeDirectory(dataDir));
  try {
    return await change();
  } finally {
    await unlock();
  }
}

async function lockKeyFiles(directory: string): Promise<() => Promise<void>> {
  try {
    return await lockDirectory(join(directory, 'changing'));
  } catch (error) {
    if (isGranaryError(error, 'Conflict')) {
      throw new GranaryError('Conflict', 'Another command is changing the master keys just now.', { cause: error });
    }
    throw error;
  }
}

function decodeKeys(text: string, path: string): Buffer[] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '').map((line) => decodeKey(line, path));
  if (keys.length === 0) {
    throw invalid(`${path} is empty; it must hold a master key of ${MASTER_KEY_LENGTH} bytes in base64 or hex.`);
  }
  return keys;
}

function decodeKey(line: string, path: string): Buffer {
  const key = Buffer.from(line, /^[0-9a-f]{64}$/i.test(line) ? 'hex' : 'base64');
  if (key.length !== MASTER_KEY_LENGTH) {
    throw invalid(`${path} holds ${key.length} bytes; a master key has ${MASTER_KEY_LENGTH}, in base64 or hex.`);
  }
  return key;
}

async function makeDirectory(dataDir: string): Promise<string> {
  const directory = join(dataDir, 'keys');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return directory;
}

async function writeDraft(path: string, keys: readonly Buffer[]): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(keys.map((key) => `${key.toString('base64')}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

// What root changes must stay readable for the user that the server runs as.
async function keepOwner(draft: string, like: string): Promise<void> {
  if (process.getuid?.() !== 0) {
    return;
  }
  try {
    const { uid, gid } = await stat(like);
    await chown(draft, uid, gid);
  } catch (error) {
    noneWhenMissing(error);
  }
}

async function linkUnlessThere(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (!isFileError(error, 'EEXIST')) {
      throw error;
    }
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function noneWhenMissing(error: unknown): undefined {
  if (!isFileError(error, 'ENOENT')) {
    throw error;
  }
  return undefined;
}

function isFileError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

function invalid(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidMasterKey' });
}
