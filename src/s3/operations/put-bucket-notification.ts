import { setBucketNotifications } from '../../operations/notifications/set-bucket-notifications.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { parseNotifications } from '../protocol/notification.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html */
export async function putBucketNotification(exchange: Exchange): Promise<Answer> {
  const address = bucketAddress(exchange);
  const tenant = address.tenant ?? exchange.context.caller.tenantName;
  const rules = parseNotifications(await readDocument(exchange), tenant);
  await setBucketNotifications(exchange.context, { ...address, rules });
  return emptyAnswer([], 200);
}
