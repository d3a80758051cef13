import { type Queryable, statement } from '../../database/database.js';
import type { ZipFolderInput } from '../archives/zip-folder.js';
import { recordEvent } from '../audit/record-event.js';
import type { ObjectInfo } from '../types.js';
import { noteVisit, recordVisit } from './note-share-visit.js';
import { type OpenShare, shareEnded, visitorNetwork } from './open-share.js';

/** For so long, and for so many times its size, a download may be gone on with by ranges. */
const resumableSeconds = 86_400;
const allowance = 2;

const spendAllowance = statement(
  'spend_share_allowance',
  `UPDATE share_download SET bytes_left = bytes_left - $4
   WHERE link_id = $1 AND version_id = $2 AND network = $3 AND bytes_left >= $4 AND expires_at > now()
     AND EXISTS (SELECT FROM share_link l WHERE l.id = $1 AND l.revoked_at IS NULL) RETURNING 1`,
);
/** Ranges that are asked for at once wait here for the one that is counted for all of them. */
const lockLink = statement('lock_share_link_to_count', 'SELECT 1 FROM share_link WHERE id = $1 FOR UPDATE');
const grantAllowance = statement(
  'grant_share_allowance',
  `INSERT INTO share_download (link_id, version_id, network, bytes_left, expires_at)
   VALUES ($1, $2, $3, $4, now() + make_interval(secs => ${resumableSeconds}))
   ON CONFLICT (link_id, version_id, network) DO UPDATE SET bytes_left = excluded.bytes_left,
     expires_at = excluded.expires_at`,
);

/** One row, one after the other: however many ask at once, no more than are left get one. */
const takeDownload = statement(
  'take_share_download',
  `UPDATE share_link SET downloads = downloads + 1, last_used_at = now()
   WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
     AND (max_downloads IS NULL OR downloads < max_downloads) RETURNING id`,
);

/** What is about to be sent of an object. */
export interface WantedBytes {
  object: Pick<ObjectInfo, 'id' | 'key' | 'size'>;
  bytes: number;
  extent: 'range' | 'whole';
}

/**
 * Counts a download, unless it goes on with one that was counted: the same address asks for ranges of the same version,
 * within a day, and for no more than twice its size in all. Throws when the link has no download left.
 */
export async function countShareDownload(share: OpenShare, { object, bytes, extent }: WantedBytes): Promise<void> {
  const { link, origin, context } = share;
  const { database } = context.granary;
  const network = visitorNetwork(origin);
  const isSpent = async (on: Queryable) =>
    extent === 'range' && (await on.query(spendAllowance, [link.id, object.id, network, bytes])).length > 0;
  if (!(await isSpent(database))) {
    const left = Math.max(0, object.size * allowance - bytes);
    await take(share, object.key, {
      isSpent,
      grant: async (tx) => {
        await tx.query(grantAllowance, [link.id, object.id, network, left]);
      },
    });
  }
}

/** What a range may be, and what a counted download is good for beside. */
interface Resuming {
  isSpent(tx: Queryable): Promise<boolean>;
  grant(tx: Queryable): Promise<void>;
}

/** The same for a zip, which is always one download. */
export function countShareZip(share: OpenShare, { prefix }: ZipFolderInput): Promise<void> {
  return take(share, prefix);
}

async function take(share: OpenShare, path: string, resuming?: Resuming): Promise<void> {
  const { link, origin, context } = share;
  const { requestId, sourceIp, userAgent } = origin;
  const isTaken = await context.granary.database.transaction(async (tx) => {
    await tx.query(lockLink, [link.id]);
    if (await resuming?.isSpent(tx)) {
      return true;
    }
    if ((await tx.query(takeDownload, [link.id])).length === 0) {
      return false;
    }
    await resuming?.grant(tx);
    await recordVisit(tx, { linkId: link.id, outcome: 'DOWNLOADED', path, origin });
    const { tenantId, bucketId } = link;
    const details = { shareLinkId: link.id, path };
    // The visitor did it, and not the link's maker, whoever the visitor may be.
    const event = { action: 'granary:UseShareLink', tenantId, bucketId, details };
    await recordEvent(tx, { requestId, sourceIp, userAgent }, event);
    return true;
  });
  if (!isTaken) {
    void noteVisit(context.granary, { linkId: link.id, outcome: 'REFUSED', path, origin });
    throw shareEnded(link.passwordHash === null ? 'UNKNOWN' : 'USED_UP');
  }
}
