import { Field, InputType, ObjectType } from 'type-graphql';
import { BucketInput } from './bucket-types.js';
import {
  ConflictPolicyType,
  FolderVersions,
  JobPayload,
  onConflict,
  TaggingMode,
  TargetFolderInput,
} from './folder-job-types.js';
import { TagInput } from './stored-object-types.js';

/** Some objects of a bucket. */
@InputType()
abstract class SelectionInput extends BucketInput {
  @Field(() => [String], { description: 'The keys of the objects, 1 to 10,000; one given twice counts once.' })
  keys!: string[];
}

const commonFolder =
  'The folder that the keys are in: copies and moves leave it out. By default the deepest that all of them are in.';

@InputType('CopySelectionInput', { description: 'Which objects to copy, and where to.' })
export class CopySelectionInput extends SelectionInput {
  @Field(() => String, { nullable: true, description: commonFolder })
  folder?: string | null;

  @Field(() => TargetFolderInput, { description: 'Where to: `photos/a.jpg` of `photos/` becomes `a.jpg` in there.' })
  target!: TargetFolderInput;

  @Field(() => ConflictPolicyType, { nullable: true, description: `${onConflict}\`FAIL\` by default.` })
  conflict?: ConflictPolicyType | null;
}

@InputType('MoveSelectionInput', { description: 'Which objects to move, and where to.' })
export class MoveSelectionInput extends SelectionInput {
  @Field(() => String, { nullable: true, description: commonFolder })
  folder?: string | null;

  @Field(() => TargetFolderInput, { description: 'Where to: `photos/a.jpg` of `photos/` becomes `a.jpg` in there.' })
  target!: TargetFolderInput;

  @Field(() => ConflictPolicyType, { nullable: true, description: `${onConflict}\`FAIL\` by default.` })
  conflict?: ConflictPolicyType | null;
}

@InputType('DeleteSelectionInput', { description: 'Which objects to delete.' })
export class DeleteSelectionInput extends SelectionInput {
  @Field(() => FolderVersions, { nullable: true, description: 'Which versions; the current ones by default.' })
  versions?: FolderVersions | null;
}

@InputType('RestoreSelectionInput', { description: 'Which objects to restore.' })
export class RestoreSelectionInput extends SelectionInput {
  @Field(() => ConflictPolicyType, {
    nullable: true,
    description: `${onConflict}\`SKIP\` by default. \`OVERWRITE\` also undoes what was overwritten.`,
  })
  conflict?: ConflictPolicyType | null;
}

@InputType('TagSelectionInput', { description: 'Which objects to tag, and how.' })
export class TagSelectionInput extends SelectionInput {
  @Field(() => [TagInput], { description: 'The tags, at most 10.' })
  tags!: TagInput[];

  @Field(() => TaggingMode, { nullable: true, description: 'What becomes of other tags; they stay by default.' })
  mode?: TaggingMode | null;
}

@ObjectType('CopySelectionPayload', { description: 'What came of asking for copies of objects.' })
export class CopySelectionPayload extends JobPayload {}

@ObjectType('MoveSelectionPayload', { description: 'What came of asking for objects to be moved.' })
export class MoveSelectionPayload extends JobPayload {}

@ObjectType('DeleteSelectionPayload', { description: 'What came of asking for objects to be deleted.' })
export class DeleteSelectionPayload extends JobPayload {}

@ObjectType('RestoreSelectionPayload', { description: 'What came of asking for objects to be restored.' })
export class RestoreSelectionPayload extends JobPayload {}

@ObjectType('TagSelectionPayload', { description: 'What came of asking for objects to be tagged.' })
export class TagSelectionPayload extends JobPayload {}
