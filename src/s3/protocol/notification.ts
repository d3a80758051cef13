import { randomUUID } from 'node:crypto';
import type { NotificationForm, NotificationRule } from '../../operations/notifications/notification-rules.js';
import { targetArn, targetOfArn } from '../../operations/notifications/notification-targets.js';
import { s3Error } from './s3-error.js';
import { parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document } from './xml-writer.js';

/** What each kind of destination is called, and its ARN; the second name of an element is what the API once had. */
const forms: Readonly<Record<NotificationForm, { elements: readonly [string, ...string[]]; arn: string }>> = {
  TOPIC: { elements: ['TopicConfiguration'], arn: 'Topic' },
  QUEUE: { elements: ['QueueConfiguration'], arn: 'Queue' },
  FUNCTION: { elements: ['CloudFunctionConfiguration', 'LambdaFunctionConfiguration'], arn: 'CloudFunction' },
};

const formNames = Object.keys(forms) as NotificationForm[];

/**
 * The document of PutBucketNotificationConfiguration, whose ARNs name targets of the tenant.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html
 */
export function parseNotifications(body: Buffer, tenant: string): NotificationRule[] {
  const root = parseXml(body, 'NotificationConfiguration');
  if (root.names().includes('EventBridgeConfiguration')) {
    throw s3Error('NotImplemented', 'There is no EventBridge here. Name a notification target instead.');
  }
  const known = formNames.flatMap((form) => forms[form].elements);
  if (root.names().some((name) => !known.includes(name))) {
    throw s3Error('MalformedXML');
  }
  return formNames.flatMap((form) =>
    forms[form].elements.flatMap((name) => root.children(name).map((rule) => parseRule(rule, form, tenant))),
  );
}

/** The answer to GetBucketNotificationConfiguration; an empty document when there are no rules. */
export function formatNotifications(rules: readonly NotificationRule[], tenant: string): string {
  return s3Document(
    'NotificationConfiguration',
    rules.map((rule) => {
      const { elements, arn } = forms[rule.form];
      return element(elements[0], [
        element('Id', rule.id),
        element(arn, targetArn(tenant, rule.target)),
        ...rule.events.map((event) => element('Event', event)),
        rule.prefix === '' && rule.suffix === ''
          ? undefined
          : element('Filter', [
              element('S3Key', [filterRule('Prefix', rule.prefix), filterRule('Suffix', rule.suffix)]),
            ]),
      ]);
    }),
  );
}

function filterRule(name: string, value: string) {
  return value === '' ? undefined : element('FilterRule', [element('Name', name), element('Value', value)]);
}

function parseRule(rule: XmlElement, form: NotificationForm, tenant: string): NotificationRule {
  const arn = rule.requiredText(forms[form].arn).trim();
  const target = targetOfArn(tenant, arn);
  if (target === undefined) {
    throw s3Error(
      'InvalidArgument',
      `Unable to validate the following destination configurations: ${arn} is not the ARN of a target of this tenant, as ${targetArn(tenant, 'NAME')} is.`,
      { ArgumentName: forms[form].arn, ArgumentValue: arn },
    );
  }
  return {
    ...{ id: rule.text('Id') || randomUUID(), form, target },
    events: rule.children('Event').map((event) => event.ownText().trim()),
    ...parseFilter(rule),
  };
}

function parseFilter(rule: XmlElement): { prefix: string; suffix: string } {
  const filter = { prefix: '', suffix: '' };
  const seen = new Set<string>();
  const rules = rule
    .children('Filter')
    .flatMap((each) => each.children('S3Key'))
    .flatMap((each) => each.children('FilterRule'));
  for (const each of rules) {
    const name = each.requiredText('Name').trim().toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') {
      throw s3Error('InvalidArgument', 'filter rule name must be either prefix or suffix');
    }
    if (seen.has(name)) {
      throw s3Error('InvalidArgument', `Cannot specify more than one ${name} rule in a filter.`);
    }
    seen.add(name);
    filter[name] = each.text('Value') ?? '';
  }
  return filter;
}
