import { getBucketNotifications } from '../../operations/notifications/set-bucket-notifications.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatNotifications } from '../protocol/notification.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html */
export async function getBucketNotification(exchange: Exchange): Promise<Answer> {
  const address = bucketAddress(exchange);
  const rules = await getBucketNotifications(exchange.context, address);
  return xmlAnswer(formatNotifications(rules, address.tenant ?? exchange.context.caller.tenantName));
}
