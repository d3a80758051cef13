import { statement } from '../database/database.js';
import type { Granary } from './context.js';

/** How long the row of an ended upload answers a repeated completion. */
const endedUploadSeconds = 86_400;

const forgetUploads = statement(
  'forget_ended_uploads',
  `DELETE FROM upload WHERE state <> 'OPEN' AND ended_at <= now() - make_interval(secs => $1) RETURNING id`,
);

const forgetTokens = statement(
  'forget_refresh_tokens',
  'DELETE FROM refresh_token WHERE expires_at <= now() RETURNING family',
);

/** Removes what is only kept to answer late questions: ended uploads and refresh tokens past their time. */
export async function forgetEnded(granary: Granary): Promise<{ uploads: number; tokens: number }> {
  const uploads = await granary.database.query(forgetUploads, [endedUploadSeconds]);
  const tokens = await granary.database.query(forgetTokens);
  return { uploads: uploads.length, tokens: tokens.length };
}
