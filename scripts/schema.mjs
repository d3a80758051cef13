// Writes schema.graphql from the classes that make the schema, the operations of packages/client from it, and
// docs/openapi.json from the routes of REST; with --check, says whether the files are what they make.
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { compile, root } from './compile.mjs';
import { clientOperations, generateClient } from './generate-client.mjs';

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

async function agree(file, current) {
  if (!process.argv.includes('--check')) {
    await writeFile(file, current);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== current) {
    process.stderr.write(`${relative(root, file)} is not what the code makes. Run: npm run schema\n`);
    process.exitCode = 1;
  }
}

const schema = await printCurrent();
await agree(path, schema);
await agree(clientOperations, await generateClient(schema));
const { openapiDocument } = await import('../dist/src/http/rest/openapi.js');
await agree(join(root, 'docs/openapi.json'), `${JSON.stringify(await openapiDocument(), null, 2)}\n`);
