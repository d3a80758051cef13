import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ZipFile } from 'yazl';
import { type GraphqlAnswer, startTestServer, type TestServer } from '../support/server.js';

/** When every file of the tree was changed. */
export const changed = new Date('2024-02-29T12:34:56Z');

const longName = `${'deep/'.repeat(40)}${'x'.repeat(120)}.txt`;

export interface Entry {
  path: string;
  size: number;
  compressedSize: number;
  modifiedAt: string | null;
  kind: string;
}

const query = `query($key: String!, $first: Int, $after: String) {
  object(bucket: "packed", key: $key) {
    archive {
      format
      entries(first: $first, after: $after) {
        nodes { path size compressedSize modifiedAt kind }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

/** A server with a bucket for archives. */
export class ArchiveServer {
  readonly server: TestServer;

  private constructor(server: TestServer) {
    this.server = server;
  }

  static async start(): Promise<ArchiveServer> {
    const server = await startTestServer();
    await server.graphql('mutation { createBucket(input: { name: "packed" }) { userErrors { message } } }');
    return new ArchiveServer(server);
  }

  async put(key: string, body: Buffer): Promise<void> {
    const { s3 } = this.server;
    await s3.send(new PutObjectCommand({ Bucket: 'packed', Key: key, Body: body, ContentLength: body.length }));
  }

  async ask(key: string, page: { first?: number; after?: string | null } = {}): Promise<GraphqlAnswer> {
    return this.server.graphql(query, { key, first: 100, ...page });
  }

  /** The first hundred entries; null for what is no archive. */
  async list(key: string): Promise<{ format: string; entries: Entry[] } | null> {
    const { data, errors } = await this.ask(key);
    expect(errors).toBeUndefined();
    const { archive } = data.object;
    return archive === null ? null : { format: archive.format, entries: archive.entries.nodes };
  }

  /** Why bytes cannot be listed. */
  async problemOf(body: Buffer): Promise<string | undefined> {
    await this.put('hostile', body);
    const { errors } = await this.ask('hostile');
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', reason: 'InvalidArchive' } }]);
    return errors?.[0]?.message;
  }
}

/** A directory with `tree/` in it, to be packed by programs. */
export async function createTree(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'granary-archives-'));
  await mkdir(join(path, 'tree/sub', longName, '..'), { recursive: true });
  for (const [name, content] of [
    ['tree/größe.txt', 'content'],
    [`tree/sub/${longName}`, 'long'],
    ['tree/sub/big.bin', Buffer.alloc(200_000, 'big')],
  ] as const) {
    await writeFile(join(path, name), content);
    await utimes(join(path, name), changed, changed);
  }
  await symlink('größe.txt', join(path, 'tree/link'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A zip whose entries hold their own names, or the content that is given for all of them. */
export async function zipOf(names: string[], options: { zip64?: 'zip64'; content?: Buffer } = {}): Promise<Buffer> {
  const zip = new ZipFile();
  for (const name of names) {
    zip.addBuffer(options.content ?? Buffer.from(name), name, { mtime: changed, compress: false });
  }
  zip.end({ forceZip64Format: options.zip64 !== undefined, comment: '' });
  return buffer(zip.outputStream);
}

interface TarFields {
  name: string;
  type?: string;
  content?: Buffer | string;
  /** As it stands in the header, when it is not that of the content. */
  size?: Buffer | string;
}

/** One entry of a tar; two blocks of zeros end it. */
export function tarEntry({ name, type = '0', content = '', size }: TarFields): Buffer {
  const header = Buffer.alloc(512);
  const data = Buffer.from(content);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  Buffer.from(size ?? `${data.length.toString(8).padStart(11, '0')}\0`).copy(header, 124);
  header.write('14570075460\0', 136);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}
