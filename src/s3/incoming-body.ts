import { createHash, hash } from 'node:crypto';
import type { IncomingBody } from '../operations/types.js';
import { checksumOf, prepareDigest } from '../storage/checksums.js';
import { RequestBody } from '../wire/request-body.js';
import { askForBody } from './ask-for-body.js';
import type { Exchange, S3Request } from './exchange.js';
import { type ChunkedBody, decodeAwsChunked } from './protocol/aws-chunked.js';
import {
  type ChecksumClaim,
  checksumAlgorithms,
  parseChecksum,
  parseContentMd5,
  readChecksumClaim,
} from './protocol/checksum-headers.js';
import { ChunkSigner } from './protocol/chunk-signer.js';
import { s3Error } from './protocol/s3-error.js';
import { requireBucket } from './require-bucket.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html : one PUT, and one part. */
export const maxPutBytes = 5 * 1024 ** 3;

/** Ten thousand parts with their checksums fit, and so do a thousand long keys. */
const maxDocumentBytes = 2 * 1024 ** 2;

/** For the whole of a document. */
const documentLimitMs = 30_000;

/** The body of an upload, with all that its headers promise of it. */
export function openBody(exchange: Exchange): IncomingBody {
  return openClaimedBody(exchange, readChecksumClaim(exchange.request.headers));
}

function openClaimedBody(exchange: Exchange, claim: ChecksumClaim | undefined): IncomingBody {
  const { request } = exchange;
  const length = bodyLength(exchange);
  if (length > maxPutBytes) {
    throw s3Error('EntityTooLarge', undefined, { ProposedSize: length, MaxSizeAllowed: maxPutBytes });
  }
  const md5 = parseContentMd5(request.headers.values['content-md5']);
  const { payload } = exchange.authentication;
  const body: IncomingBody = { length, stream: new RequestBody(request.message, () => askForBody(request)) };
  if (md5 !== undefined) {
    body.md5 = md5;
  }
  if (payload.kind === 'signed') {
    body.sha256 = payload.sha256;
  }
  let expected = claim?.value;
  if (claim !== undefined) {
    body.checksum = { algorithm: claim.algorithm, expected: () => expected };
  }
  if (claim !== undefined && claim.value === undefined && !(payload.kind === 'chunked' && payload.trailer)) {
    throw s3Error('InvalidRequest', 'x-amz-trailer needs a streaming payload with a trailer.');
  }
  if (payload.kind === 'chunked') {
    const onTrailer = (fields: ReadonlyMap<string, string>) => {
      expected = readTrailer(fields, claim) ?? expected;
    };
    body.stream = decodeAwsChunked(body.stream, chunkedBody(exchange, length, payload.trailer ? onTrailer : undefined));
  }
  return body;
}

/** The whole of a small body, checked against all that its headers promise. Nothing is said of one for no bucket. */
export async function readDocument(exchange: Exchange, most = maxDocumentBytes): Promise<Buffer> {
  await requireBucket(exchange);
  return readFirstDocument(exchange, most);
}

/** As {@link readDocument}, of a bucket that is not there yet. */
export async function readFirstDocument(exchange: Exchange, most = maxDocumentBytes): Promise<Buffer> {
  refuseChunks(exchange);
  return collect(exchange, openBody(exchange), most);
}

