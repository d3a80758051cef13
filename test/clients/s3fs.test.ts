import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { eventually } from '../support/process.js';
import { programProblem } from '../support/programs.js';
import { Tool, writeTree } from './tool.js';

function fuseProblem(): string | undefined {
  if (!existsSync('/dev/fuse')) {
    return 'there is no /dev/fuse';
  }
  return process.getuid?.() === 0 ? programProblem('s3fs') : 'needs root';
}

const problem = fuseProblem();
const suite = problem === undefined ? describe : describe.skip;

suite(`s3fs${problem === undefined ? '' : ` (skipped: ${problem})`}`, () => {
  let tool: Tool;
  let mounted: string;

  beforeAll(async () => {
    tool = await Tool.open('s3fs');
    mounted = join(tool.home, 'mounted');
    await mkdir(mounted);
    await tool.server.s3.send(new CreateBucketCommand({ Bucket: 'mounted' }));
    tool.environment({ AWSACCESSKEYID: tool.server.accessKeyId, AWSSECRETACCESSKEY: tool.server.secretAccessKey });
    const options = `url=${tool.server.s3Url},use_path_request_style,use_cache=,multipart_size=5,parallel_count=2`;
    await tool.run('mounted', mounted, '-o', options);
    await eventually(() => isMounted(mounted));
  });

  afterAll(async () => {
    // At once, whatever still uses it: a filesystem that does not answer must not stay.
    await promisify(execFile)('umount', ['--lazy', mounted]);
    await eventually(async () => !(await isMounted(mounted)));
    await tool?.[Symbol.asyncDispose]();
  });

  test('a mounted bucket takes a tree, gives it back, and changes files in it', async () => {
    const there = join(tool.home, 'there');
    await writeTree(there);
    await shell('cp -r "$0" "$1/copy" && diff -r "$0" "$1/copy"', there, mounted);
    const { ContentLength } = await tool.server.s3.send(
      new HeadObjectCommand({ Bucket: 'mounted', Key: 'copy/plain.txt' }),
    );
    expect(ContentLength).toBe(12);
    await shell('cd "$0" && echo one > notes && echo two >> notes && mv notes renamed', mounted);
    expect(await shell('cat "$0/renamed"', mounted)).toBe('one\ntwo\n');
    await shell('cd "$0" && truncate --size 4 renamed && rm -r copy', mounted);
    expect(await shell('cd "$0" && ls && cat renamed', mounted)).toBe('renamed\none\n');
  }, 120_000);
});

/** Another process looks at the mounted bucket: this one serves it, and would wait for itself. */
async function shell(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', script, ...args], { timeout: 60_000 });
  return stdout;
}

/** Asks the kernel's list: whoever looks at the directory itself asks this server, which cannot answer meanwhile. */
async function isMounted(path: string): Promise<boolean> {
  return (await readFile('/proc/mounts', 'utf8')).includes(` ${path} `);
}
