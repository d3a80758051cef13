import { Readable } from 'node:stream';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { noticeDamage, refuseCorrupt } from '../blobs/notice-damage.js';
import { type BlobRow, blobColumns, openFile } from '../blobs/open-file.js';
import type { Granary } from '../context.js';
import { unseal } from '../encryption/seal-content.js';
import type { CustomerKey, OpenedObject } from '../types.js';
import type { ReadableVersion } from './find-version.js';

interface PartRow extends BlobRow {
  content: Buffer | null;
  startAt: number;
  /** It is damaged, and there is no second copy. */
  isLost: boolean;
}

interface Range {
  start: number;
  end: number;
}

/** What is to be read of a version. */
export interface ContentWanted {
  /** Inclusive; all of it when absent. */
  range?: Range | undefined;
  /** Of an object with SSE-C, checked already. */
  customerKey?: CustomerKey | undefined;
}

const findParts = statement(
  'find_content_parts',
  `SELECT p.start_at AS "startAt", b.content, ${blobColumns},
     CASE WHEN b.damage IS NULL THEN false
       ELSE NOT EXISTS (SELECT FROM blob_copy c WHERE c.blob_id = b.id AND c.state = 'PLACED') END AS "isLost"
   FROM version_part p JOIN blob b ON b.live_id = p.blob_id
   WHERE p.version_id = $1 AND p.start_at <= $3 AND p.start_at + p.size > $2
   ORDER BY p.part_number`,
);

/** The bytes of a version or of a range of it, by whatever way they are kept. */
export function contentOf(granary: Granary, version: ReadableVersion, wanted: ContentWanted): OpenedObject['body'] {
  if (version.size === 0) {
    return { kind: 'bytes', bytes: Buffer.alloc(0) };
  }
  if (version.content !== null) {
    return { kind: 'bytes', bytes: slice(version.content, wanted.range) };
  }
  return { kind: 'stream', open: () => openStream(granary, version, wanted) };
}

/** The content of a small blob, which is in its row. @throws GranaryError Internal, reason `CorruptBlob`. */
export async function openRowContent(
  granary: Granary,
  row: Pick<ReadableVersion, 'content' | 'size' | 'sha256' | 'format' | 'wrappedKey' | 'blobId' | 'damage'>,
  customerKey: CustomerKey | undefined,
): Promise<Buffer> {
  const { content, sha256, format, blobId } = row;
  if (content === null || sha256 === null || format === null || blobId === null) {
    throw new GranaryError('Internal', 'A version without small bytes was read as if it had them.');
  }
  refuseCorrupt(row.damage);
  const seal = await unseal(granary, row, customerKey);
  const { size, wrappedKey } = row;
  return noticeDamage(granary, { blobId, path: null, wrappedKey }, () =>
    granary.store.openInline(content, { size, storedSize: content.length, sha256, format, seal }),
  );
}

async function openStream(granary: Granary, version: ReadableVersion, wanted: ContentWanted): Promise<Readable> {
  const { path, sha256, blobId, format, blobStoredSize: storedSize } = version;
  if (path !== null && sha256 !== null && blobId !== null && format !== null && storedSize !== null) {
    return openFile(granary, { ...version, path, sha256, blobId, format, storedSize }, wanted);
  }
  const range = wanted.range ?? { start: 0, end: version.size - 1 };
  const parts = await granary.database.query<PartRow>(findParts, [version.id, range.start, range.end]);
  const covered = parts.reduce((sum, part) => sum + overlap(part, range), 0);
  if (covered !== range.end - range.start + 1) {
    throw new GranaryError('Unavailable', 'The object was replaced while it was being opened. Try again.');
  }
  // Before the first part is sent, for then there can still be an answer.
  for (const part of parts.filter(({ isLost }) => isLost)) {
    await refuseLost(granary, part, wanted);
  }
  const pieces = readParts(granary, { version, parts }, { ...wanted, range });
  // What is wrong with the first part can still be an answer, too.
  const first = await pieces.next();
  const content = Readable.from(pieces, { objectMode: false });
  content.unshift(first.value);
  return content;
}

/** A part that was found missing may be back. */
async function refuseLost(granary: Granary, part: PartRow, { customerKey }: ContentWanted): Promise<void> {
  refuseCorrupt(part.damage);
  if (part.path !== null) {
    const row = { ...part, path: part.path };
    const stream = await openFile(granary, row, { customerKey, range: { start: 0, end: 0 } });
    stream.destroy();
  }
}

/** One part after the other; the next one's file is opened only when it is reached. */
async function* readParts(
  granary: Granary,
  { version, parts }: { version: ReadableVersion; parts: PartRow[] },
  { range: wanted, customerKey }: ContentWanted & { range: Range },
): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const range = {
      start: Math.max(0, wanted.start - part.startAt),
      end: Math.min(part.size - 1, wanted.end - part.startAt),
    };
    const isWhole = range.start === 0 && range.end === part.size - 1;
    if (part.path === null) {
      yield slice(await openRowContent(granary, part, customerKey), range);
    } else {
      yield* await openPart(granary, version, {
        part: { ...part, path: part.path },
        wanted: { customerKey, range: isWhole ? undefined : range },
      });
    }
  }
}

/** A part of a long download may have moved to another store, and its old file may be gone, before its turn comes. */
async function openPart(
  granary: Granary,
  version: ReadableVersion,
  { part, wanted }: { part: PartRow & { path: string }; wanted: ContentWanted },
): Promise<Readable> {
  try {
    return await openFile(granary, part, wanted);
  } catch (error) {
    const [now] = await granary.database.query<PartRow>(findParts, [version.id, part.startAt, part.startAt]);
    if (now === undefined || now.path === null || now.blobId === part.blobId) {
      throw error;
    }
    return openFile(granary, { ...now, path: now.path }, wanted);
  }
}

function overlap(part: PartRow, wanted: Range): number {
  return Math.min(part.startAt + part.size - 1, wanted.end) - Math.max(part.startAt, wanted.start) + 1;
}

function slice(bytes: Buffer, range: Range | undefined): Buffer {
  return range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
}
