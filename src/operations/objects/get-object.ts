import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { checkCustomerKey } from '../encryption/seal-content.js';
import type { CustomerKey, OpenedObject, RangeRequest, ReadConditions, VersionAddress } from '../types.js';
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

const findPartRange = statement(
  'find_part_range',
  `SELECT p.start_at AS start, p.start_at + p.size - 1 AS end FROM version_part p
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
  const range = await rangeOf(context, version, input);
  return range === undefined
    ? { version, object, versioned, length: object.size }
    : { version, object, versioned, range, length: range.end - range.start + 1 };
}

async function rangeOf(
  context: RequestContext,
  version: ReadableVersion,
  input: GetObjectInput,
): Promise<{ start: number; end: number } | undefined> {
  if (input.partNumber !== undefined) {
    return partRange(context, version, input.partNumber);
  }
  return input.range === undefined ? undefined : resolveRange(input.range, version.size);
}

async function partRange(
  context: RequestContext,
  version: ReadableVersion,
  partNumber: number,
): Promise<{ start: number; end: number } | undefined> {
  if (version.partCount === 0 && partNumber === 1) {
    return version.size === 0 ? undefined : { start: 0, end: version.size - 1 };
  }
  const [range] = await context.granary.database.query<{ start: number; end: number }>(findPartRange, [
    version.id,
    partNumber,
  ]);
  if (range === undefined) {
    throw new GranaryError('RangeNotSatisfiable', 'The requested partnumber is not satisfiable', {
      reason: 'InvalidPartNumber',
      data: { ActualPartCount: Math.max(1, version.partCount), PartNumberRequested: partNumber },
    });
  }
  return range;
}
