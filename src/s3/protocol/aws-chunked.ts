import { ByteCursor } from './byte-cursor.js';
import type { ChunkSigner } from './chunk-signer.js';
import { malformedChunks } from './malformed-chunks.js';
import { s3Error } from './s3-error.js';

/** A chunk's size, its signature and trailer fields are short; whatever is longer is not meant well. */
const maxLineBytes = 16 * 1024;
const maxTrailerLines = 32;

export interface ChunkedBody {
  /** `x-amz-decoded-content-length` */
  decodedLength: number;
  /** Absent when the chunks carry no signatures. */
  signer?: ChunkSigner;
  /** Takes the trailer's fields, by lower-case name; absent when the body has no trailer. */
  onTrailer?(fields: ReadonlyMap<string, string>): void;
}

/**
 * Undoes the `aws-chunked` coding (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html). Bytes are
 * passed on as they come, without a copy; a chunk's signature is known to be right when the next bytes, or the end,
 * come. Whoever reads must not make anything visible before the end.
 */
export async function* decodeAwsChunked(source: AsyncIterable<Uint8Array>, body: ChunkedBody): AsyncGenerator<Buffer> {
  const cursor = new ByteCursor(source, maxLineBytes);
  try {
    let remaining = body.decodedLength;
    for (;;) {
      const header = parseChunkHeader(await cursor.line(), body.signer !== undefined);
      if (header.size > remaining) {
        throw s3Error('IncompleteBody', undefined, {
          Detail: 'There are more bytes than x-amz-decoded-content-length says.',
        });
      }
      remaining -= header.size;
      let left = header.size;
      while (left > 0) {
        const bytes = await cursor.take(left);
        body.signer?.update(bytes);
        left -= bytes.length;
        yield bytes;
      }
      body.signer?.endChunk(header.signature);
      if (header.size === 0) {
        break;
      }
      await expectLineEnd(cursor);
    }
    if (remaining > 0) {
      throw s3Error('IncompleteBody');
    }
    await readEnd(cursor, body);
  } finally {
    await cursor.close();
  }
}

interface ChunkHeader {
  size: number;
  signature: string;
}

function parseChunkHeader(line: string, signed: boolean): ChunkHeader {
  const semicolon = line.indexOf(';');
  const size = semicolon < 0 ? line : line.slice(0, semicolon);
  if (!/^[0-9a-fA-F]{1,12}$/.test(size)) {
    throw malformedChunks('A chunk does not begin with its size.');
  }
  const extension = semicolon < 0 ? '' : line.slice(semicolon + 1);
  const signature = /^chunk-signature=([0-9a-f]{64})$/.exec(extension)?.[1];
  if (signed && signature === undefined) {
    throw malformedChunks('A chunk has no signature.');
  }
  return { size: Number.parseInt(size, 16), signature: signature ?? '' };
}

async function readEnd(cursor: ByteCursor, body: ChunkedBody): Promise<void> {
  if (body.onTrailer === undefined) {
    // Some clients leave the last line end out.
    if (!(await cursor.atEnd())) {
      await expectLineEnd(cursor);
    }
  } else {
    body.onTrailer(await readTrailer(cursor, body.signer));
  }
  if (!(await cursor.atEnd())) {
    throw malformedChunks('Bytes follow the last chunk.');
  }
}

async function readTrailer(cursor: ByteCursor, signer: ChunkSigner | undefined): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  let canonical = '';
  let signature: string | undefined;
  for (let lines = 0; ; lines++) {
    const line = await trailerLine(cursor);
    if (line === '') {
      break;
    }
    const colon = line.indexOf(':');
    if (colon < 1 || lines >= maxTrailerLines) {
      throw s3Error('MalformedTrailerError');
    }
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      signature = value;
    } else if (fields.has(name)) {
      throw s3Error('MalformedTrailerError');
    } else {
      fields.set(name, value);
      canonical += `${name}:${value}\n`;
    }
  }
  if (signer !== undefined) {
    if (signature === undefined) {
      throw s3Error('MalformedTrailerError', undefined, { Detail: 'The trailer has no x-amz-trailer-signature.' });
    }
    signer.endTrailer(canonical, signature);
  }
  return fields;
}

/** AWS's own example ends trailer fields with a bare LF, and not every client sends the empty line after them. */
async function trailerLine(cursor: ByteCursor): Promise<string> {
  return (await cursor.atEnd()) ? '' : cursor.line('LF');
}

async function expectLineEnd(cursor: ByteCursor): Promise<void> {
  if ((await cursor.line()) !== '') {
    throw malformedChunks('A chunk is longer than its size says.');
  }
}
