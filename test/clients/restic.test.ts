import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programProblem } from '../support/programs.js';
import { digestsOf, Tool, writeTree } from './tool.js';

const problem = programProblem('restic');
const suite = problem === undefined ? describe : describe.skip;

suite(`restic${problem === undefined ? '' : ` (skipped: ${problem})`}`, () => {
  let tool: Tool;

  beforeAll(async () => {
    tool = await Tool.open('restic');
    tool.environment({
      RESTIC_REPOSITORY: `s3:${tool.server.s3Url}/backups/laptop`,
      RESTIC_PASSWORD: 'for the test',
      AWS_ACCESS_KEY_ID: tool.server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: tool.server.secretAccessKey,
    });
  });

  afterAll(() => tool?.[Symbol.asyncDispose]());

  test('init, backup, check, restore, forget and prune keep a tree whole', async () => {
    const there = join(tool.home, 'there');
    await writeTree(there);
    const first = await digestsOf(there);
    await tool.run('init');
    await tool.run('backup', '--quiet', there);
    await writeFile(join(there, 'plain.txt'), 'changed');
    await rm(join(there, 'large.bin'));
    await tool.run('backup', '--quiet', there);
    await tool.run('check', '--read-data');
    const snapshots = JSON.parse(await tool.run('snapshots', '--json')) as { id: string }[];
    expect(snapshots).toHaveLength(2);
    await tool.run('restore', snapshots[0]?.id ?? '', '--target', join(tool.home, 'back'));
    expect(await digestsOf(join(tool.home, 'back', there))).toEqual(first);
    await tool.run('forget', '--keep-last', '1', '--prune');
    await tool.run('check', '--read-data');
    await tool.run('restore', 'latest', '--target', join(tool.home, 'latest'));
    expect(await digestsOf(join(tool.home, 'latest', there))).toEqual(await digestsOf(there));
  }, 120_000);
});
