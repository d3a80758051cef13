import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { programProblem, testUnless } from '../support/programs.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { readZip } from './read-zip.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'granary-zip-'));
  await createBucket('album');
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function createBucket(name: string): Promise<void> {
  const mutation = 'mutation($name: String!) { createBucket(input: { name: $name }) { userErrors { message } } }';
  const { data } = await server.graphql(mutation, { name });
  expect(data.createBucket.userErrors).toEqual([]);
}

async function put(bucket: string, key: string, body: string | Buffer): Promise<void> {
  await server.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: Buffer.byteLength(body) }),
  );
}

async function zipUrl(bucket: string, prefix?: string, token?: string): Promise<string> {
  const query = 'query($bucket: String!, $prefix: String) { bucket(name: $bucket) { zipUrl(prefix: $prefix) } }';
  const { data, errors } = await server.graphql(query, { bucket, prefix }, token);
  expect(errors).toBeUndefined();
  return data.bucket.zipUrl;
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

test('a folder is a zip of its objects, with names below it, their times, and a name of its own', async () => {
  const large = Buffer.alloc(3 * 1024 * 1024, 'large');
  await put('album', 'trips/Größe/one.txt', 'one');
  await put('album', 'trips/Größe/deep/two.bin', large);
  await put('album', 'trips/Größe/empty', '');
  await put('album', 'trips/Größe/folder/', '');
  await put('album', 'trips/other', 'not below');
  const response = await fetch(await zipUrl('album', 'trips/Größe/'));
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="Gr__e.zip"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.zip`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  });
  const entries = await readZip(Buffer.from(await response.arrayBuffer()));
  expect(entries.map(({ name }) => name)).toEqual(['deep/two.bin', 'empty', 'folder/', 'one.txt']);
  expect(entries.map(({ content }) => content.length)).toEqual([large.length, 0, 0, 3]);
  expect(entries[0]?.content.equals(large)).toBe(true);
  for (const { modifiedAt } of entries) {
    expect(Math.abs(modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);
  }
});

test('names begin behind the last slash of a prefix, and the whole bucket has its name', async () => {
  await put('album', 'years/2025-a', 'a');
  await put('album', 'years/2026/b', 'b');
  const entries = await readZip(await download(await zipUrl('album', 'years/202')));
  expect(entries.map(({ name }) => name)).toEqual(['2025-a', '2026/b']);
  const head = await fetch(await zipUrl('album'), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-disposition')]).toEqual([
    200,
    `attachment; filename="album.zip"; filename*=UTF-8''album.zip`,
  ]);
});

test('a folder without objects is an empty zip', async () => {
  const zip = await download(await zipUrl('album', 'nothing/'));
  expect(zip.length).toBe(22);
  expect(await readZip(zip)).toEqual([]);
});

const hostileKeys = [
  '../../etc/passwd',
  '/etc/shadow',
  'a//b',
  'a/./b',
  'a\\..\\b',
  'a_.._b',
  'C:/windows',
  'C:\\windows',
  'bell\u0007.txt',
  'bell_.txt',
  'turn\u202etxt.exe',
  'plain~0123456789abcdef.txt',
  '..',
  '.',
  'NOT-INCLUDED.txt',
];

test('no name in a zip leads out of it, hides what it is, or is there twice', async () => {
  await createBucket('hostile');
  for (const key of hostileKeys) {
    await put('hostile', key, key);
  }
  const entries = await readZip(await download(await zipUrl('hostile')));
  const names = entries.map(({ name }) => name);
  expect(new Set(names).size).toBe(hostileKeys.length);
  expect(entries.map(({ content }) => content.toString()).sort()).toEqual([...hostileKeys].sort());
  for (const name of names) {
    expect(name).not.toMatch(/^\/|^[A-Za-z]:|\\|[\p{Cc}\u202e]|(?:^|\/)(?:\.{1,2})?(?:\/|$)/u);
  }
  expect(names).toEqual(expect.arrayContaining(['a_.._b', 'bell_.txt', 'NOT-INCLUDED.txt']));
});

test('a file whose name is also that of a folder gets a mark, so that both can be unpacked', async () => {
  await createBucket('twofold');
  for (const key of ['a', 'a!', 'a/b', 'a/b/c.txt', 'a/b/c.txt/d', 'x\\y', 'x\\y/z', 'x_y']) {
    await put('twofold', key, key);
  }
  const entries = await readZip(await download(await zipUrl('twofold')));
  const byContent = new Map(entries.map(({ name, content }) => [content.toString(), name]));
  expect(Object.fromEntries(byContent)).toEqual({
    a: expect.stringMatching(/^a~[0-9a-f]{16}$/),
    'a!': 'a!',
    'a/b': expect.stringMatching(/^a\/b~[0-9a-f]{16}$/),
    'a/b/c.txt': expect.stringMatching(/^a\/b\/c~[0-9a-f]{16}\.txt$/),
    'a/b/c.txt/d': 'a/b/c.txt/d',
    'x\\y': expect.stringMatching(/^x_y~[0-9a-f]{16}~[0-9a-f]{16}$/),
    'x\\y/z': expect.stringMatching(/^x_y~[0-9a-f]{16}\/z$/),
    x_y: 'x_y',
  });
  const names = entries.map(({ name }) => name);
  expect(names.filter((name) => names.some((other) => other.startsWith(`${name}/`)))).toEqual([]);
});

async function unzipAs(command: string, zip: Buffer): Promise<void> {
  const path = join(folder, 'download.zip');
  await writeFile(path, zip);
  const [program, ...options] = command === 'unzip' ? ['unzip', '-tq'] : ['python3', '-m', 'zipfile', '-t'];
  execFileSync(program as string, [...options, path], { stdio: 'pipe' });
}

for (const program of ['unzip', 'python3']) {
  testUnless(programProblem(program), `${program} finds no fault in a zip`, async () => {
    await put('album', 'mixed/ä/one', 'one');
    await put('album', 'mixed/large', Buffer.alloc(5 * 1024 * 1024, 'x'));
    await put('album', 'mixed/folder/', '');
    await unzipAs(program, await download(await zipUrl('album', 'mixed/')));
  });
}

describe('rights', () => {
  let member: string;

  beforeAll(async () => {
    await server.graphql(
      'mutation { createUser(input: { username: "mia", password: "correct horse", role: MEMBER }) { userErrors { message } } }',
    );
    member = await server.login('mia', 'correct horse');
    await createBucket('shelf');
    for (const key of ['a/open', 'a/secret', 'a/void']) {
      await put('shelf', key, key);
    }
  });

  async function allow(...statements: { Action: string; Resource: string }[]): Promise<void> {
    const Principal = { AWS: 'arn:aws:iam::default:user/mia' };
    const policy = {
      Version: '2012-10-17',
      Statement: statements.map(({ Action, Resource }) => ({
        ...{ Effect: 'Allow', Principal, Action },
        Resource: `arn:aws:s3:::shelf${Resource}`,
      })),
    };
    const mutation =
      'mutation($input: PutBucketPolicyInput!) { putBucketPolicy(input: $input) { userErrors { message } } }';
    const { data } = await server.graphql(mutation, { input: { bucket: 'shelf', policy } });
    expect(data.putBucketPolicy.userErrors).toEqual([]);
  }

  const mayList = { Action: 's3:ListBucket', Resource: '' };

  test('what the maker of the link may not read is left out, and the zip says so at its end', async () => {
    await allow(mayList, { Action: 's3:GetObject', Resource: '/a/open' });
    const entries = await readZip(await download(await zipUrl('shelf', 'a/', member)));
    expect(entries.map(({ name }) => name)).toEqual(['open', 'NOT-INCLUDED.txt']);
    expect(entries[1]?.content.toString()).toBe(
      'These objects are not in this zip:\n\n"a/secret": you may not read it\n"a/void": you may not read it\n',
    );
  });

  test('the note of what is missing takes no name that an object has', async () => {
    await put('shelf', 'b/NOT-INCLUDED.txt', 'mine');
    await put('shelf', 'b/secret', 'secret');
    await allow(mayList, { Action: 's3:GetObject', Resource: '/b/NOT*' });
    const names = (await readZip(await download(await zipUrl('shelf', 'b/', member)))).map(({ name }) => name);
    expect(names).toEqual(['NOT-INCLUDED.txt', expect.stringMatching(/^NOT-INCLUDED~[0-9a-f]{16}\.txt$/)]);
  });

  test('who may not list gets no link, and a link ends with the right to list', async () => {
    await allow(mayList);
    const url = await zipUrl('shelf', 'a/', member);
    await allow({ Action: 's3:GetObject', Resource: '/*' }, { Action: 's3:GetBucketLocation', Resource: '' });
    const refused = await fetch(url);
    expect([refused.status, await refused.text()]).toEqual([403, expect.not.stringContaining('PK')]);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403);
    const { data, errors } = await server.graphql('{ bucket(name: "shelf") { zipUrl } }', {}, member);
    expect(JSON.stringify(data ?? null)).not.toContain('/download/');
    expect([errors?.[0]?.extensions?.code ?? 'DENIED', data?.bucket ?? null]).toEqual(['DENIED', null]);
  });
});

test('a prefix or a time that no link can have is refused', async () => {
  for (const args of [`prefix: "${'x'.repeat(1025)}"`, 'expiresIn: 0', 'expiresIn: 604801']) {
    const { errors } = await server.graphql(`{ bucket(name: "album") { zipUrl(${args}) } }`);
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
  }
  const url = await zipUrl('album', '\u0001'.repeat(1024));
  expect((await fetch(url)).status).toBe(200);
});

describe('damage', () => {
  const content = randomBytes(4 * 1024 * 1024);

  beforeAll(async () => {
    await createBucket('damaged');
    await put('damaged', 'a-first', 'first');
    await put('damaged', 'b-large', content);
    await put('damaged', 'c-last', 'last');
  });

  async function pathOf(key: string): Promise<string> {
    const { rows } = await server.granary.database.pool.query(
      'SELECT b.path FROM object_version v JOIN blob b ON b.id = v.blob_id WHERE v.key = $1',
      [key],
    );
    return join(server.settings.dataDir, 'blobs', rows[0].path);
  }

  test('what turns out corrupt while it is sent cuts the connection, and is left out by name from then on', async () => {
    const url = await zipUrl('damaged');
    expect(await readZip(await download(url))).toHaveLength(3);
    const path = await pathOf('b-large');
    const damaged = await readFile(path);
    damaged.writeUInt8(damaged.readUInt8(3 * 1024 * 1024) ^ 1, 3 * 1024 * 1024);
    await writeFile(path, damaged);
    await expect(fetch(url).then((response) => response.arrayBuffer())).rejects.toThrow();
    expect(server.problems.splice(0).join('\n')).toContain('a folder could not be sent to its end');

    const entries = await readZip(await download(url));
    expect(entries.map(({ name }) => name)).toEqual(['a-first', 'c-last', 'NOT-INCLUDED.txt']);
    expect(entries[2]?.content.toString()).toContain('"b-large": its content is damaged\n');
  });

  test('what is missing is left out by name, and so is what has one part that is damaged', async () => {
    const gone = Buffer.alloc(2 * 1024 * 1024, 'gone');
    await put('damaged', 'd-gone', gone);
    await rm(await pathOf('d-gone'));
    const parts = { Bucket: 'damaged', Key: 'e-parts' };
    const { UploadId } = await server.s3.send(new CreateMultipartUploadCommand(parts));
    const bodies = [Buffer.alloc(5 * 1024 * 1024, 'one'), Buffer.alloc(1000, 'two')];
    const Parts = [];
    for (const [index, Body] of bodies.entries()) {
      const part = { ...parts, UploadId, PartNumber: index + 1, Body, ContentLength: Body.length };
      const { ETag } = await server.s3.send(new UploadPartCommand(part));
      Parts.push({ PartNumber: index + 1, ETag });
    }
    await server.s3.send(new CompleteMultipartUploadCommand({ ...parts, UploadId, MultipartUpload: { Parts } }));
    await server.granary.database.pool.query(
      `UPDATE blob SET damage = 'CORRUPT', damaged_at = now() FROM version_part p JOIN object_version v ON v.id = p.version_id
       WHERE blob.id = p.blob_id AND v.key = 'e-parts' AND p.part_number = 2`,
    );
    const entries = await readZip(await download(await zipUrl('damaged')));
    expect(entries.map(({ name }) => name)).toEqual(['a-first', 'c-last', 'NOT-INCLUDED.txt']);
    const note = entries[2]?.content.toString();
    expect(note).toContain('"d-gone": its content is missing\n');
    expect(note).toContain('"e-parts": its content is damaged\n');
    server.problems.splice(0);
  });
});

/** Blobs that this process, which the server runs in, has open. */
async function openBlobs(): Promise<string[]> {
  const blobs = join(server.settings.dataDir, 'blobs');
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(blobs));
}

testUnless(
  existsSync('/proc/self/fd') ? undefined : 'there is no /proc',
  'who goes away ends the reading',
  async () => {
    await createBucket('long');
    for (let n = 0; n < 8; n++) {
      await put('long', `part-${n}`, Buffer.alloc(8 * 1024 * 1024, `${n}`));
    }
    const response = await fetch(await zipUrl('long'));
    const reader = response.body?.getReader();
    await reader?.read();
    // The rest waits in buffers of a bounded size until it is asked for.
    expect(await openBlobs()).toHaveLength(1);
    await reader?.cancel();
    for (let tries = 0; tries < 50 && (await openBlobs()).length > 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await openBlobs()).toEqual([]);
    expect(server.problems).toEqual([]);
  },
);
