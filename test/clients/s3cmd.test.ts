import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { programProblem } from '../support/programs.js';
import { digestsOf, Tool, writeTree } from './tool.js';

const problem = programProblem('s3cmd');
const suite = problem === undefined ? describe : describe.skip;

suite(`s3cmd${problem === undefined ? '' : ` (skipped: ${problem})`}`, () => {
  let tool: Tool;

  beforeAll(async () => {
    tool = await Tool.open('s3cmd');
  });

  afterAll(() => tool?.[Symbol.asyncDispose]());

  function s3cmd(...args: string[]): Promise<string> {
    const { host } = new URL(tool.server.s3Url);
    const { accessKeyId, secretAccessKey } = tool.server;
    const place = [`--host=${host}`, `--host-bucket=${host}`, '--no-ssl', '--no-progress'];
    return tool.run(...place, `--access_key=${accessKeyId}`, `--secret_key=${secretAccessKey}`, ...args);
  }

  test.each([
    ['4', []],
    ['2', ['--signature-v2']],
  ])(
    'with signatures of version %s a tree goes there and back',
    async (version, options) => {
      const [there, back] = [join(tool.home, `there-${version}`), join(tool.home, `back-${version}`)];
      const bucket = `s3://tree-${version}`;
      await writeTree(there);
      await s3cmd(...options, 'mb', bucket);
      // Parts of 5 MiB, so that the large file is a multipart upload.
      await s3cmd(...options, 'sync', '--multipart-chunk-size-mb=5', `${there}/`, `${bucket}/some/`);
      await s3cmd(...options, 'sync', `${bucket}/some/`, `${back}/`);
      expect(await digestsOf(back)).toEqual(await digestsOf(there));
      expect(await s3cmd(...options, 'ls', `${bucket}/some/`)).toContain('plain.txt');
      await rm(join(there, 'plain.txt'));
      await s3cmd(...options, 'sync', '--delete-removed', `${there}/`, `${bucket}/some/`);
      expect(await s3cmd(...options, 'ls', '--recursive', bucket)).not.toContain('plain.txt');
      await s3cmd(...options, 'rb', '--recursive', '--force', bucket);
      expect(await s3cmd(...options, 'ls')).not.toContain(`tree-${version}`);
    },
    120_000,
  );

  test('a copy, a move and a link that was signed beforehand', async () => {
    const there = join(tool.home, 'some');
    await writeTree(there);
    await s3cmd('mb', 's3://some');
    await s3cmd('put', '--add-header=x-amz-meta-colour:green', join(there, 'plain.txt'), 's3://some/one');
    await s3cmd('cp', 's3://some/one', 's3://some/two');
    await s3cmd('mv', 's3://some/two', 's3://some/three');
    expect(await s3cmd('info', 's3://some/three')).toContain('x-amz-meta-colour: green');
    const url = (await s3cmd('signurl', 's3://some/three', '+60')).trim();
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(12);
  }, 60_000);
});
