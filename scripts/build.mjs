// Builds what runs: dist/ from TypeScript, and the GraphiQL pages that are served without the internet.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, root } from './compile.mjs';

/** @returns {Promise<boolean>} false when something could not be built; what it is has been printed */
export async function build() {
  const { problems } = await compile();
  for (const problem of problems) {
    process.stderr.write(`${problem}\n`);
  }
  const graphiql = join(root, 'scripts', 'build-graphiql.mjs');
  if (existsSync(graphiql)) {
    const { buildGraphiql } = await import(pathToFileURL(graphiql).href);
    await buildGraphiql();
  }
  return problems.length === 0;
}

if (import.meta.main) {
  process.exitCode = (await build()) ? 0 : 1;
}