/** As {@link readDocument}, for documents that must come with a digest. */
export async function readDigestedDocument(exchange: Exchange): Promise<Buffer> {
  await requireBucket(exchange);
  refuseChunks(exchange);
  if (!hasDigest(exchange)) {
    throw s3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  return readDocument(exchange);
}

/** As {@link readDocument} where a checksum header is not the document's but that of the object it completes. */
export async function readCompletion(exchange: Exchange): Promise<Buffer> {
  refuseChunks(exchange);
  return collect(exchange, openClaimedBody(exchange, undefined));
}

/** The coding by chunks is for what streams, objects and parts. */
function refuseChunks({ authentication }: Exchange): void {
  if (authentication.payload.kind === 'chunked') {
    throw s3Error('InvalidRequest', 'The value of x-amz-content-sha256 header is invalid.');
  }
}

async function collect(exchange: Exchange, body: IncomingBody, most = maxDocumentBytes): Promise<Buffer> {
  if (bodyLength(exchange) > most) {
    throw s3Error('MaxMessageLengthExceeded', undefined, { MaxMessageLengthBytes: most });
  }
  const bytes = await withinLimit(exchange, allOf(body.stream));
  if (bytes.length !== body.length) {
    throw s3Error('IncompleteBody');
  }
  await prepareDigest(body.checksum?.algorithm);
  verifyDocument(bytes, body);
  return bytes;
}

async function allOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** A document is small: who sends it slower than this holds a connection for nothing. */
export async function withinLimit<T>({ request }: Pick<Exchange, 'request'>, reading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(s3Error('RequestTimeout')), documentLimitMs);
  });
  try {
    return await Promise.race([reading, late]);
  } catch (error) {
    // What the reading says after it was given up is of no consequence.
    reading.catch(() => undefined);
    request.message.pause();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** True when the request declares a body that is not empty. */
export function hasBody({ headers }: S3Request): boolean {
  return headers.values['transfer-encoding'] !== undefined || Number(headers.values['content-length'] ?? 0) > 0;
}

/** True when headers promise a digest of the body. */
export function hasDigest(exchange: Exchange): boolean {
  const { headers } = exchange.request;
  return headers.values['content-md5'] !== undefined || readChecksumClaim(headers) !== undefined;
}

function bodyLength({ request, authentication }: Exchange): number {
  const name = authentication.payload.kind === 'chunked' ? 'x-amz-decoded-content-length' : 'content-length';
  const text = request.headers.values[name];
  if (text === undefined) {
    throw s3Error('MissingContentLength');
  }
  if (!/^\d+$/.test(text)) {
    if (name !== 'content-length') {
      throw s3Error('MissingContentLength');
    }
    throw s3Error('InvalidArgument', `${name} must be a number of bytes.`, { ArgumentName: name, ArgumentValue: text });
  }
  return Number(text);
}

function chunkedBody(
  { authentication }: Exchange,
  decodedLength: number,
  onTrailer: ChunkedBody['onTrailer'],
): ChunkedBody {
  const body: ChunkedBody = { decodedLength };
  if (authentication.chunkSigning !== undefined) {
    body.signer = new ChunkSigner(authentication.chunkSigning);
  }
  if (onTrailer !== undefined) {
    body.onTrailer = onTrailer;
  }
  return body;
}

/** The checksum in a trailer, which must be the announced one and no other. */
function readTrailer(fields: ReadonlyMap<string, string>, claim: ChecksumClaim | undefined): Buffer | undefined {
  const announced =
    claim === undefined || claim.value !== undefined ? undefined : checksumAlgorithms[claim.algorithm].header;
  const isAsAnnounced = announced === undefined ? fields.size === 0 : fields.size === 1 && fields.has(announced);
  if (!isAsAnnounced) {
    throw s3Error('MalformedTrailerError');
  }
  return claim === undefined || announced === undefined
    ? undefined
    : parseChecksum(claim.algorithm, fields.get(announced) ?? '', 'trailing header');
}

function verifyDocument(bytes: Buffer, { md5, sha256, checksum }: IncomingBody): void {
  const computed = sha256 && hash('sha256', bytes, 'hex');
  if (sha256 !== undefined && computed !== sha256.toString('hex')) {
    throw s3Error('XAmzContentSHA256Mismatch', undefined, {
      ClientComputedContentSHA256: sha256.toString('hex'),
      S3ComputedContentSHA256: computed ?? '',
    });
  }
  if (md5 !== undefined && !createHash('md5').update(bytes).digest().equals(md5)) {
    throw s3Error('BadDigest');
  }
  const expected = checksum?.expected();
  if (checksum !== undefined && expected !== undefined && !checksumOf(checksum.algorithm, bytes).equals(expected)) {
    throw s3Error('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
  }
}
