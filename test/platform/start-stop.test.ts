import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../support/directory.js';
import { eventually, TestProcess } from '../support/process.js';
import { curlProblem, testUnless } from '../support/programs.js';

const run = promisify(execFile);
const free = { GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0' };

function start(dataDir: string, env: NodeJS.ProcessEnv = {}): TestProcess {
  return new TestProcess(['dist/src/main.js'], { env: { ...free, GRANARY_DATA_DIR: dataDir, ...env } });
}

async function s3Url(granary: TestProcess): Promise<string> {
  await granary.prints(/Press Ctrl-C/);
  return (await granary.prints(/S3 +(http:\S+)/))[1] ?? '';
}

async function read(url: string, user: string): Promise<string> {
  const signature = ['--aws-sigv4', 'aws:amz:us-east-1:s3', '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'];
  const { stdout } = await run('curl', ['-s', url, '--user', user, ...signature]);
  return stdout;
}

const firstUpload =
  'the commands that the first start prints store a file and read it back; Ctrl-C stops; a second start finds it';

testUnless(
  curlProblem(),
  firstUpload,
  async () => {
    await using directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const first = start(dataDir);
    let user = '';
    try {
      await first.prints(/Press Ctrl-C/);
      const commands = first.output.slice(first.output.indexOf('  TOKEN='), first.output.indexOf('Press Ctrl-C'));
      const script = join(directory.path, 'first-upload.sh');
      await writeFile(script, commands);
      const { stdout } = await run('sh', [script], { cwd: directory.path });
      expect(stdout).toContain('"key":"hello.txt"');
      expect(stdout.endsWith('Hello, Granary\n')).toBe(true);
      user = /--user '([^']+)'/.exec(commands)?.[1] ?? '';

      first.signalGroup('SIGINT');
      expect(await first.exited).toBe(0);
      expect(first.output).toContain('Stopped.');
      await expect(stat(join(dataDir, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT');
    } finally {
      await first.dispose();
    }

    const second = start(dataDir);
    try {
      const url = await s3Url(second);
      expect(second.output).not.toContain('Secret access key');
      expect(await read(`${url}/first-bucket/hello.txt`, user)).toBe('Hello, Granary\n');
      second.signalGroup('SIGKILL');
      await second.exited;
    } finally {
      await second.dispose();
    }

    const third = start(dataDir);
    try {
      expect(await read(`${await s3Url(third)}/first-bucket/hello.txt`, user)).toBe('Hello, Granary\n');
      third.signalGroup('SIGTERM');
      expect(await third.exited).toBe(0);
    } finally {
      await third.dispose();
    }
  },
  120_000,
);

test('a wrong setting ends the start with its name, the problem and an example, and without a stack', async () => {
  await using directory = await temporaryDirectory();
  const granary = start(directory.path, { GRANARY_HTTP_PORT: 'eighty' });
  expect(await granary.exited).toBe(1);
  expect(granary.output).toBe('Granary cannot start:\n  GRANARY_HTTP_PORT is not a whole number. Example: 4000\n');
});

test('a start that waits for something that does not answer ends at Ctrl-C', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  await using directory = await temporaryDirectory();
  const { port } = silent.address() as AddressInfo;
  const granary = start(directory.path, { DATABASE_URL: `postgresql://granary@127.0.0.1:${port}/granary` });
  try {
    await once(silent, 'connection');
    granary.signalGroup('SIGINT');
    expect(await granary.exited).toBe(130);
  } finally {
    await granary.dispose();
    silent.close();
  }
}, 30_000);

test('several workers serve both ports, one that dies is replaced, and all stop together', async () => {
  await using directory = await temporaryDirectory();
  const granary = start(join(directory.path, 'data'), { GRANARY_WORKERS: '2', GRANARY_LOG_LEVEL: 'debug' });
  try {
    const url = await s3Url(granary);
    const http = (await granary.prints(/GraphQL +(http:\S+)\/graphql/))[1];
    expect((await fetch(`${http}/health`)).status).toBe(200);
    const workers = () =>
      [...granary.output.matchAll(/"worker":(\d+)[^\n]*A worker serves/g)].map(([, pid]) => Number(pid));
    await eventually(() => workers().length >= 2);
    expect(workers()).toHaveLength(2);
    process.kill(workers()[0] ?? 0, 'SIGKILL');
    await granary.prints(/A worker died and is replaced/);
    expect((await fetch(url)).status).toBe(403);
    granary.signalGroup('SIGINT');
    expect(await granary.exited).toBe(0);
  } finally {
    await granary.dispose();
  }
}, 60_000);
