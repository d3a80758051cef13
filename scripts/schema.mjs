// Writes schema.graphql from the classes that make the schema; with --check, says whether the file is what they make.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { compile, root } from './compile.mjs';

const path = join(root, 'schema.graphql');

async function printCurrent() {
  const { problems } = await compile();
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
  await import('reflect-metadata');
  const { buildGranarySchema } = await import('../dist/src/resolvers/schema.js');
  return `${printSchema(lexicographicSortSchema(await buildGranarySchema()))}\n`;
}

const current = await printCurrent();
if (!process.argv.includes('--check')) {
  await writeFile(path, current);
} else if ((await readFile(path, 'utf8').catch(() => '')) !== current) {
  process.stderr.write('schema.graphql is not what the code makes. Run: npm run schema\n');
  process.exitCode = 1;
}
