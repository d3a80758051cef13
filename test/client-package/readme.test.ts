import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/config/package-root.js';
import { startFolderJobs } from '../../src/jobs/folder-jobs.js';
import { temporaryDirectory } from '../support/directory.js';
import { freePort } from '../support/emulators/free-port.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const home = join(packageRoot, 'packages/client');
const readme = await readFile(join(home, 'README.md'), 'utf8');
const recipes = [...readme.matchAll(/^### ([^\n]+)\n+```ts\n(.*?)^```$/gms)].map(([, title = '', code = '']) => ({
  title,
  code,
}));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const wrongUses = join(packageRoot, 'test/client-package/wrong-uses.txt');

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ s3Port: await freePort() });
});

afterAll(() => server?.stop());

/** What the recipes take for granted, as a page has it. */
const setup = (url: string, password: string) => `
import { createClient, CreateBucket, CreateApiKey, CreateUser, signIn, upload } from '@granary/client';
const items = new Map<string, string>();
const storage = { getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, value: string) => void items.set(key, value), removeItem: (key: string) => void items.delete(key) };
Object.defineProperty(globalThis, 'localStorage', { value: storage });
export const client = createClient({ url: '${url}' });
await signIn(client, { username: 'admin', password: '${password}' });
await client.mutate(CreateUser, { input: { username: 'ann', password: 'correct horse battery', mustChangePassword: true, displayName: 'Ann' } });
await client.mutate(CreateBucket, { input: { name: 'my-files' } });
for (const key of ['docs/report.txt', 'old/a', 'old/b']) {
  await upload(client, { bucket: 'my-files', key, source: new Blob(['A report'], { type: 'text/plain' }) }).done;
}
export const apiKey = String((await client.mutate(CreateApiKey, { input: { name: 'script', scopes: ['FULL'] } })).createApiKey.secret);
export const showSignIn = (message: string): void => { throw new Error(message); };
export const ask = async (question: string): Promise<string> => \`\${question} 123\`;
export const file = new File(['A file'], 'file.txt', { type: 'text/plain' });
export const bigFile = new File([new Uint8Array(20 * 1024 * 1024)], 'holiday.mp4', { type: 'video/mp4', lastModified: 1 });
export const progressBar = { value: 0, title: '' };
export const cancelButton: { onclick: () => void } = { onclick: () => undefined };
export const image = { src: '' };
export const fileOnDisk = new WritableStream<Uint8Array>();
export const changing = setInterval(() => {
  upload(client, { bucket: 'my-files', key: 'docs/last.txt', source: new Blob(['last']) }).done.catch(() => undefined);
}, 200);
`;

/** Names of the set-up that a recipe uses and does not declare itself. */
function importsOf(code: string): string {
  const names = [...setup('', '').matchAll(/^export const (\w+)/gm)].map(([, name = '']) => name);
  const used = names.filter(
    (name) => new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`^const ${name}\\b`, 'm').test(code),
  );
  return used.length === 0 ? 'export {};\n' : `import { ${used.join(', ')} } from './setup.js';\n`;
}

test('the package builds, the recipes of its README compile and do what they say, and wrong variables do not compile', async () => {
  expect(recipes.length).toBeGreaterThanOrEqual(10);
  await using directory = await temporaryDirectory();
  const installed = join(directory.path, 'node_modules/@granary/client');
  await mkdir(installed, { recursive: true });
  await run(process.execPath, [join(packageRoot, 'scripts/build-client.mjs'), join(installed, 'dist')]);
  await copyFile(join(home, 'package.json'), join(installed, 'package.json'));
  const put = (name: string, text: string): Promise<void> => writeFile(join(directory.path, name), text);
  await put('package.json', JSON.stringify({ type: 'module' }));
  await put('setup.ts', setup(server.httpUrl, server.adminPassword));
  for (const [index, { code }] of recipes.entries()) {
    const text = code.replaceAll('https://files.example.com', server.httpUrl);
    await put(`recipe-${index}.ts`, importsOf(text) + text);
  }
  await put('wrong-uses.ts', await readFile(wrongUses, 'utf8'));
  const imports = recipes.map(
    ({ title }, index) => `console.log(${JSON.stringify(`# ${title}`)});\nawait import('./recipe-${index}.js');`,
  );
  await put(
    'all.ts',
    `import { changing } from './setup.js';\n${imports.join('\n')}\nclearInterval(changing);\nexport {};\n`,
  );
  const compilerOptions = {
    strict: true,
    target: 'ES2022',
    module: 'NodeNext',
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    types: [],
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
  };
  await put('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const compiled = await run(process.execPath, [tsc, '-p', directory.path]).catch((error: { stdout: string }) => error);
  expect(compiled.stdout).toBe('');
  const jobs = startFolderJobs(server.granary);
  const running = run(process.execPath, [join(directory.path, 'all.js')], { timeout: 60_000 });
  const { stdout } = await running.finally(() => jobs.stop());
  expect(stdout).toContain('Hello Ann');
  expect(stdout).toMatch(/bucket: 'A bucket name has 3 to 63/);
  expect(stdout).toContain('docs/report.txt (8)');
  expect(stdout).toContain('text/plain A report');
  expect(stdout).toContain('CREATED docs/last.txt');
  // What is written anew meanwhile is left alone.
  expect(stdout).toMatch(/COMPLETED [12] 2/);
  const { data } = await server.graphql(`{ bucket(name: "my-files") {
    old: objects(prefix: "old/", first: 10) { nodes { key } } film: object(key: "films/holiday.mp4") { size }
    file: object(key: "docs/file.txt") { contentType tags { value } } } }`);
  expect(data.bucket).toEqual({
    old: { nodes: [] },
    film: { size: 20 * 1024 * 1024 },
    file: { contentType: 'text/plain', tags: [{ value: 'report' }] },
  });
}, 120_000);
