import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { BucketInput, BucketPayload } from './bucket-types.js';

const texts = {
  hostName: 'The host to go to; the one that was asked when left out.',
  protocol: '`http` or `https`; the one that was asked with when left out.',
  indexSuffix: 'The name of the document that stands for a folder, such as `index.html`.',
  errorKey: 'The key of the document that is shown for errors.',
  keyPrefix: 'Only for keys that begin so.',
  errorCode: 'Only when this status would be answered, 400 to 599.',
  replaceKeyPrefix: 'What stands in place of the prefix.',
  replaceKey: 'What stands in place of the whole key.',
  statusCode: 'The status of the redirect; 301 by default.',
};

@ObjectType('WebsiteRoutingRule', { description: 'Which requests to a website are sent elsewhere.' })
export class WebsiteRoutingRuleType {
  @Field(() => String, { nullable: true, description: texts.keyPrefix })
  keyPrefix?: string | null;

  @Field(() => Int, { nullable: true, description: texts.errorCode })
  errorCode?: number | null;

  @Field(() => String, { nullable: true, description: texts.hostName })
  hostName?: string | null;

  @Field(() => String, { nullable: true, description: texts.protocol })
  protocol?: string | null;

  @Field(() => String, { nullable: true, description: texts.replaceKeyPrefix })
  replaceKeyPrefix?: string | null;

  @Field(() => String, { nullable: true, description: texts.replaceKey })
  replaceKey?: string | null;

  @Field(() => Int, { nullable: true, description: texts.statusCode })
  statusCode?: number | null;
}

@ObjectType('Website', { description: 'What makes a bucket a website.' })
export class WebsiteType {
  @Field(() => String, {
    nullable: true,
    description: 'The host that all requests are sent to; then there is nothing else.',
  })
  redirectAllTo?: string | null;

  @Field(() => String, { nullable: true, description: texts.protocol })
  redirectAllProtocol?: string | null;

  @Field(() => String, { nullable: true, description: texts.indexSuffix })
  indexSuffix?: string | null;

  @Field(() => String, { nullable: true, description: texts.errorKey })
  errorKey?: string | null;

  @Field(() => [WebsiteRoutingRuleType], { description: 'The first rule that fits sends a request elsewhere.' })
  routingRules!: WebsiteRoutingRuleType[];
}

@InputType('WebsiteRoutingRuleInput', { description: 'Which requests to a website are sent elsewhere.' })
export class WebsiteRoutingRuleInput {
  @Field(() => String, { nullable: true, description: texts.keyPrefix })
  keyPrefix?: string | null;

  @Field(() => Int, { nullable: true, description: texts.errorCode })
  errorCode?: number | null;

  @Field(() => String, { nullable: true, description: texts.hostName })
  hostName?: string | null;

  @Field(() => String, { nullable: true, description: texts.protocol })
  protocol?: string | null;

  @Field(() => String, { nullable: true, description: texts.replaceKeyPrefix })
  replaceKeyPrefix?: string | null;

  @Field(() => String, { nullable: true, description: texts.replaceKey })
  replaceKey?: string | null;

  @Field(() => Int, { nullable: true, description: texts.statusCode })
  statusCode?: number | null;
}

@InputType('WebsiteInput', { description: 'What makes a bucket a website: an index document, or a host to go to.' })
export class WebsiteInput {
  @Field(() => String, { nullable: true, description: 'The host that all requests are sent to.' })
  redirectAllTo?: string | null;

  @Field(() => String, { nullable: true, description: texts.protocol })
  redirectAllProtocol?: string | null;

  @Field(() => String, { nullable: true, description: texts.indexSuffix })
  indexSuffix?: string | null;

  @Field(() => String, { nullable: true, description: texts.errorKey })
  errorKey?: string | null;

  @Field(() => [WebsiteRoutingRuleInput], { nullable: true, description: 'At most 50 rules.' })
  routingRules?: WebsiteRoutingRuleInput[] | null;
}

@InputType('SetBucketWebsiteInput', { description: 'The bucket, and the website that it is to be.' })
export class SetBucketWebsiteInput extends BucketInput {
  @Field(() => WebsiteInput, { nullable: true, description: 'The website; null ends it.' })
  website?: WebsiteInput | null;
}

@ObjectType('SetBucketWebsitePayload', { description: 'What came of making a bucket a website.' })
export class SetBucketWebsitePayload extends BucketPayload {}
