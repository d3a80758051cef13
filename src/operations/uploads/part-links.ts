import { signUploadLink } from '../../auth/upload-link.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { askingForPart } from '../access/asking-for-part.js';
import { openBucket, requireUser } from '../access/authorize.js';
import { inheritedLimits } from '../access/inherited-limits.js';
import type { RequestContext } from '../context.js';
import { noSuchUpload } from '../objects/write-outcome.js';
import { requirePartNumber } from './put-part.js';
import type { StagedUpload } from './staged-upload.js';
import { partsOf } from './start-upload.js';

const longestLink = 7 * 86_400;
const mostLinks = 100;

const missingParts = statement(
  'list_missing_parts',
  `SELECT q.place, m.n AS "partNumber" FROM unnest($1::uuid[], $2::integer[]) WITH ORDINALITY AS q (id, count, place)
   CROSS JOIN LATERAL (
     SELECT n FROM generate_series(1, q.count) n
     WHERE NOT EXISTS (SELECT FROM upload_part p WHERE p.upload_id = q.id AND p.part_number = n) ORDER BY n LIMIT $3
   ) m ORDER BY q.place, m.n`,
);

/** For which parts of an upload links are wanted, and for how many seconds. */
export interface WantedLinks {
  staged: StagedUpload;
  partNumbers?: number[] | undefined;
  expiresIn: number;
}

/** What lets whoever holds it send one part. */
export interface PartLink {
  partNumber: number;
  /** Where the part begins in the object, and how many bytes it has; null when the size was not announced. */
  offset: number | null;
  size: number | null;
  token: string;
}

/**
 * Tokens for parts: those named, else the first hundred that are missing, with one query for all uploads. They have the
 * rights of their maker. Uploads by tus get none. What is refused of one upload is given in its place.
 */
export async function createPartLinks(
  context: RequestContext,
  wanted: readonly WantedLinks[],
): Promise<(PartLink[] | Error)[]> {
  const permitted = await Promise.allSettled(wanted.map((one) => permit(context, one)));
  const allowed = wanted.filter((_, index) => permitted[index]?.status === 'fulfilled');
  const missing = await missingOf(context, allowed);
  return wanted.map((one, index) => {
    const { reason } = permitted[index] as { reason?: Error };
    return reason ?? linksTo(context, one, one.partNumbers ?? missing.get(one) ?? []);
  });
}

/** Throws when the caller may not send parts of the upload, or asks for what there is not. */
async function permit(context: RequestContext, { staged, partNumbers = [], expiresIn }: WantedLinks): Promise<void> {
  requireUser(context);
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > longestLink) {
    throw new GranaryError('InvalidInput', `"expiresIn" must be 1 to ${longestLink} seconds.`, {
      field: ['expiresIn'],
    });
  }
  await openBucket(await askingForPart(context, staged.address, staged.upload), staged.address, 's3:PutObject');
  if (staged.upload.state !== 'OPEN') {
    throw noSuchUpload(staged.upload.id);
  }
  if (partNumbers.length > mostLinks) {
    throw new GranaryError('InvalidInput', `At most ${mostLinks} parts at once.`, { field: ['partNumbers'] });
  }
  partNumbers.forEach(requirePartNumber);
}

function linksTo(context: RequestContext, { staged, expiresIn }: WantedLinks, numbers: readonly number[]): PartLink[] {
  const { userId } = requireUser(context);
  const exp = Math.floor(Date.now() / 1000) + expiresIn;
  const limits = inheritedLimits(context);
  const sent = isInOrder(staged) ? [] : numbers;
  return sent.map((partNumber) => ({
    partNumber,
    ...extentOf(staged, partNumber),
    token: signUploadLink(context.granary.secretBox, {
      ...{ userId, uploadId: staged.upload.id, partNumber, exp, limits },
    }),
  }));
}

/** By tus bytes come one after the other: a part of any number would be taken as the next ones. */
function isInOrder({ upload }: StagedUpload): boolean {
  return upload.tus !== null && upload.partSize === null;
}

async function missingOf(
  { granary }: RequestContext,
  wanted: readonly WantedLinks[],
): Promise<Map<WantedLinks, number[]>> {
  const asked = wanted.filter(({ staged, partNumbers }) => partNumbers === undefined && !isInOrder(staged));
  if (asked.length === 0) {
    return new Map();
  }
  const values = [asked.map(({ staged }) => staged.upload.id), asked.map(({ staged }) => countOf(staged)), mostLinks];
  const rows = await granary.database.query<{ place: number; partNumber: number }>(missingParts, values);
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  return new Map(asked.map((one, index) => [one, (byPlace.get(index + 1) ?? []).map(({ partNumber }) => partNumber)]));
}

function countOf({ upload: { plannedSize: size, partSize } }: StagedUpload): number {
  return size === null || partSize === null ? mostLinks : partsOf({ size, partSize });
}

function extentOf({ upload }: StagedUpload, partNumber: number): Pick<PartLink, 'offset' | 'size'> {
  const { plannedSize, partSize } = upload;
  if (plannedSize === null || partSize === null) {
    return { offset: null, size: null };
  }
  const offset = Math.min((partNumber - 1) * partSize, plannedSize);
  return { offset, size: Math.min(partSize, plannedSize - offset) };
}
