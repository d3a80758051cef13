import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/config/package-root.js';
import { settingVariables } from '../../src/config/settings.js';
import { temporaryDirectory } from '../support/directory.js';
import { curlProblem, testUnless } from '../support/programs.js';
import { startTestServer } from '../support/server.js';

const run = promisify(execFile);
const readme = await readFile(join(packageRoot, 'README.md'), 'utf8');

function section(title: string): string {
  const [, text = ''] = readme.split(`\n## ${title}\n`);
  return text.split('\n## ', 1)[0] ?? '';
}

function commands(text: string): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
}

testUnless(curlProblem(), 'the first upload of the README works as it is pasted', async () => {
  await using directory = await temporaryDirectory();
  const server = await startTestServer();
  try {
    const [secrets = '', upload = ''] = commands(section('A first upload'));
    expect(secrets.match(/^\w+(?==)/gm)).toEqual(['PASSWORD', 'ACCESS_KEY', 'SECRET_KEY']);
    const script = [
      `PASSWORD='${server.adminPassword}'`,
      `ACCESS_KEY='${server.accessKeyId}'`,
      `SECRET_KEY='${server.secretAccessKey}'`,
      upload.replace('http://127.0.0.1:4000', server.httpUrl).replace('http://127.0.0.1:9000', server.s3Url),
    ].join('\n');
    const { stdout } = await run('bash', ['-c', script], { cwd: directory.path });
    expect(stdout).toContain('"createBucket":{"bucket":{"name":"my-files"},"userErrors":[]}');
    expect(stdout).toContain('"object":{"key":"hello.txt","size":15,');
    expect(stdout.endsWith('Hello, Granary\n')).toBe(true);
  } finally {
    await server.stop();
  }
});

test('the README lists every setting, and none that is not one', () => {
  const rows = section('Settings').matchAll(/^\| (`[A-Z0-9_`, ]+`) +\|/gm);
  const listed = [...rows].flatMap(([, names = '']) => names.match(/[A-Z0-9_]+/g) ?? []);
  expect(listed.toSorted()).toEqual(settingVariables().toSorted());
});
