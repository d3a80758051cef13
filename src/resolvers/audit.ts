import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import { Arg, Args, Ctx, Field, FieldResolver, ID, InputType, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { EventOutcome } from '../entities/enums.js';
import { Tenant } from '../entities/tenant.js';
import { User } from '../entities/user.js';
import type { EventInfo } from '../operations/audit/event-query.js';
import { listEvents } from '../operations/audit/list-events.js';
import type { BucketInfo } from '../operations/types.js';
import { type Connection, connectionTypes, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import type { TenantSource, UserSource } from './sources.js';

@ObjectType('AuditEvent', {
  description: 'A fact that was recorded when it became one: a change, a sign-in, or a request that was refused.',
})
export class AuditEvent {
  @Field(() => ID, { description: 'Grows with time in a tenant; with gaps.' })
  id!: number;

  @Field(() => GraphQLDateTime, { description: "When it was, by the database's clock." })
  at!: Date;

  @Field(() => String, { description: 'What it was, in the language of policies, such as `s3:PutObject`.' })
  action!: string;

  @Field(() => EventOutcome, { description: 'What became of it.' })
  outcome!: EventOutcome;

  @Field(() => String, {
    nullable: true,
    description: 'The name that who did it had then; null for anonymous callers and background work.',
  })
  actorName!: string | null;

  @Field(() => String, { nullable: true, description: 'The key that the request was signed with.' })
  accessKeyId!: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the bucket; null once it is removed.' })
  bucketName!: string | null;

  @Field(() => String, { nullable: true, description: "The object's key, where it is about one." })
  key!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The version that was made or removed, in the form of S3's ids.",
  })
  versionId!: string | null;

  @Field(() => String, { description: 'The id of the request, as its answer had it; of background work its name.' })
  requestId!: string;

  @Field(() => String, { nullable: true, description: 'The address that the request came from.' })
  sourceIp!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the client called itself; not kept of writes and deletes of objects.',
  })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'Of a denied request: with what its explanation is found.' })
  decisionId!: string | null;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'What else there is to say, by action.' })
  details!: Record<string, unknown> | null;
}

const AuditEventConnection = connectionTypes<EventInfo>('AuditEvent', { type: () => AuditEvent, noun: 'events' });

@InputType('AuditLogFilter', { description: 'Which events. What is not given does not matter; the rest must all fit.' })
export class AuditLogFilter {
  @Field(() => String, { nullable: true, description: 'The name of who did it.' })
  actor?: string | null;

  @Field(() => String, { nullable: true, description: 'The action, exactly: `s3:PutObject`.' })
  action?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of a bucket of the tenant.' })
  bucket?: string | null;

  @Field(() => String, { nullable: true, description: 'What the key begins with.' })
  keyPrefix?: string | null;

  @Field(() => EventOutcome, { nullable: true, description: 'What became of it.' })
  outcome?: EventOutcome | null;

  @Field(() => String, { nullable: true, description: 'The id of the request.' })
  requestId?: string | null;

  @Field(() => String, { nullable: true, description: 'The address that the request came from, exactly.' })
  sourceIp?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'From this time on.' })
  from?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Before this time.' })
  to?: Date | null;
}

@Resolver(() => AuditEvent)
export class AuditResolver {
  @Query(() => AuditEventConnection, { description: "A tenant's events, the newest first; for its administrators." })
  async auditLog(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AuditLogFilter, { nullable: true, description: 'Which events; all by default.' })
    filter?: AuditLogFilter | null,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant; the caller's own by default. Only global administrators may name another.",
    })
    tenant?: string | null,
  ): Promise<Connection<EventInfo>> {
    const list = 'auditLog';
    const request = pageRequest(page, list);
    const { events, truncated } = await listEvents(context.request, {
      ...request,
      tenant: optional(tenant),
      filter: toFilter(filter ?? {}),
    });
    return toConnection({ request, truncated, list }, events, (event) => String(event.id));
  }

  @FieldResolver(() => Tenant, { nullable: true, description: 'Whose event it is; null once the tenant is deleted.' })
  tenant(@Root() event: EventInfo, @Ctx() { loaders }: GraphqlContext): Promise<TenantSource | null> {
    return loaders.tenants.load(event.tenantId);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who did it, while that user is there.' })
  async actor(@Root() event: EventInfo, @Ctx() { loaders }: GraphqlContext): Promise<UserSource | null> {
    return event.actorId === null ? null : loaders.users.load(event.actorId);
  }

  @FieldResolver(() => Bucket, { nullable: true, description: 'The bucket, while it is there.' })
  async bucket(@Root() event: EventInfo, @Ctx() { loaders }: GraphqlContext): Promise<BucketInfo | null> {
    return event.bucketId === null ? null : loaders.buckets.load(event.bucketId);
  }
}

function toFilter(filter: AuditLogFilter) {
  return {
    actor: optional(filter.actor),
    action: optional(filter.action),
    bucket: optional(filter.bucket),
    keyPrefix: optional(filter.keyPrefix),
    outcome: optional(filter.outcome),
    requestId: optional(filter.requestId),
    sourceIp: optional(filter.sourceIp),
    from: optional(filter.from),
    to: optional(filter.to),
  };
}
