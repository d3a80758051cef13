import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { ReplicationStep as TriedStep } from '../operations/replication/test-replication.js';
import { Payload } from './user-error.js';

/** What replication does at a target. */
export const ReplicationStep = {
  FIND_BUCKET: 'FIND_BUCKET',
  CHECK_VERSIONING: 'CHECK_VERSIONING',
  WRITE: 'WRITE',
  TAG: 'TAG',
  DELETE: 'DELETE',
} as const satisfies { [step in TriedStep]: step };

registerEnumType(ReplicationStep, {
  name: 'ReplicationStep',
  description:
    'What replication does at a target. It is tried in this order: FIND_BUCKET, CHECK_VERSIONING, WRITE, TAG, DELETE.',
  valuesConfig: {
    FIND_BUCKET: { description: 'The bucket is there, and the access key is good for it.' },
    CHECK_VERSIONING: { description: 'The bucket has versioning enabled, so that every version is kept.' },
    WRITE: { description: 'An object is written.' },
    TAG: { description: 'Tags are put on it.' },
    DELETE: { description: 'It is deleted again.' },
  },
});

@ObjectType('ReplicationTestStep', { description: 'One thing that replication does at a target, tried.' })
export class ReplicationTestStep {
  @Field(() => ReplicationStep, { description: 'What was tried.' })
  step!: TriedStep;

  @Field(() => String, { nullable: true, description: 'What is wrong; null when it went well.' })
  problem!: string | null;
}

@ObjectType('TestReplicationPayload', { description: 'What came of trying a replication target.' })
export class TestReplicationPayload extends Payload {
  @Field(() => [ReplicationTestStep], {
    nullable: true,
    description:
      'The steps in their order. After one that failed the rest are not tried; missing versioning is only said.',
  })
  steps?: ReplicationTestStep[] | null;
}
