import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { GraphqlContext } from './context.js';
import { folderOf, type JobResult, start } from './folder-job.js';
import { JobType } from './folder-job-types.js';
import { optional, tagsOf } from './input.js';
import {
  CopySelectionInput,
  CopySelectionPayload,
  DeleteSelectionInput,
  DeleteSelectionPayload,
  MoveSelectionInput,
  MoveSelectionPayload,
  RestoreSelectionInput,
  RestoreSelectionPayload,
  TagSelectionInput,
  TagSelectionPayload,
} from './selection-job-types.js';

/** Jobs on objects that somebody chose from a list. */
@Resolver(() => JobType)
export class SelectionJobResolver {
  @Mutation(() => CopySelectionPayload, {
    description:
      'Begins to copy up to 10,000 objects, by reference: no bytes move. The job tells how far it is. Example: `copySelection(input: { bucket: "photos", keys: ["2026/a.jpg", "2026/b.jpg"], target: { bucket: "photos", folder: "best/" } }) { job { id } userErrors { code message } }`',
  })
  copySelection(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CopySelectionInput, { description: 'What to copy, and where to.' }) input: CopySelectionInput,
  ): Promise<JobResult> {
    return start(context, () => ({ kind: 'COPY_SELECTION', ...selectionOf(input), ...moveOf(input) }));
  }

  @Mutation(() => MoveSelectionPayload, {
    description: 'Begins to move up to 10,000 objects, each in one step: no bytes move. The job tells how far it is.',
  })
  moveSelection(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => MoveSelectionInput, { description: 'What to move, and where to.' }) input: MoveSelectionInput,
  ): Promise<JobResult> {
    return start(context, () => ({ kind: 'MOVE_SELECTION', ...selectionOf(input), ...moveOf(input) }));
  }

  @Mutation(() => DeleteSelectionPayload, {
    description:
      "Begins to delete up to 10,000 objects, as `deleteObject` would: through the bucket's trash, or by delete markers. Up to 1000 are deleted at once by `deleteObjects`.",
  })
  deleteSelection(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteSelectionInput, { description: 'What to delete.' }) input: DeleteSelectionInput,
  ): Promise<JobResult> {
    const versions = optional(input.versions);
    return start(context, () => ({ kind: 'DELETE_SELECTION', ...selectionOf(input), versions }));
  }

  @Mutation(() => RestoreSelectionPayload, {
    description:
      'Begins to bring back up to 10,000 objects that were deleted: of each key the newest version in the trash, or before a delete marker.',
  })
  restoreSelection(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RestoreSelectionInput, { description: 'What to restore.' }) input: RestoreSelectionInput,
  ): Promise<JobResult> {
    const conflict = optional(input.conflict);
    return start(context, () => ({ kind: 'RESTORE_SELECTION', ...selectionOf(input), conflict }));
  }

  @Mutation(() => TagSelectionPayload, { description: 'Begins to tag up to 10,000 objects.' })
  tagSelection(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => TagSelectionInput, { description: 'What to tag, and how.' }) input: TagSelectionInput,
  ): Promise<JobResult> {
    const tagging = optional(input.mode);
    return start(context, () => ({
      kind: 'TAG_SELECTION',
      ...{ ...selectionOf(input), tags: tagsOf(input.tags), tagging },
    }));
  }
}

interface SelectionSource {
  bucket: string;
  tenant?: string | null;
  keys: string[];
  folder?: string | null;
}

function selectionOf({ bucket, tenant, keys, folder }: SelectionSource) {
  return {
    bucket,
    keys,
    folder: optional(folder),
    ...(optional(tenant) === undefined ? {} : { tenant: tenant as string }),
  };
}

function moveOf({ target, conflict }: CopySelectionInput | MoveSelectionInput) {
  return { target: folderOf(target), conflict: optional(conflict) };
}
