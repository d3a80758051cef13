import { GranaryError } from '../../errors.js';

/** As which of S3's kinds of destination a target is named; it makes no difference to what is sent. */
export type NotificationForm = 'QUEUE' | 'TOPIC' | 'FUNCTION';

/** Which events of a bucket go to which target. */
export interface NotificationRule {
  id: string;
  form: NotificationForm;
  /** The name of a target of the bucket's tenant. */
  target: string;
  /** `s3:ObjectCreated:Put`, or all of a kind: `s3:ObjectCreated:*` */
  events: string[];
  prefix: string;
  suffix: string;
}

/** What a bucket notifies of. */
export interface BucketNotifications {
  rules: NotificationRule[];
  /** The last event that was before the first rule: those after it count. */
  after: number;
}

/** AWS's limits. */
const most = { rules: 100, id: 255, filter: 1024 };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
const eventTypes: ReadonlySet<string> = new Set([
  's3:TestEvent',
  ...family('ObjectCreated', ['*', 'Put', 'Post', 'Copy', 'CompleteMultipartUpload']),
  ...family('ObjectRemoved', ['*', 'Delete', 'DeleteMarkerCreated']),
  ...family('ObjectRestore', ['*', 'Post', 'Completed', 'Delete']),
  's3:ReducedRedundancyLostObject',
  ...family('Replication', [
    '*',
    'OperationFailedReplication',
    'OperationMissedThreshold',
    'OperationReplicatedAfterThreshold',
    'OperationNotTracked',
  ]),
  ...family('LifecycleExpiration', ['*', 'Delete', 'DeleteMarkerCreated']),
  's3:LifecycleTransition',
  's3:IntelligentTiering',
  ...family('ObjectTagging', ['*', 'Put', 'Delete']),
  's3:ObjectAcl:Put',
]);

function family(name: string, members: string[]): string[] {
  return members.map((member) => `s3:${name}:${member}`);
}

/**
 * The rules when they are sound together.
 * @throws GranaryError InvalidInput, whose field leads to what is wrong.
 */
export function validNotificationRules(rules: readonly NotificationRule[]): NotificationRule[] {
  if (rules.length > most.rules) {
    throw invalid([], `A bucket has at most ${most.rules} notification configurations.`);
  }
  rules.forEach((rule, index) => {
    checkRule(rule, String(index));
    for (const other of rules.slice(0, index)) {
      if (other.id === rule.id) {
        throw invalid([String(index), 'id'], 'Same ID used for multiple configurations. IDs must be unique');
      }
      if (overlap(other, rule)) {
        throw invalid(
          [String(index)],
          'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
        );
      }
    }
  });
  return [...rules];
}

function checkRule(rule: NotificationRule, place: string): void {
  if (rule.id === '' || rule.id.length > most.id || !isText(rule.id)) {
    throw invalid([place, 'id'], `The id of a notification configuration has 1 to ${most.id} characters.`);
  }
  if (rule.events.length === 0) {
    throw invalid([place, 'events'], 'A notification configuration names at least one event.');
  }
  if (!rule.events.every((event) => eventTypes.has(event))) {
    throw invalid([place, 'events'], 'The event is not supported for notifications');
  }
  for (const field of ['prefix', 'suffix'] as const) {
    if (Buffer.byteLength(rule[field]) > most.filter || !isText(rule[field])) {
      throw invalid([place, field], `The ${field} of a filter is text of at most ${most.filter} bytes.`);
    }
  }
}

/** Whether an event of some key would fit both. Of one event there is one notification, as in S3. */
function overlap(one: NotificationRule, other: NotificationRule): boolean {
  return (
    one.events.some((event) => other.events.some((each) => fits(event, each) || fits(each, event))) &&
    (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)) &&
    (one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix))
  );
}

/** The rule that an event (`s3:ObjectCreated:Put`) of a key falls under; undefined when there is none. */
export function ruleFor(
  rules: readonly NotificationRule[],
  event: { name: string; key: string },
): NotificationRule | undefined {
  return rules.find(
    ({ events, prefix, suffix }) =>
      event.key.startsWith(prefix) && event.key.endsWith(suffix) && events.some((pattern) => fits(pattern, event.name)),
  );
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function invalid(place: string[], message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['rules', ...place] });
}
