import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { checkCustomerKey } from '../encryption/seal-content.js';
import type {
  CustomerKey,
  ObjectChecksum,
  ObjectInfo,
  OpenedObject,
  RangeRequest,
  ReadConditions,
  VersionAddress,
} from '../types.js';
import { type FindVersionInput, findVersion, type ReadableVersion } from './find-version.js';
import { contentOf } from './open-content.js';
import { checkReadConditions, resolveRange } from './read-conditions.js';
import { toObjectInfo } from './version-row.js';

export interface GetObjectInput extends VersionAddress {
  range?: RangeRequest;
  /** 1 to 10000: the bytes of one part of a multipart object. */
  partNumber?: number;
  conditions?: ReadConditions;
  /** Of an object with SSE-C. */
  customerKey?: CustomerKey;
}

const findPart = statement(
  'find_part',
  `SELECT p.start_at AS start, p.start_at + p.size - 1 AS end, p.checksum FROM version_part p
   WHERE p.version_id = $1 AND p.part_number = $2`,
);

/** Opens a version, or a range or part of it, for reading. Conditions are judged before the range, as RFC 9110 has it. */
export async function getObject(context: RequestContext, input: GetObjectInput): Promise<OpenedObject> {
  const { version, range, ...head } = await locate(context, input, 'content');
  return {
    ...head,
    ...(range === undefined ? {} : { range }),
    body: contentOf(context.granary, version, { range, customerKey: input.customerKey }),
  };
}

/** What {@link getObject} would say, without the bytes. */
export async function headObject(context: RequestContext, input: GetObjectInput): Promise<Omit<OpenedObject, 'body'>> {
  const { version: _, ...head } = await locate(context, input, 'head');
  return head;
}

/** What is known of a version. Where only the client can open the bytes, it is known without the client's key as well. */
export async function describeObject(
  context: RequestContext,
  address: VersionAddress & Pick<FindVersionInput, 'markers'>,
): Promise<ObjectInfo> {
  const { version } = await findVersion(context, { ...address, want: 'head', action: 's3:GetObject' });
  return toObjectInfo(version);
}

interface Located extends Omit<OpenedObject, 'body'> {
  version: ReadableVersion;
}

async function locate(
  context: RequestContext,
  input: GetObjectInput,
  want: FindVersionInput['want'],
): Promise<Located> {
  const { bucket, version } = await findVersion(context, { ...input, want, action: 's3:GetObject' });
  checkCustomerKey(version.encryption, input.customerKey);
  const versioned = bucket.versioning !== 'UNVERSIONED';
  const object = toObjectInfo(version);
  checkReadConditions(object, input.conditions);
  const piece = await pieceOf(context, version, input);
  if (piece === undefined) {
    return { version, object, versioned, length: object.size, checksum: object.checksum };
  }
  const { checksum, ...range } = piece;
  return { version, object, versioned, range, length: range.end - range.start + 1, checksum };
}

interface StoredPiece {
  start: number;
  end: number;
  checksum: string | null;
}

/** A range or a part, and what is known of its bytes. */
interface Piece {
  start: number;
  end: number;
  checksum: ObjectChecksum | null;
}

async function pieceOf(
  context: RequestContext,
  version: ReadableVersion,
  input: GetObjectInput,
): Promise<Piece | undefined> {
  if (input.partNumber !== undefined) {
    return partOf(context, version, input.partNumber);
  }
  const range = input.range && resolveRange(input.range, version.size);
  return range && { ...range, checksum: null };
}

async function partOf(
  context: RequestContext,
  version: ReadableVersion,
  partNumber: number,
): Promise<Piece | undefined> {
  if (version.partCount === 0 && partNumber === 1) {
    return version.size === 0 ? undefined : { start: 0, end: version.size - 1, checksum: version.checksum };
  }
  const [part] = await context.granary.database.query<StoredPiece>(findPart, [version.id, partNumber]);
  if (part === undefined) {
    throw new GranaryError('RangeNotSatisfiable', 'The requested partnumber is not satisfiable', {
      reason: 'InvalidPartNumber',
      data: { ActualPartCount: Math.max(1, version.partCount), PartNumberRequested: partNumber },
    });
  }
  const { checksum: value, ...range } = part;
  const whole = version.checksum;
  return { ...range, checksum: value === null || whole === null ? null : { ...whole, value } };
}
