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
  `SELECT n AS "partNumber" FROM generate_series(1, $2::integer) n
   WHERE NOT EXISTS (SELECT FROM upload_part p WHERE p.upload_id = $1::uuid AND p.part_number = n) ORDER BY n LIMIT $3`,
);

/** What lets whoever holds it send one part. */
export interface PartLink {
  partNumber: number;
  /** Where the part begins in the object, and how many bytes it has; null when the size was not announced. */
  offset: number | null;
  size: number | null;
  token: string;
}

/**
 * Tokens for parts: those named, else the first hundred that are missing. They have the rights of their maker. Uploads by
 * tus get none.
 */
export async function createPartLinks(
  context: RequestContext,
  staged: StagedUpload,
  { partNumbers, expiresIn }: { partNumbers?: number[] | undefined; expiresIn: number },
): Promise<PartLink[]> {
  const { userId } = requireUser(context);
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > longestLink) {
    throw new GranaryError('InvalidInput', `"expiresIn" must be 1 to ${longestLink} seconds.`, {
      field: ['expiresIn'],
    });
  }
  await openBucket(await askingForPart(context, staged.address), staged.address, 's3:PutObject');
  if (staged.upload.state !== 'OPEN') {
    throw noSuchUpload(staged.upload.id);
  }
  if (isInOrder(staged)) {
    return [];
  }
  const numbers = partNumbers ?? (await missingOf(context, staged));
  if (numbers.length > mostLinks) {
    throw new GranaryError('InvalidInput', `At most ${mostLinks} parts at once.`, { field: ['partNumbers'] });
  }
  numbers.forEach(requirePartNumber);
  const exp = Math.floor(Date.now() / 1000) + expiresIn;
  const limits = inheritedLimits(context);
  return numbers.map((partNumber) => ({
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

async function missingOf({ granary }: RequestContext, { upload }: StagedUpload): Promise<number[]> {
  const { plannedSize: size, partSize } = upload;
  const count = size === null || partSize === null ? mostLinks : partsOf({ size, partSize });
  const rows = await granary.database.query<{ partNumber: number }>(missingParts, [upload.id, count, mostLinks]);
  return rows.map(({ partNumber }) => partNumber);
}

function extentOf({ upload }: StagedUpload, partNumber: number): Pick<PartLink, 'offset' | 'size'> {
  const { plannedSize, partSize } = upload;
  if (plannedSize === null || partSize === null) {
    return { offset: null, size: null };
  }
  const offset = Math.min((partNumber - 1) * partSize, plannedSize);
  return { offset, size: Math.min(partSize, plannedSize - offset) };
}
