import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from '../entities/node.js';
import type { FolderJobErrorInfo, FolderJobInfo } from '../operations/folders/folder-job.js';
import { BucketInput } from './bucket-types.js';
import { connectionTypes, countedConnectionTypes } from './connection.js';
import { TagInput } from './stored-object-types.js';
import { Payload } from './user-error.js';

export enum JobKind {
  COPY_FOLDER = 'COPY_FOLDER',
  MOVE_FOLDER = 'MOVE_FOLDER',
  DELETE_FOLDER = 'DELETE_FOLDER',
  RESTORE_FOLDER = 'RESTORE_FOLDER',
  TAG_FOLDER = 'TAG_FOLDER',
  EMPTY_TRASH = 'EMPTY_TRASH',
  COPY_SELECTION = 'COPY_SELECTION',
  MOVE_SELECTION = 'MOVE_SELECTION',
  DELETE_SELECTION = 'DELETE_SELECTION',
  RESTORE_SELECTION = 'RESTORE_SELECTION',
  TAG_SELECTION = 'TAG_SELECTION',
}

registerEnumType(JobKind, {
  name: 'JobKind',
  description: 'What a job does.',
  valuesConfig: {
    COPY_FOLDER: { description: 'Copies each object of a folder.' },
    MOVE_FOLDER: { description: 'Gives each object of a folder another key, or another bucket.' },
    DELETE_FOLDER: { description: 'Deletes each object of a folder.' },
    RESTORE_FOLDER: { description: 'Brings back what was deleted of a folder.' },
    TAG_FOLDER: { description: 'Tags each object of a folder.' },
    EMPTY_TRASH: { description: 'Deletes for good what is in the trash.' },
    COPY_SELECTION: { description: 'Copies objects that were named.' },
    MOVE_SELECTION: { description: 'Gives objects that were named another key, or another bucket.' },
    DELETE_SELECTION: { description: 'Deletes objects that were named.' },
    RESTORE_SELECTION: { description: 'Brings back objects that were named.' },
    TAG_SELECTION: { description: 'Tags objects that were named.' },
  },
});

export enum JobState {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  COMPLETED = 'COMPLETED',
  CANCELLED = 'CANCELLED',
  FAILED = 'FAILED',
}

registerEnumType(JobState, {
  name: 'JobState',
  description: 'How far a job is.',
  valuesConfig: {
    QUEUED: { description: 'It waits for its turn.' },
    RUNNING: { description: 'It is worked on.' },
    COMPLETED: { description: 'All objects were dealt with; `failed` and `errors` tell of those that it could not.' },
    CANCELLED: { description: 'It was ended by `cancelJob`; what was done stays done.' },
    FAILED: { description: 'It could not go on, and `message` says why; what was done stays done.' },
  },
});

export enum ConflictPolicyType {
  FAIL = 'FAIL',
  SKIP = 'SKIP',
  OVERWRITE = 'OVERWRITE',
}

registerEnumType(ConflictPolicyType, {
  name: 'ConflictPolicy',
  description: 'What is done when there is an object already where another one is to be.',
  valuesConfig: {
    FAIL: { description: 'Both stay as they are, and the job has an error for it.' },
    SKIP: { description: 'Both stay as they are, which counts as skipped.' },
    OVERWRITE: { description: 'It is overwritten, as an upload would.' },
  },
});

export enum FolderVersions {
  CURRENT = 'CURRENT',
  ALL = 'ALL',
}

registerEnumType(FolderVersions, {
  name: 'FolderVersions',
  description: 'Which versions of the objects are deleted.',
  valuesConfig: {
    CURRENT: { description: 'The current ones; where versioning is on, delete markers are added.' },
    ALL: { description: 'All versions, and delete markers too.' },
  },
});

export enum TaggingMode {
  MERGE = 'MERGE',
  REPLACE = 'REPLACE',
}

registerEnumType(TaggingMode, {
  name: 'TaggingMode',
  description: 'What becomes of the tags that objects have.',
  valuesConfig: {
    MERGE: { description: 'Those with other names stay.' },
    REPLACE: { description: 'They go.' },
  },
});

