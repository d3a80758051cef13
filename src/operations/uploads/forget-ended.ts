import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';

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

const forgetSessions = statement('forget_sessions', 'DELETE FROM user_session WHERE expires_at <= now() RETURNING id');
const forgetFailures = statement(
  'forget_sign_in_failures',
  `DELETE FROM sign_in_throttle WHERE last_failed_at < now() - interval '1 day'`,
);
const forgetAddresses = statement(
  'forget_sign_in_addresses',
  `DELETE FROM sign_in_address WHERE last_used_at < now() - interval '90 days'`,
);
const forgetChallenges = statement('forget_challenges', 'DELETE FROM sign_in_challenge WHERE expires_at <= now()');
// For a day, who comes with them late is told what is wrong.
const forgetCredentials = statement(
  'forget_session_credentials',
  `DELETE FROM session_credential WHERE expires_at < now() - interval '1 day'`,
);
const forgetShareDownloads = statement(
  'forget_share_downloads',
  'DELETE FROM share_download WHERE expires_at <= now()',
);
const forgetShareAccess = statement(
  'forget_share_access',
  'DELETE FROM share_access WHERE $1 > 0 AND at < now() - make_interval(secs => $1)',
);
const forgetDecisions = statement(
  'forget_decisions',
  'DELETE FROM decision WHERE expires_at <= now() RETURNING action',
);

const forgetJobs = statement(
  'forget_ended_jobs',
  'DELETE FROM folder_job WHERE finished_at <= now() - make_interval(secs => $1)',
);

/** What there was of each. */
export interface ForgottenRows {
  uploads: number;
  tokens: number;
  sessions: number;
  decisions: number;
}

/** Removes what is only kept to answer late questions: ended uploads, sessions past their time, explained denials, visits to share links. */
export async function forgetEnded(granary: Granary): Promise<ForgottenRows> {
  const uploads = await granary.database.query(forgetUploads, [endedUploadSeconds]);
  const tokens = await granary.database.query(forgetTokens);
  await granary.database.query(forgetJobs, [granary.settings.jobRetentionSeconds]);
  const sessions = await granary.database.query(forgetSessions);
  const decisions = await granary.database.query(forgetDecisions);
  for (const forget of [forgetChallenges, forgetCredentials, forgetFailures, forgetAddresses, forgetShareDownloads]) {
    await granary.database.query(forget);
  }
  await granary.database.query(forgetShareAccess, [granary.settings.shareLogSeconds]);
  return {
    uploads: uploads.length,
    tokens: tokens.length,
    sessions: sessions.length,
    decisions: decisions.length,
  };
}
