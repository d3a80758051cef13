// Bundles GraphiQL with React and its editor into dist/graphiql, so that /graphiql asks nothing of any other host.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './compile.mjs';

const source = join(root, 'graphiql');
const output = join(root, 'dist', 'graphiql');
const stamp = join(output, '.inputs');

/** Does nothing when neither the sources nor the packages have changed since the last time. */
export async function buildGraphiql() {
  const inputs = await digestInputs();
  if ((await readFile(stamp, 'utf8').catch(() => '')) === inputs) {
    return;
  }
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: source,
    // Relative, for the server may be reached below a path of a proxy's.
    base: './',
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic' } },
    worker: { format: 'es' },
    build: {
      outDir: output,
      emptyOutDir: true,
      chunkSizeWarningLimit: 20_000,
      modulePreload: { polyfill: false },
    },
  });
  await writeFile(stamp, inputs);
}

/** Of the sources, this script and the versions of what is bundled. */
async function digestInputs() {
  const hash = createHash('sha256');
  const names = (await readdir(source)).sort();
  const files = [...names.map((name) => join(source, name)), import.meta.filename];
  const packages = ['graphiql', 'react', 'react-dom', 'vite'].map((name) =>
    join(root, 'node_modules', name, 'package.json'),
  );
  for (const file of [...files, ...packages]) {
    hash.update(`${file.slice(root.length)}\n`).update(await readFile(file));
  }
  return hash.digest('hex');
}

if (import.meta.main) {
  await buildGraphiql();
}
