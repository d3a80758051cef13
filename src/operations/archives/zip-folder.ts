import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { statement } from '../../database/database.js';
import { isGranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import { damageOf } from '../blobs/notice-damage.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { getObject } from '../objects/get-object.js';
import { bucketOf, type ListPage, listObjects, validListText } from '../objects/list-objects.js';
import type { BucketAddress, ObjectInfo, OpenedObject } from '../types.js';
import { markedName, zipEntryName } from './zip-entry-name.js';
import { largestZipDirectory, tooManyObjects, ZipWriter, zipDirectorySize } from './zip-writer.js';

export interface ZipFolderInput extends BucketAddress {
  /** What the keys begin with; empty for the whole bucket. Names in the zip begin behind its last slash. */
  prefix: string;
}

/** What could not be put into a zip, said in it. */
interface Omission {
  key: string;
  reason: string;
}

interface Folder {
  context: RequestContext;
  bucket: BucketState;
  input: ZipFolderInput;
  base: string;
  zip: ZipWriter;
  /** At most {@link mostOmissions}. */
  omissions: Omission[];
  omitted: number;
  /** True when an object or a folder has the name that the note of what is missing would have. */
  hasNotice: boolean;
}

const noticeName = 'NOT-INCLUDED.txt';

const page = 1000;

/** Up to this size content is read before its header is written, which then has the checksum: readers like that. */
const readAhead = 1024 * 1024;

/** Small pieces are sent together. */
const pieceSize = 64 * 1024;

/** How many objects the zip's last entry names, when they are left out; of the others it has the number. */
const mostOmissions = 1000;

/** Counts no further than what is too much already. */
const measureFolder = statement(
  'measure_folder',
  `SELECT count(*) AS entries, coalesce(sum(octet_length(v.key)), 0)::bigint AS "nameBytes" FROM (
     SELECT key FROM object_version
     WHERE bucket_id = $1 AND is_latest AND NOT delete_marker AND key >= $2 AND key <= prefix_end($2) LIMIT $3
   ) v`,
);

/** More entries than this are too many, however short their names. */
const mostEntries = Math.ceil(largestZipDirectory / zipDirectorySize({ entries: 1, nameBytes: 0 })) + 1;

/** Which of these keys are folders as well: other keys go on behind them with a slash. */
const findFolders = statement(
  'find_folders_among_keys',
  `SELECT k.key FROM unnest($2::text[]) AS k (key)
   WHERE EXISTS (SELECT FROM object_version v WHERE v.bucket_id = $1 AND v.is_latest AND NOT v.delete_marker
     AND v.key >= k.key || '/' AND v.key <= prefix_end(k.key || '/'))`,
);

/**
 * The bucket. Throws unless the caller may list it and the folder fits into one zip: `AccessDenied`, `NoSuchBucket`, or
 * `FolderTooLarge` when its names take more than {@link largestZipDirectory}.
 */
export async function checkFolder(context: RequestContext, input: ZipFolderInput): Promise<BucketState> {
  const bucket = await openBucket(asking(context, { prefix: input.prefix }), bucketOf(input), 's3:ListBucket');
  const prefix = validListText(input.prefix, 'prefix');
  const [size] = await context.granary.database.query<{ entries: number; nameBytes: number }>(measureFolder, [
    bucket.id,
    prefix,
    mostEntries,
  ]);
  if (size !== undefined && zipDirectorySize(size) > largestZipDirectory) {
    throw tooManyObjects();
  }
  return bucket;
}

/**
 * A zip of all objects whose keys have a prefix, put together while it is read: pages of the list and one object at a
 * time are in memory. Each object is the latest at the moment it is reached. What the caller may not read, what is
 * deleted meanwhile, and what is known to be damaged before its first byte is sent, is left out and named in a last
 * entry. Throws as {@link checkFolder}; whatever else fails, corrupt bytes above all, destroys the stream before its end.
 */
export async function zipFolder(context: RequestContext, input: ZipFolderInput): Promise<Readable> {
  const bucket = await checkFolder(context, input);
  const base = input.prefix.slice(0, input.prefix.lastIndexOf('/') + 1);
  const none = { omissions: [], omitted: 0, hasNotice: false };
  const bytes = zipBytes({ context, bucket, input, base, zip: new ZipWriter(), ...none });
  return Readable.from(inPieces(bytes), { objectMode: false, highWaterMark: pieceSize });
}

async function* zipBytes(folder: Folder): AsyncGenerator<Uint8Array> {
  for await (const objects of pagesOf(folder)) {
    const folders = await foldersAmong(folder, objects);
    for (const { key } of objects) {
      yield* addObject(folder, { key, isAlsoFolder: folders.has(key) });
    }
  }
  if (folder.omissions.length > 0) {
    yield* addOmissions(folder);
  }
  yield* folder.zip.end();
}

async function* pagesOf({ context, input }: Folder): AsyncGenerator<ObjectInfo[]> {
  let after: string | undefined;
  do {
    const { entries, truncated }: ListPage = await listObjects(context, {
      ...input,
      limit: page,
      ...(after === undefined ? {} : { after }),
    });
    const objects = entries.flatMap((entry) => (entry.kind === 'object' ? [entry.object] : []));
    yield objects;
    after = truncated ? objects.at(-1)?.key : undefined;
  } while (after !== undefined);
}

async function foldersAmong({ context, bucket }: Folder, objects: readonly ObjectInfo[]): Promise<Set<string>> {
  const keys = objects.map(({ key }) => key).filter((key) => !key.endsWith('/'));
  const rows = await context.granary.database.query<{ key: string }>(findFolders, [bucket.id, keys]);
  return new Set(rows.map(({ key }) => key));
}

interface Member {
  key: string;
  /** Its name is that of a folder too, which no file system can have. */
  isAlsoFolder: boolean;
}

async function* addObject(folder: Folder, { key, isAlsoFolder }: Member): AsyncGenerator<Uint8Array> {
  const plain = zipEntryName(key, folder.base);
  const opened = await openObject(folder, key);
  if (opened === undefined) {
    return;
  }
  const { object, content, checksum } = opened;
  const kind = key.endsWith('/') ? 'directory' : 'file';
  if (plain !== undefined) {
    const name = isAlsoFolder ? markedName(plain, key) : plain;
    folder.hasNotice ||= plain === noticeName || plain.startsWith(`${noticeName}/`);
    const { size, createdAt: modifiedAt } = object;
    yield* folder.zip.add({ name: Buffer.from(name), kind, modifiedAt, size, crc32: checksum }, content);
  }
}

/** Undefined, and a note, for what is not for the caller, no longer there, known to be damaged, or no file. */
async function openObject(folder: Folder, key: string): Promise<ReadyObject | undefined> {
  const { context, input } = folder;
  try {
    const opened = await getObject(context, { ...bucketOf(input), key });
    if (key.endsWith('/') && opened.object.size > 0) {
      leaveOut(folder, { key, reason: 'it has content, but the name of a folder' });
      return undefined;
    }
    return { object: opened.object, ...(await contentFor(opened)) };
  } catch (error) {
    const reason = reasonToLeaveOut(error);
    if (reason !== undefined) {
      leaveOut(folder, { key, reason });
      return undefined;
    }
    throw error;
  }
}

/** Why one object is missing while the others are sent; undefined for what must not pass unnoticed. */
function reasonToLeaveOut(error: unknown): string | undefined {
  if (isGranaryError(error, 'Denied')) {
    return 'you may not read it';
  }
  if (isGranaryError(error, 'NotFound') && error.reason === 'NoSuchKey') {
    return 'it was deleted during the download';
  }
  const damage = damageOf(error);
  if (damage !== null) {
    return damage === 'MISSING' ? 'its content is missing' : 'its content is damaged';
  }
  return isGranaryError(error, 'InvalidInput') && error.reason === 'InvalidRequest'
    ? 'it is encrypted with a key that only its owner has'
    : undefined;
}

interface ReadyContent {
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  checksum: number | undefined;
}

interface ReadyObject extends ReadyContent {
  object: ObjectInfo;
}

/** The content with its CRC-32, if that can be told before it is sent. */
async function contentFor({ object, body }: OpenedObject): Promise<ReadyContent> {
  if (body.kind === 'bytes') {
    return { content: [body.bytes], checksum: crc32(body.bytes) };
  }
  const stream = await body.open();
  if (object.size > readAhead) {
    return { content: stream, checksum: knownCrc32(object) };
  }
  const pieces: Uint8Array[] = await stream.toArray();
  return { content: pieces, checksum: pieces.reduce((sum, piece) => crc32(piece, sum), 0) };
}

/** What was computed when the object was uploaded, for many clients ask for this very checksum. */
function knownCrc32({ checksum }: ObjectInfo): number | undefined {
  return checksum?.algorithm === 'CRC32' && checksum.type === 'FULL_OBJECT'
    ? Buffer.from(checksum.value, 'base64').readUInt32BE()
    : undefined;
}

function leaveOut(folder: Folder, omission: Omission): void {
  folder.omitted += 1;
  if (folder.omissions.length < mostOmissions) {
    folder.omissions.push(omission);
  }
}

function addOmissions({ zip, omissions, omitted, hasNotice }: Folder): AsyncGenerator<Uint8Array> {
  const rest = omitted - omissions.length;
  const lines = [
    'These objects are not in this zip:',
    '',
    ...omissions.map(({ key, reason }) => `${JSON.stringify(key)}: ${reason}`),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    '',
  ];
  const bytes = Buffer.from(lines.join('\n'));
  // No key is empty, so no object's name has this mark.
  const name = Buffer.from(hasNotice ? markedName(noticeName, '') : noticeName);
  return zip.add({ name, kind: 'file', modifiedAt: new Date(), size: bytes.length, crc32: crc32(bytes) }, [bytes]);
}

/** Gathers what is small and passes on what is large. */
async function* inPieces(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytes) {
    pieces.push(piece);
    size += piece.length;
    if (size >= pieceSize) {
      yield pieces.length === 1 ? piece : Buffer.concat(pieces);
      pieces = [];
      size = 0;
    }
  }
  if (size > 0) {
    yield Buffer.concat(pieces);
  }
}
