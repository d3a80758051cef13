import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { User } from '../entities/user.js';
import { cancelFolderJob } from '../operations/folders/cancel-folder-job.js';
import type { FolderJobErrorInfo, FolderJobInfo } from '../operations/folders/folder-job.js';
import { countFolderJobs, listFolderJobs, loadFolderJobs, noSuchJob } from '../operations/folders/folder-jobs.js';
import {
  type FolderAddress,
  type StartFolderJobInput,
  startFolderJob,
} from '../operations/folders/start-folder-job.js';
import { watchFolderJob } from '../operations/folders/watch-folder-job.js';
import { errorCodes } from '../wire/error-codes.js';
import { parseGlobalId, parseRowId, toGlobalId } from '../wire/global-id.js';
import { type Connection, type Counted, ForwardPageArgs, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { endedBy } from './ended-by.js';
import {
  CancelJobInput,
  CancelJobPayload,
  ConflictPolicyType,
  CopyFolderInput,
  CopyFolderPayload,
  DeleteFolderInput,
  DeleteFolderPayload,
  EmptyTrashInput,
  EmptyTrashPayload,
  JobConnection,
  JobErrorCode,
  JobErrorConnection,
  JobErrorType,
  JobType,
  MoveFolderInput,
  MoveFolderPayload,
  RestoreFolderInput,
  RestoreFolderPayload,
  TagFolderInput,
  TagFolderPayload,
} from './folder-job-types.js';
import { optional, tagsOf } from './input.js';
import type { UserSource } from './sources.js';
import { answer, type UserError } from './user-error.js';

export type JobResult = { job?: FolderJobInfo | null; userErrors: UserError[] };

@Resolver(() => JobType)
export class FolderJobResolver {
  @Query(() => JobType, { nullable: true, description: 'A job; null when there is none that the caller may see.' })
  async job(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: 'The global id of the job.' }) id: string,
  ): Promise<FolderJobInfo | null> {
    const row = rowOf(id);
    const [job] = row === undefined ? [] : await loadFolderJobs(context.request, [row]);
    return job ?? null;
  }

  @Query(() => JobConnection, {
    description:
      "Jobs, the newest first: the caller's own; those of another user, or with `tenant` alone all of a tenant, for administrators.",
  })
  async jobs(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, { nullable: true, description: 'The name of the tenant.' }) tenant?: string | null,
    @Arg('username', () => String, { nullable: true, description: 'Who began them.' }) username?: string | null,
  ): Promise<Counted<FolderJobInfo>> {
    const list = 'jobs';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant), username: optional(username) };
    const { jobs, truncated } = await listFolderJobs(context.request, { ...scope, ...request });
    const connection = toConnection({ request, truncated, list }, jobs, ({ id }) => String(id));
    return { ...connection, count: () => countFolderJobs(context.request, scope) };
  }

  @Mutation(() => CopyFolderPayload, {
    description:
      'Begins to copy all objects of a folder, by reference: no bytes move. The job tells how far it is. Example: `copyFolder(input: { bucket: "photos", folder: "2026/", target: { bucket: "photos", folder: "archive/2026/" } }) { job { id } userErrors { code message } }`',
  })
  copyFolder(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CopyFolderInput, { description: 'What to copy, and where to.' }) input: CopyFolderInput,
  ): Promise<JobResult> {
    const { target, conflict } = input;
    return start(context, () => ({
      ...{ kind: 'COPY_FOLDER', ...folderOf(input) },
      ...{ target: folderOf(target), conflict: optional(conflict) },
    }));
  }

  @Mutation(() => MoveFolderPayload, {
    description:
      'Begins to move all objects of a folder, each in one step: no bytes move. The job tells how far it is.',
  })
  moveFolder(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => MoveFolderInput, { description: 'What to move, and where to.' }) input: MoveFolderInput,
  ): Promise<JobResult> {
    const { target, conflict } = input;
    return start(context, () => ({
      ...{ kind: 'MOVE_FOLDER', ...folderOf(input) },
      ...{ target: folderOf(target), conflict: optional(conflict) },
    }));
  }

  @Mutation(() => DeleteFolderPayload, {
    description:
      "Begins to delete all objects of a folder, as `deleteObject` would: through the bucket's trash, or by delete markers. What is written from now on stays.",
  })
  deleteFolder(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteFolderInput, { description: 'What to delete.' }) input: DeleteFolderInput,
  ): Promise<JobResult> {
    return start(context, () => ({
      ...{ kind: 'DELETE_FOLDER', ...folderOf(input) },
      versions: optional(input.versions),
    }));
  }

  @Mutation(() => RestoreFolderPayload, {
    description:
      'Begins to bring back what was deleted of a folder: of each key the newest version in the trash, or before a delete marker.',
  })
  restoreFolder(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RestoreFolderInput, { description: 'What to restore.' }) input: RestoreFolderInput,
  ): Promise<JobResult> {
    const { deletedAfter, conflict } = input;
    return start(context, () => ({
      ...{ kind: 'RESTORE_FOLDER', ...folderOf(input) },
      ...{ deletedAfter: optional(deletedAfter), conflict: optional(conflict) },
    }));
  }

  @Mutation(() => TagFolderPayload, { description: 'Begins to tag all objects of a folder.' })
  tagFolder(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => TagFolderInput, { description: 'What to tag, and how.' }) input: TagFolderInput,
  ): Promise<JobResult> {
    return start(context, () => ({
      ...{ kind: 'TAG_FOLDER', ...folderOf(input) },
      ...{ tags: tagsOf(input.tags), tagging: optional(input.mode) },
    }));
  }

  @Mutation(() => EmptyTrashPayload, {
    description: 'Begins to delete for good what is in the trash of a bucket, but for what object lock keeps.',
  })
  emptyTrash(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => EmptyTrashInput, { description: 'Which trash.' }) input: EmptyTrashInput,
  ): Promise<JobResult> {
    return start(context, () => ({ kind: 'EMPTY_TRASH', ...folderOf({ ...input, folder: input.folder ?? '' }) }));
  }

  @Mutation(() => CancelJobPayload, {
    description: 'Ends a job after the objects that it is at, at most 50; what is done stays done.',
  })
  cancelJob(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CancelJobInput, { description: 'Which job.' }) input: CancelJobInput,
  ): Promise<JobResult> {
    return answer(async () => {
      const row = rowOf(input.id);
      if (row === undefined) {
        throw noSuchJob();
      }
      return { job: await cancelFolderJob(context.request, row) };
    });
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node` and `job`.' })
  id(@Root() job: FolderJobInfo): string {
    return toGlobalId('Job', job.id);
  }

  @FieldResolver(() => String, { nullable: true, description: 'The bucket that a copy or a move goes to; else null.' })
  targetBucket(@Root() { options }: FolderJobInfo): string | null {
    return options.target?.bucket ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The folder that a copy or a move goes to; else null.' })
  targetFolder(@Root() { options }: FolderJobInfo): string | null {
    return options.target?.folder ?? null;
  }

  @FieldResolver(() => ConflictPolicyType, {
    nullable: true,
    description: 'What it does with objects that are in the way; null where none can be.',
  })
  conflict(@Root() { options }: FolderJobInfo): ConflictPolicyType | null {
    return (options.conflict as ConflictPolicyType | undefined) ?? null;
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Who began it; null when it is nobody whom the caller may see.',
  })
  startedBy(@Root() job: FolderJobInfo, @Ctx() context: GraphqlContext): Promise<UserSource | null> {
    return context.loaders.users.load(job.actorId);
  }

  @FieldResolver(() => JobErrorConnection, {
    description:
      'What it could do nothing with, in the order in which it was found: the first 10,000 or so. `failed` counts all.',
  })
  async errors(
    @Root() job: FolderJobInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
  ): Promise<Connection<FolderJobErrorInfo>> {
    const list = 'errors';
    const request = pageRequest(args, list);
    const { errors, truncated } = await context.loaders.jobErrors.load({ jobId: job.id, page: request });
    return toConnection({ request, truncated, list }, errors, ({ id }) => String(id));
  }
}

@Resolver(() => JobErrorType)
export class JobProgressResolver {
  @FieldResolver(() => JobErrorCode, { description: 'What kind of failure it is, for programs.' })
  code(@Root() error: FolderJobErrorInfo): string {
    return errorCodes[error.kind];
  }

  @Subscription(() => JobType, {
    description:
      'How far a job is: at once, after each change, within a second, and when it has ended; ends then. Needs the right to see the job, every time.',
    subscribe: ({ args, context }: { args: object; context: GraphqlContext }) => {
      const stopping = new AbortController();
      const id = rowOf((args as { id: string }).id);
      if (id === undefined) {
        throw noSuchJob();
      }
      const renew = async () => (await context.renew()).request;
      return endedBy(watchFolderJob(context.request, { id, renew, signal: stopping.signal }), stopping);
    },
  })
  jobProgress(
    @Root() job: FolderJobInfo,
    @Arg('id', () => ID, { description: 'The global id of the job.' }) _id: string,
  ): FolderJobInfo {
    return job;
  }
}

export function start(context: GraphqlContext, input: () => StartFolderJobInput): Promise<JobResult> {
  return answer(async () => ({ job: await startFolderJob(context.request, input()) }));
}

export function folderOf({
  bucket,
  tenant,
  folder,
}: {
  bucket: string;
  tenant?: string | null;
  folder: string;
}): FolderAddress {
  return { bucket, folder, ...(optional(tenant) === undefined ? {} : { tenant: tenant as string }) };
}

function rowOf(id: string): number | undefined {
  const parsed = parseGlobalId(id);
  return parsed?.type === 'Job' ? parseRowId(parsed.id) : undefined;
}
