import { randomUUID } from 'node:crypto';
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import {
  countDeadLetters,
  type DeadLetter,
  discardDeadLetters,
  listDeadLetters,
  replayDeadLetters,
} from '../operations/notifications/dead-letters.js';
import { setBucketNotifications, visibleNotifications } from '../operations/notifications/set-bucket-notifications.js';
import type { BucketInfo } from '../operations/types.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  DeadLetterConnection,
  DiscardDeadLettersInput,
  DiscardDeadLettersPayload,
  NotificationForm,
  NotificationRuleType,
  ReplayDeadLettersInput,
  ReplayDeadLettersPayload,
  SetBucketNotificationsInput,
  SetBucketNotificationsPayload,
} from './notification-types.js';
import { addressOf } from './placed-object.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

/** What buckets notify of, and what could not be delivered. */
@Resolver(() => Bucket)
export class NotificationResolver {
  @FieldResolver(() => [NotificationRuleType], {
    nullable: true,
    description: 'Which events of the bucket go to which target; null when the caller may not see.',
  })
  async notifications(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
  ): Promise<NotificationRuleType[] | null> {
    const rules = await visibleNotifications(context.request, addressOf(bucket));
    return rules?.map((rule) => ({ ...rule, form: NotificationForm[rule.form] })) ?? null;
  }

  @Mutation(() => SetBucketNotificationsPayload, {
    description: 'Sets which events of a bucket go to which targets. Each target is sent a test event.',
  })
  setBucketNotifications(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketNotificationsInput, { description: 'The bucket and its rules.' })
    { bucket, tenant, rules }: SetBucketNotificationsInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const given = rules.map(({ id, form, target, events, prefix, suffix }) => ({
        ...{ id: id ?? randomUUID(), form: form ?? NotificationForm.QUEUE, target, events },
        ...{ prefix: prefix ?? '', suffix: suffix ?? '' },
      }));
      const address = { bucket, tenant: optional(tenant) };
      return { bucket: await setBucketNotifications(context.request, { ...address, rules: given }) };
    });
  }

  @Query(() => DeadLetterConnection, {
    description: 'Notifications of a tenant that were given up, oldest first; for administrators.',
  })
  async deadLetters(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant; the caller's own by default.",
    })
    tenant?: string | null,
    @Arg('target', () => String, { nullable: true, description: 'Only those of the target with this name.' })
    target?: string | null,
  ): Promise<Counted<DeadLetter>> {
    const list = 'deadLetters';
    const request = pageRequest(page, list);
    const scope = { tenant: optional(tenant), target: optional(target) };
    const { letters, truncated } = await listDeadLetters(context.request, { ...scope, ...request });
    const connection = toConnection({ request, truncated, list }, letters, ({ id }) => String(id));
    return { ...connection, count: () => countDeadLetters(context.request, scope) };
  }

  @Mutation(() => ReplayDeadLettersPayload, {
    description: 'Sends dead letters again, those of one key in their order and behind what is on its way for it.',
  })
  replayDeadLetters(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => ReplayDeadLettersInput, { description: 'The dead letters.' }) input: ReplayDeadLettersInput,
  ): Promise<ReplayDeadLettersPayload> {
    return answer(async () => ({ count: await replayDeadLetters(context.request, choiceOf(input)) }));
  }

  @Mutation(() => DiscardDeadLettersPayload, { description: 'Forgets dead letters.' })
  discardDeadLetters(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DiscardDeadLettersInput, { description: 'The dead letters.' }) input: DiscardDeadLettersInput,
  ): Promise<DiscardDeadLettersPayload> {
    return answer(async () => ({ count: await discardDeadLetters(context.request, choiceOf(input)) }));
  }
}

function choiceOf({ tenant, target, ids }: ReplayDeadLettersInput) {
  return { tenant: optional(tenant), target: optional(target), ids: optional(ids) };
}
