import { Readable } from 'node:stream';
import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import type { Granary } from './context.js';
import type { ReadableVersion } from './find-version.js';
import type { OpenedObject } from './types.js';
import { verifyContent } from './verify-content.js';

interface PartRow {
  startAt: number;
  size: number;
  path: string | null;
  content: Buffer | null;
  sha256: Buffer;
}

interface Range {
  start: number;
  end: number;
}

const findParts = statement(
  'find_content_parts',
  `SELECT p.start_at AS "startAt", p.size, b.path, b.content, b.address AS sha256
   FROM version_part p JOIN blob b ON b.live_id = p.blob_id
   WHERE p.version_id = $1 AND p.start_at <= $3 AND p.start_at + p.size > $2
   ORDER BY p.part_number`,
);

/** The bytes of a version or of a range of it, by whatever way they are kept. */
export function contentOf(granary: Granary, version: ReadableVersion, range: Range | undefined): OpenedObject['body'] {
  if (version.size === 0) {
    return { kind: 'bytes', bytes: Buffer.alloc(0) };
  }
  if (version.content !== null) {
    return { kind: 'bytes', bytes: slice(version.content, range) };
  }
  return { kind: 'stream', open: () => openStream(granary, version, range) };
}

async function openStream(granary: Granary, version: ReadableVersion, range: Range | undefined): Promise<Readable> {
  if (version.path !== null && version.sha256 !== null) {
    return granary.store.openBlob({ path: version.path, size: version.size, sha256: version.sha256 }, range);
  }
  const wanted = range ?? { start: 0, end: version.size - 1 };
  const parts = await granary.database.query<PartRow>(findParts, [version.id, wanted.start, wanted.end]);
  const covered = parts.reduce((sum, part) => sum + overlap(part, wanted), 0);
  if (covered !== wanted.end - wanted.start + 1) {
    throw new GranaryError('Unavailable', 'The object was replaced while it was being opened. Try again.');
  }
  return Readable.from(readParts(granary, parts, wanted), { objectMode: false });
}

/** One part after the other; the next one's file is opened only when it is reached. */
async function* readParts(granary: Granary, parts: PartRow[], wanted: Range): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const range = {
      start: Math.max(0, wanted.start - part.startAt),
      end: Math.min(part.size - 1, wanted.end - part.startAt),
    };
    const whole = range.start === 0 && range.end === part.size - 1;
    if (part.path === null) {
      yield slice(verifyContent(part.content ?? Buffer.alloc(0), part.sha256), range);
    } else {
      yield* await granary.store.openBlob({ ...part, path: part.path }, whole ? undefined : range);
    }
  }
}

function overlap(part: PartRow, wanted: Range): number {
  return Math.min(part.startAt + part.size - 1, wanted.end) - Math.max(part.startAt, wanted.start) + 1;
}

function slice(bytes: Buffer, range: Range | undefined): Buffer {
  return range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
}
