import { GraphQLDateTime } from 'graphql-scalars';
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
  Subscription,
} from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { eventCursor } from '../operations/events/event-cursor.js';
import { actorNameOfEvent, objectOfEvent, versionIdOfEvent } from '../operations/events/event-facts.js';
import type { ObjectEvent as ObjectEventSource, WatchObjectsInput } from '../operations/events/watch-objects.js';
import { watchObjects } from '../operations/events/watch-objects.js';
import type { BucketInfo } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { endedBy } from './ended-by.js';
import { optional } from './input.js';
import { type PlacedObject, placeObject, placeOf } from './placed-object.js';

enum ObjectChange {
  CREATED = 'CREATED',
  DELETED = 'DELETED',
  RESTORED = 'RESTORED',
  UPDATED = 'UPDATED',
}

registerEnumType(ObjectChange, {
  name: 'ObjectChange',
  description: 'What happened to an object.',
  valuesConfig: {
    CREATED: { description: 'A version was written: by an upload, a copy or a move.' },
    DELETED: {
      description:
        'The object, or one of its versions, was deleted, also for good from the trash; `versionId` says which.',
    },
    RESTORED: { description: 'A version came back from the trash.' },
    UPDATED: { description: 'Its tags, retention, legal hold, access control list or storage class changed.' },
  },
});

@ObjectType('ObjectEvent', { description: "A change of one of a bucket's objects." })
export class ObjectEvent {
  @Field(() => ID, { description: 'Give it to `after` to go on behind this event, also after a lost connection.' })
  cursor!: string;

  @Field(() => ObjectChange, { description: 'What happened.' })
  change!: ObjectChange;

  @Field(() => String, { description: "The object's key." })
  key!: string;
}

/** The arguments of the subscription as they come. */
interface Args {
  bucket: string;
  tenant?: string | null;
  prefix?: string | null;
  changes?: ObjectChange[] | null;
  after?: string | null;
}

@Resolver(() => ObjectEvent)
export class ObjectEventResolver {
  @Query(() => ID, {
    description:
      'Where the events of a bucket are now. Ask for it first, then list, then subscribe to `objectEvents` with it as `after`: nothing is missed in between. Needs the right to list the bucket.',
  })
  eventCursor(
    @Ctx() context: GraphqlContext,
    @Arg('bucket', () => String, { description: "The bucket's name." }) bucket: string,
    @Arg('tenant', () => String, { nullable: true, description: "The bucket's tenant; the caller's own by default." })
    tenant?: string | null,
    @Arg('prefix', () => String, {
      nullable: true,
      description: 'What the keys begin with that are to be watched; any by default.',
    })
    prefix?: string | null,
  ): Promise<string> {
    const address = { bucket, tenant: optional(tenant), prefix: optional(prefix) };
    return eventCursor(context.request, address);
  }

  @Subscription(() => ObjectEvent, {
    description:
      'Changes of a bucket\'s objects, by whichever interface and server process, in their order and with none left out. Needs the right to list the bucket, at every event. Example: `objectEvents(bucket: "photos", prefix: "2026/") { change key object { size } cursor }`',
    subscribe: ({ args, context }: { args: object; context: GraphqlContext }) => watch(args as Args, context),
  })
  objectEvents(
    @Root() event: ObjectEventSource,
    @Arg('bucket', () => String, { description: "The bucket's name." }) _bucket: string,
    @Arg('tenant', () => String, { nullable: true, description: "The bucket's tenant; the caller's own by default." })
    _tenant?: string | null,
    @Arg('prefix', () => String, { nullable: true, description: 'What the key begins with; any by default.' })
    _prefix?: string | null,
    @Arg('changes', () => [ObjectChange], { nullable: true, description: 'Which changes; all by default.' })
    _changes?: ObjectChange[] | null,
    @Arg('after', () => ID, {
      nullable: true,
      description:
        'The cursor of the last event that was seen: what came after it is sent first; `CURSOR_EXPIRED` when not all of it is kept any more. From now on by default.',
    })
    _after?: string | null,
  ): ObjectEventSource {
    return event;
  }

  @FieldResolver(() => GraphQLDateTime, { description: "When it happened, by the database's clock." })
  at(@Root() { event }: ObjectEventSource): Date {
    return event.at;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The version that was written, changed or deleted, as `StoredObject.versionId` has it: `null` (the text) in buckets without versioning. Of what went to the trash, or was deleted from it, the id that it has there.',
  })
  versionId(@Root() event: ObjectEventSource, @Ctx() context: GraphqlContext): Promise<string | null> {
    return versionIdOfEvent(context.request, event);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The name of who did it; null for anonymous callers and background work, and for users of other tenants and those who are there no more.',
  })
  actorName(@Root() event: ObjectEventSource, @Ctx() context: GraphqlContext): Promise<string | null> {
    return actorNameOfEvent(context.request, event);
  }

  @FieldResolver(() => Bucket, { description: 'The bucket.' })
  bucket(@Root() { bucket }: ObjectEventSource): BucketInfo {
    return bucket;
  }

  @FieldResolver(() => ObjectVersion, {
    nullable: true,
    description:
      'The version that the change was about; null once it is deleted or in the trash, and for those who may not read it.',
  })
  async object(@Root() event: ObjectEventSource, @Ctx() context: GraphqlContext): Promise<PlacedObject | null> {
    const object = await objectOfEvent(context.request, event);
    return object === null ? null : placeObject(object, placeOf(event.bucket));
  }
}

function watch({ bucket, tenant, prefix, changes, after }: Args, context: GraphqlContext): AsyncIterable<unknown> {
  const stopping = new AbortController();
  const input: WatchObjectsInput = {
    ...{ bucket, tenant: optional(tenant), prefix: optional(prefix) },
    ...{ changes: optional(changes), after: optional(after) },
    renew: async () => (await context.renew()).request,
    signal: stopping.signal,
  };
  return endedBy(watchObjects(context.request, input), stopping);
}
