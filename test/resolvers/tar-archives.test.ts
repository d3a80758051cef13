import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programProblem, testUnless } from '../support/programs.js';
import { ArchiveServer, changed, createTree, tarEntry } from './archive-fixture.js';

let archives: ArchiveServer;
let tree: Awaited<ReturnType<typeof createTree>>;
let folder: string;

beforeAll(async () => {
  archives = await ArchiveServer.start();
  tree = await createTree();
  folder = tree.path;
});

afterAll(async () => {
  await archives?.server.stop();
  await tree?.[Symbol.asyncDispose]();
});

const missingTar = programProblem('tar');

for (const format of ['gnu', 'pax', 'ustar']) {
  testUnless(missingTar, `a tar in the form "${format}" is listed as tar made it`, async () => {
    const path = join(folder, `${format}.tar`);
    const names = format === 'ustar' ? ['tree/größe.txt', 'tree/link', 'tree/sub/big.bin'] : ['tree'];
    execFileSync('tar', [`--format=${format}`, '--sort=name', '-cf', path, '-C', folder, ...names]);
    await archives.put(`${format}.tar`, await readFile(path));
    const listed = await archives.list(`${format}.tar`);
    const expected = execFileSync('tar', ['-tf', path, '--quoting-style=literal'], { encoding: 'utf8' });
    expect(listed?.format).toBe('TAR');
    expect(listed?.entries.map((entry) => entry.path)).toEqual(expected.trim().split('\n'));
    const byPath = new Map(listed?.entries.map((entry) => [entry.path, entry]));
    expect(byPath.get('tree/größe.txt')).toMatchObject({ size: 7, kind: 'FILE', compressedSize: 7 });
    expect(new Date(byPath.get('tree/größe.txt')?.modifiedAt ?? 0)).toEqual(changed);
    expect(byPath.get('tree/link')).toMatchObject({ size: 0, kind: 'SYMLINK' });
    expect(byPath.get('tree/sub/big.bin')).toMatchObject({ size: 200_000, kind: 'FILE' });
  });
}

for (const options of [['--format=gnu'], ['--format=pax'], ['--format=pax', '--sparse-version=0.1']]) {
  testUnless(missingTar, `a sparse file has its real size: tar -S ${options.join(' ')}`, async () => {
    const path = join(folder, 'sparse.tar');
    const holes = `import sys
with open(sys.argv[1], 'wb') as file:
    for n in range(64):
        file.seek(n * 1048576)
        file.write(b'x' * 4096)
`;
    execFileSync('python3', ['-c', holes, join(folder, 'holes')]);
    execFileSync('tar', [...options, '-S', '-cf', path, '-C', folder, 'holes', 'tree/größe.txt']);
    await archives.put('sparse.tar', await readFile(path));
    expect((await archives.list('sparse.tar'))?.entries).toMatchObject([
      { path: 'holes', size: 63 * 1_048_576 + 4096, kind: 'FILE' },
      { path: 'tree/größe.txt', size: 7 },
    ]);
  });
}

const negative = Buffer.alloc(12, 0xff);
const huge = Buffer.from([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
const pax = (record: string) =>
  Buffer.concat([tarEntry({ name: 'x', type: 'x', content: record }), tarEntry({ name: 'a' })]);

test.each<[string, Buffer]>([
  ['a negative size', tarEntry({ name: 'a', size: negative })],
  ['a size beyond all numbers', tarEntry({ name: 'a', size: huge })],
  ['a size beyond the end', tarEntry({ name: 'a', size: '77777777777\0' })],
  ['a size that is no number', tarEntry({ name: 'a', size: '00000000zzz\0' })],
  [
    'a long name that is too long',
    Buffer.concat([tarEntry({ name: 'L', type: 'L', content: 'n'.repeat(5000) }), tarEntry({ name: 'a' })]),
  ],
  ['a long name of gigabytes', tarEntry({ name: 'L', type: 'L', size: '77777777777\0' })],
  ['a record that has no length', pax('path=a\n')],
  ['a record of length zero', pax('0 path=a\n')],
  ['a record that is longer than its header', pax('99 path=a\n')],
  ['a size in a record that is negative', pax('12 size=-10\n')],
  ['a size in a record that is no number', pax('11 size=1e9\n')],
  ['bytes behind an entry that are no header', Buffer.concat([tarEntry({ name: 'a' }), Buffer.alloc(512, 'x')])],
  ['half a header', Buffer.concat([tarEntry({ name: 'a' }), Buffer.alloc(100, 'x')])],
  ['a sparse file whose map never ends', sparseWithoutEnd()],
])('a tar with %s is refused with the reason', async (_, body) => {
  expect(await archives.problemOf(body)).toMatch(/^The archive cannot be listed: /);
});

function sparseWithoutEnd(): Buffer {
  const entry = tarEntry({ name: 'a', type: 'S', size: '00000000000\0' });
  entry[482] = 1;
  entry.write('        ', 148);
  entry.write(
    `${entry
      .reduce((total, byte) => total + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return Buffer.concat([entry, Buffer.alloc(5 * 512, 1)]);
}
