import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, opendir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/**
 * Files of the project's own node_modules, of all sizes and with whatever names they have.
 * @returns {Promise<{ path: string, key: string, size: number, sha256: string }[]>}
 */
export async function someFiles(most) {
  const paths = [];
  for await (const path of filesBelow(modules)) {
    paths.push(path);
  }
  paths.sort();
  // Spread over the whole tree, so that few of them are as mixed as all.
  const every = Math.max(1, Math.floor(paths.length / most));
  const chosen = paths.filter((_, i) => i % every === 0).slice(0, most);
  return Promise.all(chosen.map((path) => describe(path, relative(modules, path).split(sep).join('/'))));
}

/** A file of random bytes. */
export async function writeLargeFile(path, size) {
  const file = await open(path, 'w');
  const piece = Buffer.alloc(8 * 1024 ** 2);
  for (let written = 0; written < size; written += piece.length) {
    await file.write(randomFillSync(piece), 0, Math.min(piece.length, size - written));
  }
  await file.close();
  return describe(path, 'large.bin');
}

/** `5GiB` as a number. */
export function parseBytes(text) {
  const match = /^(\d+)(KiB|MiB|GiB)?$/.exec(text);
  if (match === null) {
    throw new Error(`Not a size: ${text}. Example: 5GiB`);
  }
  return Number(match[1]) * 1024 ** ['', 'KiB', 'MiB', 'GiB'].indexOf(match[2] ?? '');
}

async function* filesBelow(directory) {
  for await (const entry of await opendir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      yield* filesBelow(path);
    } else if (entry.isFile()) {
      yield path;
    }
  }
}

let reading = 0;
const waiting = [];

/** A few at a time: tens of thousands of open files would be too many. */
async function describe(path, key) {
  while (reading >= 16) {
    await new Promise((resolve) => waiting.push(resolve));
  }
  reading += 1;
  try {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk);
    }
    return { path, key, size: (await stat(path)).size, sha256: hash.digest('hex') };
  } finally {
    reading -= 1;
    waiting.shift()?.();
  }
}
