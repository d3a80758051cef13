import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupDirectory } from './backup-directory.js';
import { type BackedUpFile, readFileList } from './backup-file-list.js';
import { sizeOf } from './durable-files.js';

export interface PrunedBackups {
  /** Ids of generations that are gone, among them those that never were finished. */
  generations: string[];
  /** Files of blobs that no generation named any more. */
  files: number;
  bytes: number;
}

/**
 * Removes old generations, and then the bytes that no generation names. Manifests go first: killed at any point, what
 * has a manifest is whole, and what has none goes the next time.
 * @param keep how many finished generations stay, with the newest; when undefined nothing is removed but unfinished ones.
 */
export async function pruneBackups(
  directory: BackupDirectory,
  { keep, newest }: { keep: number | undefined; newest: string },
): Promise<PrunedBackups> {
  const finished = (await directory.finished()).map((manifest) => manifest.id);
  const kept = new Set([newest, ...finished.slice(-(keep ?? finished.length))]);
  const gone = (await directory.all()).filter((id) => !kept.has(id));
  for (const id of gone) {
    await directory.remove(id);
  }
  const files = keep === undefined ? { files: 0, bytes: 0 } : await removeUnnamed(directory, [...kept]);
  return { generations: gone, ...files };
}

/** Goes through the files and the lists side by side, all in the order of their paths. */
async function removeUnnamed(directory: BackupDirectory, ids: string[]): Promise<{ files: number; bytes: number }> {
  const named = mergePaths(ids.map((id) => readFileList(directory.fileList(id))));
  const removed = { files: 0, bytes: 0 };
  let next = await named.next();
  for await (const path of walk(directory.blobs, '')) {
    while (!next.done && next.value < path) {
      next = await named.next();
    }
    if (next.done || next.value !== path) {
      removed.bytes += (await sizeOf(directory.blob(path))) ?? 0;
      removed.files += 1;
      await rm(directory.blob(path), { force: true });
    }
  }
  await named.return(undefined);
  return removed;
}

/** The paths of all lists, in their order. */
async function* mergePaths(lists: AsyncGenerator<BackedUpFile>[]): AsyncGenerator<string> {
  const heads = await Promise.all(lists.map(async (list) => ({ list, next: await list.next() })));
  for (;;) {
    const paths = heads.flatMap(({ next }) => (next.done ? [] : [next.value.path]));
    const [first] = paths.sort(compare);
    if (first === undefined) {
      return;
    }
    yield first;
    for (const head of heads) {
      if (!head.next.done && head.next.value.path === first) {
        head.next = await head.list.next();
      }
    }
  }
}

/** Files below a directory in the order of their whole paths, in which `hot-2/` comes before `hot/`. */
async function* walk(root: string, relative: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, relative), { withFileTypes: true });
  const sorted = entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort(compare)
    .map((name) => relative + name);
  for (const path of sorted) {
    if (path.endsWith('/')) {
      yield* walk(root, path);
    } else {
      yield path;
    }
  }
}

/** Code unit by code unit, as PostgreSQL's "C" compares ASCII. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
