import { join } from 'node:path';
import { programProblem } from '../support/programs.js';
import { digestsOf, Tool, writeTree } from './tool.js';

const problem = programProblem('rclone');
const suite = problem === undefined ? describe : describe.skip;

suite(`rclone${problem === undefined ? '' : ` (skipped: ${problem})`}`, () => {
  let tool: Tool;

  beforeAll(async () => {
    tool = await Tool.open('rclone');
    tool.environment({
      RCLONE_CONFIG_GRANARY_TYPE: 's3',
      RCLONE_CONFIG_GRANARY_PROVIDER: 'Other',
      RCLONE_CONFIG_GRANARY_ENDPOINT: tool.server.s3Url,
      RCLONE_CONFIG_GRANARY_ACCESS_KEY_ID: tool.server.accessKeyId,
      RCLONE_CONFIG_GRANARY_SECRET_ACCESS_KEY: tool.server.secretAccessKey,
      RCLONE_RETRIES: '1',
      RCLONE_LOW_LEVEL_RETRIES: '1',
    });
  });

  afterAll(() => tool?.[Symbol.asyncDispose]());

  test('sync, check and copy take a tree there and back, and a second sync sends nothing', async () => {
    const [there, back] = [join(tool.home, 'there'), join(tool.home, 'back')];
    await writeTree(there);
    const place = 'granary:tree/some/where';
    await tool.run('mkdir', 'granary:tree');
    // The large file as a multipart upload.
    await tool.run('sync', '--s3-upload-cutoff=6M', '--s3-chunk-size=5M', there, place);
    await tool.run('check', '--download', there, place);
    await tool.run('check', there, place);
    const dryRun = await tool.run('sync', '--dry-run', '--use-json-log', there, place);
    expect(dryRun).not.toContain('Skipped copy');
    await tool.run('copy', place, back);
    expect(await digestsOf(back)).toEqual(await digestsOf(there));
    expect(await tool.run('lsf', place)).toContain('plain.txt');
    await tool.run('moveto', `${place}/plain.txt`, `${place}/moved.txt`);
    expect(await tool.run('lsf', place)).toContain('moved.txt');
    await tool.run('purge', 'granary:tree');
    expect(await tool.run('lsd', 'granary:')).not.toContain('tree');
  }, 120_000);

  test('times of files survive, as metadata', async () => {
    await writeTree(join(tool.home, 'timed'));
    await tool.run('mkdir', 'granary:timed');
    await tool.run('touch', '--timestamp', '2001-02-03T04:05:06', join(tool.home, 'timed', 'plain.txt'));
    await tool.run('copy', join(tool.home, 'timed', 'plain.txt'), 'granary:timed');
    expect(await tool.run('lsl', 'granary:timed')).toMatch(/12 2001-02-03 04:05:06\.0+ plain\.txt/);
  }, 60_000);
});
