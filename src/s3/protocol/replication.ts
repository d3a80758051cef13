import { randomUUID } from 'node:crypto';
import type { BucketReplication } from '../../operations/replication/get-bucket-replication.js';
import type { ReplicationRule } from '../../operations/replication/replication-rules.js';
import type { ReplicationRuleInput } from '../../operations/replication/set-bucket-replication.js';
import type { StorageClass } from '../../operations/types.js';
import { s3Error } from './s3-error.js';
import { parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document, type Xml } from './xml-writer.js';

/** What a rule and its destination may say; whoever asks for more must not believe that it was heeded. */
const ruleNames = new Set([
  'DeleteMarkerReplication',
  'Destination',
  'ExistingObjectReplication',
  'Filter',
  'ID',
  'Prefix',
  'Priority',
  'Status',
]);
const destinationNames = new Set(['Bucket', 'StorageClass']);
const storageClasses: readonly StorageClass[] = ['STANDARD', 'STANDARD_IA', 'GLACIER_IR'];

const awsArn = /^arn:aws:s3:::([^:/]+)$/;
const targetArn = /^arn:granary:replication::([0-9a-f-]{36}):[^:/]+$/;

/**
 * The rules of a ReplicationConfiguration. A destination is a target that the bucket has:
 * `arn:aws:s3:::<its bucket>`, or `arn:granary:replication::<its id>:<its bucket>`. The role is not looked at.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationConfiguration.html
 */
export function parseReplication(document: Buffer): ReplicationRuleInput[] {
  const rules = parseXml(document, 'ReplicationConfiguration').children('Rule');
  if (rules.length === 0) {
    throw s3Error('MalformedXML');
  }
  return rules.map((rule, index) => parseRule(rule, rules.length - index));
}

/** A bucket's replication as the document that {@link parseReplication} reads. */
export function formatReplication({ rules, targets }: BucketReplication): string {
  const arnOf = (rule: ReplicationRule): string => {
    const bucket = targets.find(({ id }) => id === rule.targetId)?.bucket ?? '';
    const isOnly = targets.filter((target) => target.bucket === bucket).length === 1;
    return isOnly ? `arn:aws:s3:::${bucket}` : `arn:granary:replication::${rule.targetId}:${bucket}`;
  };
  return s3Document('ReplicationConfiguration', [
    element('Role', ''),
    ...rules.map((rule) => formatRule(rule, arnOf(rule))),
  ]);
}

/** Rules of the first version of the schema have a prefix and no filter: they stand in order, and take markers along. */
function parseRule(rule: XmlElement, fallbackPriority: number): ReplicationRuleInput {
  refuseOthers(rule, ruleNames);
  const [filter] = rule.children('Filter');
  const existing = statusIn(rule, 'ExistingObjectReplication');
  if (existing === 'Enabled') {
    throw s3Error('NotImplemented', 'ExistingObjectReplication is not implemented: resync the bucket instead.');
  }
  return {
    id: rule.text('ID')?.trim() || randomUUID(),
    enabled: readStatus(rule.requiredText('Status')) === 'Enabled',
    priority: parsePriority(rule.text('Priority')) ?? fallbackPriority,
    ...(filter === undefined ? { prefix: rule.text('Prefix') ?? '', tags: {} } : parseFilter(filter)),
    deleteMarkers: (statusIn(rule, 'DeleteMarkerReplication') ?? (filter ? 'Disabled' : 'Enabled')) === 'Enabled',
    ...parseDestination(rule),
  };
}

function parseFilter(filter: XmlElement): { prefix: string; tags: Record<string, string> } {
  const [and] = filter.children('And');
  const conditions = and ?? filter;
  const tags = conditions.children('Tag').map((tag) => [tag.requiredText('Key'), tag.text('Value') ?? '']);
  if (and === undefined && tags.length > 1) {
    throw s3Error('MalformedXML');
  }
  return { prefix: conditions.text('Prefix') ?? '', tags: Object.fromEntries(tags) };
}

function parseDestination(rule: XmlElement): { target: string; storageClass?: StorageClass } {
  const [destination, ...more] = rule.children('Destination');
  if (destination === undefined || more.length > 0) {
    throw s3Error('MalformedXML');
  }
  refuseOthers(destination, destinationNames);
  const arn = destination.requiredText('Bucket').trim();
  const target = awsArn.exec(arn)?.[1] ?? targetArn.exec(arn)?.[1];
  if (target === undefined) {
    throw s3Error('InvalidArgument', 'Invalid bucket ARN.', { ArgumentName: 'Bucket', ArgumentValue: arn });
  }
  const asked = destination.text('StorageClass')?.trim();
  const storageClass = storageClasses.find((known) => known === asked);
  if (asked !== undefined && storageClass === undefined) {
    throw s3Error('InvalidStorageClass');
  }
  return { target, ...(storageClass === undefined ? {} : { storageClass }) };
}

function formatRule(rule: ReplicationRule, arn: string): Xml | undefined {
  const tags = Object.entries(rule.tags).map(([key, value]) =>
    element('Tag', [element('Key', key), element('Value', value)]),
  );
  const prefix = element('Prefix', rule.prefix);
  return element('Rule', [
    element('ID', rule.id),
    element('Priority', rule.priority),
    element('Filter', tags.length === 0 ? [prefix] : [element('And', [prefix, ...tags])]),
    element('Status', rule.enabled ? 'Enabled' : 'Disabled'),
    element('Destination', [element('Bucket', arn), element('StorageClass', rule.storageClass)]),
    element('DeleteMarkerReplication', [element('Status', rule.deleteMarkers ? 'Enabled' : 'Disabled')]),
  ]);
}

function parsePriority(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d{1,10}$/.test(text.trim())) {
    throw s3Error('MalformedXML');
  }
  return Number(text);
}

function statusIn(rule: XmlElement, name: string): 'Enabled' | 'Disabled' | undefined {
  const [holder] = rule.children(name);
  return holder === undefined ? undefined : readStatus(holder.requiredText('Status'));
}

function readStatus(text: string): 'Enabled' | 'Disabled' {
  const status = text.trim();
  if (status !== 'Enabled' && status !== 'Disabled') {
    throw s3Error('MalformedXML');
  }
  return status;
}

function refuseOthers(parent: XmlElement, names: ReadonlySet<string>): void {
  const other = parent.names().find((name) => !names.has(name));
  if (other !== undefined) {
    throw s3Error('NotImplemented', `${other} is not implemented in a replication configuration.`);
  }
}
