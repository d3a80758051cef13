import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { NotificationTarget } from '../entities/notification-target.js';
import { createNotificationTarget } from '../operations/notifications/create-notification-target.js';
import { deleteNotificationTarget } from '../operations/notifications/delete-notification-target.js';
import {
  countNotificationTargets,
  listNotificationTargets,
} from '../operations/notifications/list-notification-targets.js';
import type { TargetSettings } from '../operations/notifications/notification-target-input.js';
import { targetArn } from '../operations/notifications/notification-targets.js';
import { testNotificationTarget } from '../operations/notifications/test-notification-target.js';
import { updateNotificationTarget } from '../operations/notifications/update-notification-target.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  CreateNotificationTargetInput,
  CreateNotificationTargetPayload,
  DeleteNotificationTargetInput,
  DeleteNotificationTargetPayload,
  NotificationTargetConnection,
  TestNotificationTargetInput,
  TestNotificationTargetPayload,
  UpdateNotificationTargetInput,
  UpdateNotificationTargetPayload,
} from './notification-types.js';
import { type NotificationTargetSource, toNotificationTargetSource } from './sources.js';
import { answer } from './user-error.js';

@Resolver(() => NotificationTarget)
export class NotificationTargetResolver {
  @Query(() => NotificationTargetConnection, {
    description: 'Where notifications of a tenant can be sent, by name; for administrators.',
  })
  async notificationTargets(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<Counted<NotificationTargetSource>> {
    const list = 'notificationTargets';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant) };
    const { targets, truncated } = await listNotificationTargets(context.request, { ...scope, ...request });
    const sources = targets.map(toNotificationTargetSource);
    const connection = toConnection({ request, truncated, list }, sources, ({ name }) => name);
    return { ...connection, count: () => countNotificationTargets(context.request, scope) };
  }

  @Mutation(() => CreateNotificationTargetPayload, {
    description: 'Sets up where notifications can be sent; for administrators.',
  })
  createNotificationTarget(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateNotificationTargetInput, { description: 'The target.' })
    input: CreateNotificationTargetInput,
  ): Promise<CreateNotificationTargetPayload> {
    return answer(async () => {
      const { kind, address } = input;
      const made = await createNotificationTarget(context.request, {
        ...placeOf(input),
        ...settingsOf(input),
        kind,
        address,
      });
      return { notificationTarget: toNotificationTargetSource(made.target), secret: made.secret };
    });
  }

  @Mutation(() => UpdateNotificationTargetPayload, {
    description: 'Changes a notification target; for administrators.',
  })
  updateNotificationTarget(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateNotificationTargetInput, { description: 'The target, and what changes.' })
    input: UpdateNotificationTargetInput,
  ): Promise<UpdateNotificationTargetPayload> {
    return answer(async () => {
      const change = { ...placeOf(input), ...settingsOf(input), address: optional(input.address) };
      return {
        notificationTarget: toNotificationTargetSource(await updateNotificationTarget(context.request, change)),
      };
    });
  }

  @Mutation(() => DeleteNotificationTargetPayload, {
    description: 'Removes a notification target that no bucket names, with its dead letters; for administrators.',
  })
  deleteNotificationTarget(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DeleteNotificationTargetInput, { description: 'The target.' })
    input: DeleteNotificationTargetInput,
  ): Promise<DeleteNotificationTargetPayload> {
    return answer(async () => ({ deletedName: await deleteNotificationTarget(context.request, placeOf(input)) }));
  }

  @Mutation(() => TestNotificationTargetPayload, {
    description: 'Sends a notification target a test event, and says what went wrong; for administrators.',
  })
  testNotificationTarget(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => TestNotificationTargetInput, { description: 'The target.' }) input: TestNotificationTargetInput,
  ): Promise<TestNotificationTargetPayload> {
    return answer(async () => {
      const problem = await testNotificationTarget(context.request, placeOf(input));
      return { delivered: problem === null, problem };
    });
  }

  @FieldResolver(() => String, { description: 'The name that S3 knows the target by.' })
  async arn(@Root() target: NotificationTargetSource, @Ctx() context: GraphqlContext): Promise<string> {
    const tenant = await context.loaders.tenants.load(target.tenantId);
    return targetArn(tenant?.name ?? '', target.name);
  }
}

function placeOf({ name, tenant }: DeleteNotificationTargetInput) {
  return { name, tenant: optional(tenant) };
}

function settingsOf(input: CreateNotificationTargetInput | UpdateNotificationTargetInput): TargetSettings {
  return {
    destination: optional(input.destination),
    username: optional(input.username),
    secret: optional(input.secret),
    enabled: optional(input.enabled),
  };
}
