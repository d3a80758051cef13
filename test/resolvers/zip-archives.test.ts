import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programProblem, testUnless } from '../support/programs.js';
import { ArchiveServer, changed, createTree, zipOf } from './archive-fixture.js';

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

testUnless(programProblem('python3'), 'a zip made by Python is listed', async () => {
  const path = join(folder, 'python.zip');
  const script = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as zip:
    zip.writestr(zipfile.ZipInfo('größe.txt', (2024, 2, 29, 12, 34, 56)), 'content')
    zip.writestr('folder/', '')
    with zip.open('large', 'w', force_zip64=True) as file:
        file.write(b'x' * 100000)
`;
  execFileSync('python3', ['-c', script, path]);
  await archives.put('python.zip', await readFile(path));
  const listed = await archives.list('python.zip');
  expect(listed).toMatchObject({
    format: 'ZIP',
    entries: [
      { path: 'größe.txt', size: 7, compressedSize: 7, kind: 'FILE' },
      { path: 'folder/', size: 0, kind: 'DIRECTORY' },
      { path: 'large', size: 100_000, kind: 'FILE' },
    ],
  });
  expect(new Date(listed?.entries[0]?.modifiedAt ?? 0)).toEqual(changed);
  expect(listed?.entries[2]?.compressedSize).toBeLessThan(1000);
});

testUnless(programProblem('zip'), 'a zip made by Info-ZIP is listed, with its links', async () => {
  execFileSync('zip', ['-qry', join(folder, 'info.zip'), 'tree'], { cwd: folder });
  await archives.put('info.zip', await readFile(join(folder, 'info.zip')));
  const byPath = new Map((await archives.list('info.zip'))?.entries.map((entry) => [entry.path, entry]));
  expect(byPath.get('tree/')).toMatchObject({ kind: 'DIRECTORY' });
  expect(byPath.get('tree/link')).toMatchObject({ kind: 'SYMLINK' });
  expect(byPath.get('tree/größe.txt')).toMatchObject({ kind: 'FILE', size: 7 });
  expect(new Date(byPath.get('tree/größe.txt')?.modifiedAt ?? 0)).toEqual(changed);
});

async function changedZip(change: (zip: Buffer, directory: number) => void): Promise<Buffer> {
  const zip = await zipOf(['first', 'second']);
  change(zip, zip.readUInt32LE(zip.length - 6));
  return zip;
}

test.each<[string, (zip: Buffer, directory: number) => void]>([
  ['no directory', (zip) => zip.fill(0, 30)],
  ['a directory beyond its end', (zip) => zip.writeUInt32LE(0x7fffffff, zip.length - 6)],
  ['a directory that is elsewhere', (zip) => zip.writeUInt32LE(0, zip.length - 6)],
  ['more entries than there are', (zip) => zip.writeUInt16LE(60_000, zip.length - 12)],
  ['a name beyond its end', (zip, at) => zip.writeUInt16LE(0xffff, at + 28)],
  ['extra fields that overlap', (zip, at) => zip.writeUInt16LE(0xffff, at + 46 + 'first'.length + 2)],
  ['sizes without their zip64 field', (zip, at) => zip.writeUInt32LE(0x80000000, at + 38 + 4)],
])('a zip with %s gives an answer, and no crash', async (_, change) => {
  await archives.put('hostile', await changedZip(change));
  const { errors, data } = await archives.ask('hostile');
  if (errors !== undefined) {
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', reason: 'InvalidArchive' } }]);
  } else {
    expect(data.object.archive.entries.nodes).toHaveLength(2);
  }
  expect(archives.server.problems).toEqual([]);
});

test('a zip says names as they are, and refuses one that is longer than any path', async () => {
  const zip = await zipOf(['aa/bb/etc']);
  const hostile = Buffer.from(zip.toString('latin1').replaceAll('aa/bb/etc', '../../etc'), 'latin1');
  await archives.put('upwards.zip', hostile);
  expect((await archives.list('upwards.zip'))?.entries).toMatchObject([{ path: '../../etc', kind: 'FILE' }]);
  expect(await archives.problemOf(await zipOf(['n'.repeat(5000)]))).toMatch(/name is longer/);
});

test('entries that overlap are only listed, never unpacked', async () => {
  const zip = await changedZip((bytes, at) => bytes.writeUInt32LE(0, at + 46 + 'first'.length + 9 + 42));
  await archives.put('overlap.zip', zip);
  expect((await archives.list('overlap.zip'))?.entries).toHaveLength(2);
});
