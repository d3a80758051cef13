// Turns the TypeScript of src/ and migrations/ into dist/. Only files that changed are compiled again.
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';

export const root = dirname(import.meta.dirname);
const dist = join(root, 'dist');

/** @returns {Promise<{compiled: number, problems: string[]}>} */
export async function compile() {
  const sources = (await Promise.all(['src', 'migrations'].map(listSources))).flat();
  const newest = await settingsTime();
  await removeOrphans(new Set(sources.map(outputOf)));
  const results = await Promise.allSettled(sources.map((source) => compileFile(source, newest)));
  const failed = results.filter((result) => result.status === 'rejected');
  return {
    compiled: results.filter((result) => result.status === 'fulfilled' && result.value === 'compiled').length,
    problems: failed.map((result) => result.reason.message),
  };
}

async function compileFile(source, newest) {
  const input = join(root, source);
  const output = join(dist, outputOf(source));
  const [inputStats, outputStats] = await Promise.all([stat(input), stat(output).catch(() => undefined)]);
  if (outputStats !== undefined && outputStats.mtimeMs >= Math.max(inputStats.mtimeMs, newest)) {
    return 'current';
  }
  try {
    const { code, map } = await transformFile(input, { cwd: root, swcrc: true, sourceFileName: input });
    const name = output.split('/').pop();
    await mkdir(dirname(output), { recursive: true });
    await write(`${output}.map`, map);
    await write(output, `${code}\n//# sourceMappingURL=${name}.map\n`);
    return 'compiled';
  } catch (error) {
    // A build of yesterday's file must not pass for today's.
    await rm(output, { force: true });
    throw error;
  }
}

// Written aside first: a server or a test that starts right now sees the old file or the new one, never half of it.
async function write(path, text) {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, path);
}

async function listSources(folder) {
  const names = await readdir(join(root, folder), { recursive: true }).catch(() => []);
  return names.filter((name) => /\.ts$/.test(name) && !name.endsWith('.d.ts')).map((name) => join(folder, name));
}

function outputOf(source) {
  return source.replace(/\.ts$/, '.js');
}

async function settingsTime() {
  const files = ['.swcrc', 'scripts/compile.mjs', 'node_modules/@swc/core/package.json'];
  const times = await Promise.all(files.map(async (file) => (await stat(join(root, file))).mtimeMs));
  return Math.max(...times);
}

async function removeOrphans(expected) {
  for (const folder of ['src', 'migrations']) {
    const built = await readdir(join(dist, folder), { recursive: true }).catch(() => []);
    for (const name of built.filter((file) => /\.js$/.test(file) && !expected.has(join(folder, file)))) {
      await rm(join(dist, folder, name), { force: true });
      await rm(join(dist, folder, `${name}.map`), { force: true });
    }
  }
}
