import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { LogKeyFormat } from '../operations/buckets/bucket-logging.js';
import { AclGrantInput, AclGrantType } from './acl-types.js';
import { BucketInput, BucketPayload } from './bucket-types.js';

const LogKeyFormatEnum: {
  readonly [Name in 'SIMPLE' | 'PARTITIONED_BY_EVENT_TIME' | 'PARTITIONED_BY_DELIVERY_TIME']: LogKeyFormat;
} = {
  SIMPLE: 'Simple',
  PARTITIONED_BY_EVENT_TIME: 'EventTime',
  PARTITIONED_BY_DELIVERY_TIME: 'DeliveryTime',
};

registerEnumType(LogKeyFormatEnum, {
  name: 'LogKeyFormat',
  description: 'How the keys of access logs are made.',
  valuesConfig: {
    SIMPLE: { description: 'The prefix, and the time of the delivery.' },
    PARTITIONED_BY_EVENT_TIME: {
      description: 'Folders by tenant, region, bucket and the day of the requests; no object has two days.',
    },
    PARTITIONED_BY_DELIVERY_TIME: {
      description: 'Folders by tenant, region, bucket and the day of the delivery.',
    },
  },
});

const texts = {
  targetBucket: 'The bucket that the logs go to, of the same tenant; its policy or list must let them in.',
  targetPrefix: 'What the keys of the logs begin with.',
  keyFormat: 'How the keys are made.',
  grants: "What others may do with the logs, where the target's access control lists count.",
};

@ObjectType('BucketLogging', { description: 'Where the requests to a bucket are logged.' })
export class BucketLoggingType {
  @Field(() => String, { description: texts.targetBucket })
  targetBucket!: string;

  @Field(() => String, { description: texts.targetPrefix })
  targetPrefix!: string;

  @Field(() => LogKeyFormatEnum, { description: texts.keyFormat })
  keyFormat!: LogKeyFormat;

  @Field(() => [AclGrantType], { description: texts.grants })
  grants!: AclGrantType[];
}

@InputType('BucketLoggingInput', { description: 'Where the requests to a bucket are to be logged.' })
export class BucketLoggingInput {
  @Field(() => String, { description: texts.targetBucket })
  targetBucket!: string;

  @Field(() => String, { nullable: true, description: `${texts.targetPrefix} Nothing by default.` })
  targetPrefix?: string | null;

  @Field(() => LogKeyFormatEnum, { nullable: true, description: `${texts.keyFormat} SIMPLE by default.` })
  keyFormat?: LogKeyFormat | null;

  @Field(() => [AclGrantInput], { nullable: true, description: `${texts.grants} FULL_CONTROL, READ or WRITE.` })
  grants?: AclGrantInput[] | null;
}

@InputType('SetBucketLoggingInput', { description: 'The bucket, and where its requests are to be logged.' })
export class SetBucketLoggingInput extends BucketInput {
  @Field(() => BucketLoggingInput, { nullable: true, description: 'Where to; null ends the logging.' })
  logging?: BucketLoggingInput | null;
}

@ObjectType('SetBucketLoggingPayload', {
  description: 'What came of setting where the requests to a bucket are logged.',
})
export class SetBucketLoggingPayload extends BucketPayload {}
