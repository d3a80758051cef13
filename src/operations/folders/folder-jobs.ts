import { type Statement, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { type ActionResource, authorizeAction, mayAct } from '../access/authorize-action.js';
import { resolveActedFor } from '../access/identity-access.js';
import type { Granary, RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { type FolderJobErrorInfo, type FolderJobInfo, jobColumns } from './folder-job.js';

export interface OwnedJob extends FolderJobInfo {
  /** Null when the user is of another tenant, or gone. */
  actorName: string | null;
}

const ownedColumns = `${jobColumns},
  (SELECT u.username FROM user_account u WHERE u.id = j.actor_id AND u.tenant_id = j.tenant_id) AS "actorName"`;

const loadJobs = statement(
  'load_folder_jobs',
  `SELECT ${ownedColumns} FROM folder_job j WHERE j.id = ANY ($1::bigint[])`,
);

type Scope = 'tenant_id' | 'actor_id';

function lists(scope: Scope): Record<'forward' | 'backward' | 'count', Statement> {
  return {
    forward: statement(
      `list_folder_jobs_by_${scope}`,
      `SELECT ${jobColumns} FROM folder_job j
       WHERE j.${scope} = $1 AND ($2::bigint IS NULL OR j.id < $2) ORDER BY j.id DESC LIMIT $3`,
    ),
    backward: statement(
      `list_folder_jobs_by_${scope}_backward`,
      `SELECT ${jobColumns} FROM folder_job j
       WHERE j.${scope} = $1 AND ($2::bigint IS NULL OR j.id > $2) ORDER BY j.id LIMIT $3`,
    ),
    count: statement(
      `count_folder_jobs_by_${scope}`,
      `SELECT count(*) AS count FROM folder_job j WHERE j.${scope} = $1`,
    ),
  };
}

const jobsOf: Record<Scope, ReturnType<typeof lists>> = { tenant_id: lists('tenant_id'), actor_id: lists('actor_id') };

const errorColumns = 'e.id, e.key, e.version AS "versionId", e.kind, e.message, e.at';
const listErrors = statement(
  'list_folder_job_errors',
  `SELECT j.id AS "jobId", e.* FROM unnest($1::bigint[]) AS j(id) CROSS JOIN LATERAL (
     SELECT ${errorColumns} FROM folder_job_error e WHERE e.job_id = j.id AND e.id > $2 ORDER BY e.job_id, e.id LIMIT $3
   ) e ORDER BY j.id, e.id`,
);

export interface ErrorPage {
  errors: FolderJobErrorInfo[];
  truncated: boolean;
}

export interface JobsOf {
  /** The caller's own when absent. Of a tenant that is named alone, all. */
  tenant?: string | undefined;
  username?: string | undefined;
}

/** Jobs, the newest first; `after` is an id. One's own, another user's, or all of a tenant. */
export async function listFolderJobs(
  context: RequestContext,
  input: JobsOf & PageRequest,
): Promise<{ jobs: FolderJobInfo[]; truncated: boolean }> {
  const { scope, id } = await scopeOf(context, input);
  const list = jobsOf[scope][input.direction ?? 'forward'];
  const rows = await context.granary.database.query<FolderJobInfo>(list, [id, rowId(input.after), input.limit + 1]);
  const { items, truncated } = toPage(rows, input);
  return { jobs: items, truncated };
}

/** How many jobs {@link listFolderJobs} has in all. */
export async function countFolderJobs(context: RequestContext, input: JobsOf): Promise<number> {
  const { scope, id } = await scopeOf(context, input);
  const [row] = await context.granary.database.query<{ count: number }>(jobsOf[scope].count, [id]);
  return row?.count ?? 0;
}

/** These jobs, in their order; null for those that the caller may not see. */
export async function loadFolderJobs(
  context: RequestContext,
  ids: readonly number[],
): Promise<(FolderJobInfo | null)[]> {
  requireUser(context);
  const rows = await context.granary.database.query<OwnedJob>(loadJobs, [ids]);
  const visible = rows.filter((job) => isVisibleJob(context, job));
  const byId = new Map(visible.map((job) => [job.id, job]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** A job, for whoever asks {@link isVisibleJob} before it is shown; undefined when there is none. */
export async function readFolderJob({ database }: Granary, id: number): Promise<OwnedJob | undefined> {
  return (await database.query<OwnedJob>(loadJobs, [[id]]))[0];
}

/** Whether the caller may see it. */
export function isVisibleJob(context: RequestContext, job: OwnedJob): boolean {
  return mayDo(context, 'granary:ListJobs', job);
}

/** @throws GranaryError NotFound also for a job that the caller may not see. */
export async function getFolderJob(context: RequestContext, id: number): Promise<FolderJobInfo> {
  const [job] = await loadFolderJobs(context, [id]);
  if (job === undefined || job === null) {
    throw noSuchJob();
  }
  return job;
}

/** As {@link getFolderJob}, for who may end it. */
export async function getCancellableJob(context: RequestContext, id: number): Promise<FolderJobInfo> {
  const job = await getFolderJob(context, id);
  if (!mayDo(context, 'granary:CancelJob', job)) {
    authorizeAction(context, 'granary:CancelJob', resourceOf(context, job));
  }
  return job;
}

/**
 * What jobs that the caller was shown could do nothing with, in the order in which it was found; `after` is an id. One
 * query for all of them.
 */
export async function loadJobErrors(
  { granary }: RequestContext,
  jobIds: readonly number[],
  { after, limit }: PageRequest,
): Promise<ErrorPage[]> {
  const values = [jobIds, rowId(after) ?? 0, limit + 1];
  const rows = await granary.database.query<FolderJobErrorInfo & { jobId: number }>(listErrors, values);
  const byJob = Map.groupBy(rows, ({ jobId }) => jobId);
  return jobIds.map((id) => {
    const errors = byJob.get(id) ?? [];
    return { errors: errors.slice(0, limit), truncated: errors.length > limit };
  });
}

async function scopeOf(context: RequestContext, { tenant, username }: JobsOf): Promise<{ scope: Scope; id: number }> {
  if (tenant !== undefined && username === undefined) {
    const whole = await resolveTenant(context, tenant);
    authorizeAction(context, 'granary:ListJobs', { tenant: whole, kind: 'user', name: '*' });
    return { scope: 'tenant_id', id: whole.id };
  }
  const named = { tenant: await resolveTenant(context, tenant), username };
  return { scope: 'actor_id', id: (await resolveActedFor(context, 'granary:ListJobs', named)).id };
}

function mayDo(
  context: RequestContext,
  action: 'granary:ListJobs' | 'granary:CancelJob',
  job: OwnedJob | FolderJobInfo,
) {
  return mayAct(context, action, resourceOf(context, job));
}

/** Its owner, as the owner sees itself and as the tenant's administrators do. */
function resourceOf({ caller }: RequestContext, job: OwnedJob | FolderJobInfo): ActionResource {
  if (caller.kind === 'user' && caller.userId === job.actorId) {
    return { tenant: { id: caller.tenantId, name: caller.tenantName }, kind: 'user', name: caller.username };
  }
  const owner = 'actorName' in job ? job.actorName : null;
  return { tenant: { id: job.tenantId, name: job.tenantName }, kind: 'user', name: owner ?? '*' };
}

function rowId(after: string | undefined): number | null {
  if (after === undefined) {
    return null;
  }
  if (!/^\d{1,15}$/.test(after)) {
    throw new GranaryError('InvalidInput', 'This is not a place in the list.', { field: ['after'] });
  }
  return Number(after);
}

export function noSuchJob(): GranaryError {
  return new GranaryError('NotFound', 'There is no such job.', { reason: 'NoSuchJob', field: ['id'] });
}
