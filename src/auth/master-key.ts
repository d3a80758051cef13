import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { type Queryable, statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { MASTER_KEY_LENGTH, SecretBox } from './secret-box.js';

const findSealed = statement(
  'find_sealed',
  `SELECT sealed FROM (
     SELECT private_sealed AS sealed FROM signing_key UNION ALL SELECT secret_sealed FROM access_key
   ) AS secrets LIMIT 1`,
);

/**
 * The key that seals secrets at rest: GRANARY_MASTER_KEY, or else the file `keys/master.key` in the data directory,
 * which is made on the first start.
 *
 * Throws `InvalidInput` when the key does not fit what the database holds, or is missing while the database holds
 * secrets: a new key could not open them.
 */
export async function loadMasterKey(
  settings: Pick<Settings, 'masterKey' | 'dataDir'>,
  database: Queryable,
): Promise<Buffer> {
  const path = join(settings.dataDir, 'keys', 'master.key');
  const [row] = await database.query<{ sealed: Buffer }>(findSealed);
  const key = settings.masterKey ?? (await readKey(path));
  if (row === undefined) {
    return key ?? createKey(settings.dataDir, path);
  }
  if (key === undefined) {
    throw invalid(
      `The database holds secrets, but their master key is missing: restore ${path} or set GRANARY_MASTER_KEY.`,
    );
  }
  if (!new SecretBox(key).recognizes(row.sealed)) {
    const source = settings.masterKey === undefined ? path : 'GRANARY_MASTER_KEY';
    throw invalid(`The secrets in the database were sealed with another master key than that of ${source}.`);
  }
  return key;
}

async function readKey(path: string): Promise<Buffer | undefined> {
  try {
    return decodeKey(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (isFileError(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

function decodeKey(text: string, path: string): Buffer {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64');
  if (key.length !== MASTER_KEY_LENGTH) {
    throw invalid(`${path} holds ${key.length} bytes; a master key has ${MASTER_KEY_LENGTH}, in base64 or hex.`);
  }
  return key;
}

/** Written whole beside its place and then linked to it, so that nobody reads half a key and only one process wins. */
async function createKey(dataDir: string, path: string): Promise<Buffer> {
  const directory = join(dataDir, 'keys');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await writeDurably(draft, `${randomBytes(MASTER_KEY_LENGTH).toString('base64')}\n`);
    await linkUnlessThere(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncDirectory(directory);
  await syncDirectory(dataDir);
  const key = await readKey(path);
  if (key === undefined) {
    throw invalid(`${path} was removed while it was being made.`);
  }
  return key;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
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

function isFileError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

function invalid(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidMasterKey' });
}
