// Builds packages/client: JavaScript and declarations in its dist, with the schema and its types beside them.
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from './compile.mjs';
import { generateSchemaTypes } from './generate-client.mjs';

const schema = join(root, 'schema.graphql');
const home = join(root, 'packages/client');
const [dist = join(home, 'dist')] = process.argv.slice(2);
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
execFileSync(process.execPath, [tsc, '-p', home, '--outDir', dist], { stdio: 'inherit' });
await writeFile(join(dist, 'schema.d.ts'), await generateSchemaTypes(await readFile(schema, 'utf8')));
await copyFile(schema, join(dist, 'schema.graphql'));
