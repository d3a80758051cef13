import { type Queryable, statement } from '../../database/database.js';
import type { ShareOutcome } from '../../entities/share-access.js';
import type { EventContext } from '../audit/event-origin.js';
import type { Granary } from '../context.js';

export interface ShareVisit {
  linkId: number;
  outcome: `${ShareOutcome}`;
  /** The key or folder that it was about. */
  path: string;
  origin: Pick<EventContext, 'requestId' | 'sourceIp' | 'userAgent'>;
}

const insertAccess = statement(
  'insert_share_access',
  `INSERT INTO share_access (link_id, outcome, path, source_ip, user_agent, request_id)
   SELECT id, $2, $3, $4, $5, $6 FROM share_link WHERE id = $1`,
);

/** As much as is kept of what a client calls itself. */
const longestUserAgent = 256;

/** Keeps who came by a link, and what came of it, in a transaction. */
export async function recordVisit(tx: Queryable, { linkId, outcome, path, origin }: ShareVisit): Promise<void> {
  const userAgent = origin.userAgent?.slice(0, longestUserAgent) ?? null;
  await tx.query(insertAccess, [linkId, outcome, path, origin.sourceIp, userAgent, origin.requestId]);
}

/** The same for what changes nothing: when it cannot be kept, the visitor is served all the same. */
export async function noteVisit({ database, log }: Granary, visit: ShareVisit): Promise<void> {
  try {
    await recordVisit(database, visit);
  } catch (error) {
    log.warn({ error: String(error) }, 'A visit to a share link could not be kept');
  }
}