/** The kinds of failure of one object. */
export const JobErrorCode = {
  INVALID_INPUT: 'INVALID_INPUT',
  DENIED: 'DENIED',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  PRECONDITION_FAILED: 'PRECONDITION_FAILED',
  QUOTA_EXCEEDED: 'QUOTA_EXCEEDED',
  LOCKED: 'LOCKED',
  TOO_LARGE: 'TOO_LARGE',
  STORAGE_FULL: 'STORAGE_FULL',
  NOT_SUPPORTED: 'NOT_SUPPORTED',
  RATE_LIMITED: 'RATE_LIMITED',
  UNAVAILABLE: 'UNAVAILABLE',
  INTERNAL_SERVER_ERROR: 'INTERNAL_SERVER_ERROR',
} as const;
export type JobErrorCode = (typeof JobErrorCode)[keyof typeof JobErrorCode];

registerEnumType(JobErrorCode, {
  name: 'JobErrorCode',
  description: 'Why a job could do nothing with an object.',
  valuesConfig: {
    INVALID_INPUT: { description: 'What it would become is not allowed, for example a key that is too long.' },
    DENIED: { description: 'Whoever began the job had no permission for this when it came to the object.' },
    NOT_FOUND: {
      description: 'Something that it takes is not there, for example an object that was named, or the target bucket.',
    },
    CONFLICT: { description: 'There is an object in its place already.' },
    PRECONDITION_FAILED: { description: 'The object changed meanwhile.' },
    QUOTA_EXCEEDED: { description: 'A quota would be exceeded.' },
    LOCKED: { description: 'A lock or a hold forbids the change.' },
    TOO_LARGE: { description: 'The object is larger than is accepted.' },
    STORAGE_FULL: { description: 'The storage has no room left.' },
    NOT_SUPPORTED: { description: 'This server does not do that with such an object.' },
    RATE_LIMITED: { description: 'There were too many requests, again and again.' },
    UNAVAILABLE: { description: 'What it takes could not be reached, again and again.' },
    INTERNAL_SERVER_ERROR: { description: 'A bug; the log has more.' },
  },
});

/** Work on all objects of a folder, or on some that were named. */
@ObjectType('Job', {
  implements: Node,
  description:
    'Work on all objects of a folder, or on some that were named, done in the background with the rights of whoever began it.',
})
export class JobType extends Node {
  @Field(() => JobKind, { description: 'What it does.' })
  kind!: JobKind;

  @Field(() => JobState, { description: 'How far it is.' })
  state!: JobState;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'How many objects (or versions) it is about; null until they are counted.',
  })
  total!: number | null;

  @Field(() => GraphQLSafeInt, { description: 'How many are done.' })
  done!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'How many were left alone: gone meanwhile, or in conflict where conflicts are skipped.',
  })
  skipped!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many it could do nothing with; `errors` lists the first 10,000.' })
  failed!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes of the objects that are done.' })
  bytes!: number;

  @Field(() => String, { nullable: true, description: 'Why it could not go on; null unless it is `FAILED`.' })
  message!: string | null;

  @Field(() => String, { description: 'The name of the bucket.' })
  bucket!: string;

  @Field(() => String, {
    description:
      "The folder's path, or of objects that were named what copies and moves leave out; empty for the whole bucket.",
  })
  folder!: string;

  @Field(() => GraphQLDateTime, { description: 'When it was asked for.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was begun; null while it waits.' })
  startedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it ended; null while it has not.' })
  finishedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When somebody asked to cancel it; null when nobody has.',
  })
  cancelAskedAt!: Date | null;
}

@ObjectType('JobError', { description: 'One object that a job could do nothing with.' })
export class JobErrorType {
  @Field(() => String, { description: "The object's key." })
  key!: string;

  @Field(() => String, { nullable: true, description: 'The version that it was about.' })
  versionId!: string | null;

  @Field(() => String, { description: 'What went wrong, for people.' })
  message!: string;

  @Field(() => GraphQLDateTime, { description: 'When.' })
  at!: Date;
}

export const JobConnection = countedConnectionTypes<FolderJobInfo>('Job', { type: () => JobType, noun: 'jobs' });

export const JobErrorConnection = connectionTypes<FolderJobErrorInfo>('JobError', {
  type: () => JobErrorType,
  noun: 'errors',
});

