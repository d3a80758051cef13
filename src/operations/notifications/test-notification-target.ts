import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { testEvent } from './notification-event.js';
import { describeSendFailure } from './notification-sender.js';
import { NotificationSenders } from './notification-senders.js';
import { findTarget } from './notification-targets.js';

/** Sends a target a test event, once. Returns what went wrong; null when it arrived. */
export async function testNotificationTarget(
  context: RequestContext,
  input: { tenant?: string | undefined; name: string },
): Promise<string | null> {
  const tenant = await resolveTenant(context, input.tenant);
  const { name } = input;
  authorizeAction(context, 'granary:TestNotificationTarget', { tenant, kind: 'notification-target', name });
  const target = await findTarget(context.granary, { tenantId: tenant.id, name });
  const senders = new NotificationSenders(context.granary);
  const body = testEvent({ bucket: '', requestId: context.requestId });
  let problem: string | null = null;
  try {
    await senders.send(target, { id: 0, eventName: 's3:TestEvent', bucketId: 0, key: '', body });
  } catch (error) {
    problem = describeSendFailure(error);
  } finally {
    await senders.close();
  }
  await recordEvent(context.granary.database, context, {
    ...{ action: 'granary:TestNotificationTarget', tenantId: tenant.id },
    details: { target: target.id, name, ...(problem === null ? {} : { problem }) },
  });
  return problem;
}