/** A folder of a bucket. */
@InputType()
abstract class FolderInput extends BucketInput {
  @Field(() => String, { description: "The folder's path, such as `photos/2026/`; empty for the whole bucket." })
  folder!: string;
}

@InputType('TargetFolderInput', { description: 'Where a folder goes.' })
export class TargetFolderInput extends FolderInput {}

export const onConflict = 'What is done when there is an object already; ';

@InputType('CopyFolderInput', { description: 'Which folder to copy, and where to.' })
export class CopyFolderInput extends FolderInput {
  @Field(() => TargetFolderInput, { description: 'Where to: `photos/a.jpg` of `photos/` becomes `a.jpg` in there.' })
  target!: TargetFolderInput;

  @Field(() => ConflictPolicyType, { nullable: true, description: `${onConflict}\`FAIL\` by default.` })
  conflict?: ConflictPolicyType | null;
}

@InputType('MoveFolderInput', { description: 'Which folder to move, and where to.' })
export class MoveFolderInput extends FolderInput {
  @Field(() => TargetFolderInput, { description: 'Where to: `photos/a.jpg` of `photos/` becomes `a.jpg` in there.' })
  target!: TargetFolderInput;

  @Field(() => ConflictPolicyType, { nullable: true, description: `${onConflict}\`FAIL\` by default.` })
  conflict?: ConflictPolicyType | null;
}

@InputType('DeleteFolderInput', { description: 'Which folder to delete.' })
export class DeleteFolderInput extends FolderInput {
  @Field(() => FolderVersions, { nullable: true, description: 'Which versions; the current ones by default.' })
  versions?: FolderVersions | null;
}

@InputType('RestoreFolderInput', { description: 'Which folder to restore.' })
export class RestoreFolderInput extends FolderInput {
  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'Only what was deleted or overwritten at this time or later; all by default.',
  })
  deletedAfter?: Date | null;

  @Field(() => ConflictPolicyType, {
    nullable: true,
    description: `${onConflict}\`SKIP\` by default. \`OVERWRITE\` also undoes what was overwritten.`,
  })
  conflict?: ConflictPolicyType | null;
}

@InputType('TagFolderInput', { description: 'Which folder to tag, and how.' })
export class TagFolderInput extends FolderInput {
  @Field(() => [TagInput], { description: 'The tags, at most 10.' })
  tags!: TagInput[];

  @Field(() => TaggingMode, { nullable: true, description: 'What becomes of other tags; they stay by default.' })
  mode?: TaggingMode | null;
}

@InputType('EmptyTrashInput', { description: 'Which trash to empty.' })
export class EmptyTrashInput extends BucketInput {
  @Field(() => String, { nullable: true, description: 'Only what was in this folder; all by default.' })
  folder?: string | null;
}

@InputType('CancelJobInput', { description: 'Which job to cancel.' })
export class CancelJobInput {
  @Field(() => ID, { description: 'The global id of the job.' })
  id!: string;
}

/** What came of beginning a job, or of ending it. */
@ObjectType()
export abstract class JobPayload extends Payload {
  @Field(() => JobType, { nullable: true, description: 'The job; null when `userErrors` says why not.' })
  job?: FolderJobInfo | null;
}

@ObjectType('CopyFolderPayload', { description: 'What came of asking for a copy of a folder.' })
export class CopyFolderPayload extends JobPayload {}

@ObjectType('MoveFolderPayload', { description: 'What came of asking for a folder to be moved.' })
export class MoveFolderPayload extends JobPayload {}

@ObjectType('DeleteFolderPayload', { description: 'What came of asking for a folder to be deleted.' })
export class DeleteFolderPayload extends JobPayload {}

@ObjectType('RestoreFolderPayload', { description: 'What came of asking for a folder to be restored.' })
export class RestoreFolderPayload extends JobPayload {}

@ObjectType('TagFolderPayload', { description: 'What came of asking for a folder to be tagged.' })
export class TagFolderPayload extends JobPayload {}

@ObjectType('EmptyTrashPayload', { description: 'What came of asking for the trash to be emptied.' })
export class EmptyTrashPayload extends JobPayload {}

@ObjectType('CancelJobPayload', { description: 'What came of cancelling a job.' })
export class CancelJobPayload extends JobPayload {}
