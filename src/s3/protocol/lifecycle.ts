import { randomUUID } from 'node:crypto';
import type {
  ColdClass,
  LifecycleDue,
  LifecycleFilter,
  LifecycleRule,
  NoncurrentDue,
} from '../../operations/lifecycle/lifecycle-rules.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';
import { parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document, type Xml } from './xml-writer.js';

/** What each element may say; whoever asks for more must not believe that it was heeded. */
const known = {
  rule: [
    'AbortIncompleteMultipartUpload',
    'Expiration',
    'Filter',
    'ID',
    'NoncurrentVersionExpiration',
    'NoncurrentVersionTransition',
    'Prefix',
    'Status',
    'Transition',
  ],
  conditions: ['ObjectSizeGreaterThan', 'ObjectSizeLessThan', 'Prefix', 'Tag'],
  expiration: ['Date', 'Days', 'ExpiredObjectDeleteMarker'],
  transition: ['Date', 'Days', 'StorageClass'],
  noncurrent: ['NewerNoncurrentVersions', 'NoncurrentDays'],
  abort: ['DaysAfterInitiation'],
};

const transitionMinimum = 'x-amz-transition-default-minimum-object-size';

const coldClasses: readonly ColdClass[] = ['STANDARD_IA', 'GLACIER_IR'];

/**
 * The rules of a LifecycleConfiguration; a rule without an id gets one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
 */
export function parseLifecycle(document: Buffer): LifecycleRule[] {
  const root = parseXml(document, 'LifecycleConfiguration');
  refuseOthers(root, ['Rule']);
  const rules = root.children('Rule');
  if (rules.length === 0) {
    throw s3Error('MalformedXML');
  }
  return rules.map(parseRule);
}

/**
 * What an answer says of versions that are too small to be moved: for the classes that there are, the two values that
 * AWS has mean the same.
 */
export const transitionMinimumHeaders = [transitionMinimum, 'all_storage_classes_128K'];

/** Refuses a minimum that nobody knows. */
export function readTransitionMinimum({ values }: RequestHeaders): void {
  const asked = values[transitionMinimum];
  if (asked !== undefined && asked !== 'all_storage_classes_128K' && asked !== 'varies_by_storage_class') {
    throw s3Error('InvalidRequest', `Invalid ${transitionMinimum}.`);
  }
}

/** Rules as the document that {@link parseLifecycle} reads. */
export function formatLifecycle(rules: readonly LifecycleRule[]): string {
  return s3Document('LifecycleConfiguration', rules.map(formatRule));
}

function parseRule(rule: XmlElement): LifecycleRule {
  refuseOthers(rule, known.rule);
  const status = rule.requiredText('Status').trim();
  if (status !== 'Enabled' && status !== 'Disabled') {
    throw s3Error('MalformedXML');
  }
  return {
    id: rule.text('ID')?.trim() || randomUUID(),
    enabled: status === 'Enabled',
    filter: parseFilter(rule),
    ...(hasChild(rule, 'Prefix') ? { form: 'PREFIX' as const } : {}),
    transitions: rule.children('Transition').map((transition) => {
      refuseOthers(transition, known.transition);
      return { ...requiredDue(transition), storageClass: readClass(transition) };
    }),
    noncurrentTransitions: rule.children('NoncurrentVersionTransition').map((transition) => {
      refuseOthers(transition, [...known.noncurrent, 'StorageClass']);
      return { ...readNoncurrent(transition), storageClass: readClass(transition) };
    }),
    ...parseEnds(rule),
  };
}

function parseEnds(
  rule: XmlElement,
): Pick<LifecycleRule, 'expiration' | 'noncurrentExpiration' | 'abortIncompleteMultipartUpload'> {
  const expiration = only(rule, 'Expiration');
  const noncurrent = only(rule, 'NoncurrentVersionExpiration');
  const abort = only(rule, 'AbortIncompleteMultipartUpload');
  if (noncurrent !== undefined) {
    refuseOthers(noncurrent, known.noncurrent);
  }
  if (abort !== undefined) {
    refuseOthers(abort, known.abort);
  }
  const parsed = expiration && parseExpiration(expiration);
  return {
    ...(parsed === undefined ? {} : { expiration: parsed }),
    ...(noncurrent === undefined ? {} : { noncurrentExpiration: readNoncurrent(noncurrent) }),
    ...(abort === undefined
      ? {}
      : { abortIncompleteMultipartUpload: { days: readNumber(abort, 'DaysAfterInitiation') } }),
  };
}

/** Rules of the first version of the schema have a prefix in the place of a filter. */
function parseFilter(rule: XmlElement): LifecycleFilter {
  const filter = only(rule, 'Filter');
  const prefix = rule.text('Prefix');
  if ((filter === undefined) === (prefix === undefined)) {
    throw s3Error('MalformedXML');
  }
  if (filter === undefined) {
    return { prefix: prefix ?? '', tags: {} };
  }
  const and = only(filter, 'And');
  const conditions = and ?? filter;
  const isTooMuch = and === undefined ? countOf(filter) > 1 : filter.names().length > 1;
  if (isTooMuch) {
    throw s3Error('MalformedXML');
  }
  refuseOthers(conditions, known.conditions);
  return {
    prefix: conditions.text('Prefix') ?? '',
    tags: readTags(conditions),
    ...(hasChild(conditions, 'ObjectSizeGreaterThan')
      ? { objectSizeGreaterThan: readNumber(conditions, 'ObjectSizeGreaterThan') }
      : {}),
    ...(hasChild(conditions, 'ObjectSizeLessThan')
      ? { objectSizeLessThan: readNumber(conditions, 'ObjectSizeLessThan') }
      : {}),
  };
}

function readTags(conditions: XmlElement): Record<string, string> {
  const tags = conditions.children('Tag').map((tag) => [tag.requiredText('Key'), tag.text('Value') ?? '']);
  const record: Record<string, string> = Object.fromEntries(tags);
  if (Object.keys(record).length !== tags.length) {
    throw s3Error('InvalidRequest', 'Duplicate Tag Keys are not allowed.');
  }
  return record;
}

function parseExpiration(expiration: XmlElement): LifecycleRule['expiration'] {
  refuseOthers(expiration, known.expiration);
  const marker = expiration.text('ExpiredObjectDeleteMarker')?.trim();
  if (marker !== undefined && marker !== 'true' && marker !== 'false') {
    throw s3Error('MalformedXML');
  }
  const due = readDue(expiration);
  if (marker === 'true') {
    if (due !== undefined) {
      throw s3Error('MalformedXML');
    }
    return { expiredObjectDeleteMarker: true };
  }
  if (due === undefined && marker === undefined) {
    throw s3Error('MalformedXML');
  }
  return due;
}

function requiredDue(holder: XmlElement): LifecycleDue {
  const due = readDue(holder);
  if (due === undefined) {
    throw s3Error('MalformedXML');
  }
  return due;
}

function readDue(holder: XmlElement): LifecycleDue | undefined {
  const date = holder.text('Date')?.trim();
  if (date === undefined) {
    return hasChild(holder, 'Days') ? { days: readNumber(holder, 'Days') } : undefined;
  }
  const at = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(at) || hasChild(holder, 'Days')) {
    throw s3Error('MalformedXML');
  }
  return { date: new Date(at).toISOString() };
}

function readNoncurrent(holder: XmlElement): NoncurrentDue {
  return {
    noncurrentDays: readNumber(holder, 'NoncurrentDays'),
    ...(hasChild(holder, 'NewerNoncurrentVersions')
      ? { newerNoncurrentVersions: readNumber(holder, 'NewerNoncurrentVersions') }
      : {}),
  };
}

function readClass(holder: XmlElement): ColdClass {
  const asked = holder.requiredText('StorageClass').trim();
  const storageClass = coldClasses.find((name) => name === asked);
  if (storageClass === undefined) {
    throw s3Error('InvalidStorageClass');
  }
  return storageClass;
}

function readNumber(holder: XmlElement, name: string): number {
  const text = holder.requiredText(name).trim();
  if (!/^-?\d{1,15}$/.test(text)) {
    throw s3Error('MalformedXML');
  }
  return Number(text);
}

function formatRule(rule: LifecycleRule): Xml | undefined {
  const { expiration, noncurrentExpiration, abortIncompleteMultipartUpload: abort } = rule;
  return element('Rule', [
    element('ID', rule.id),
    rule.form === 'PREFIX' ? element('Prefix', rule.filter.prefix) : element('Filter', formatFilter(rule.filter)),
    element('Status', rule.enabled ? 'Enabled' : 'Disabled'),
    ...rule.transitions.map(({ storageClass, ...due }) =>
      element('Transition', [...formatDue(due), element('StorageClass', storageClass)]),
    ),
    ...rule.noncurrentTransitions.map(({ storageClass, ...due }) =>
      element('NoncurrentVersionTransition', [...formatNoncurrent(due), element('StorageClass', storageClass)]),
    ),
    element(
      'Expiration',
      expiration &&
        ('expiredObjectDeleteMarker' in expiration
          ? [element('ExpiredObjectDeleteMarker', true)]
          : formatDue(expiration)),
    ),
    element('NoncurrentVersionExpiration', noncurrentExpiration && formatNoncurrent(noncurrentExpiration)),
    element('AbortIncompleteMultipartUpload', abort && [element('DaysAfterInitiation', abort.days)]),
  ]);
}

function formatFilter({ prefix, tags, ...sizes }: LifecycleFilter): (Xml | undefined)[] {
  const conditions = [
    element('Prefix', prefix === '' ? undefined : prefix),
    ...Object.entries(tags).map(([key, value]) => element('Tag', [element('Key', key), element('Value', value)])),
    element('ObjectSizeGreaterThan', sizes.objectSizeGreaterThan),
    element('ObjectSizeLessThan', sizes.objectSizeLessThan),
  ].filter((condition) => condition !== undefined);
  if (conditions.length === 0) {
    return [element('Prefix', '')];
  }
  return conditions.length === 1 ? conditions : [element('And', conditions)];
}

function formatDue(due: LifecycleDue): (Xml | undefined)[] {
  return 'date' in due ? [element('Date', due.date)] : [element('Days', due.days)];
}

function formatNoncurrent({ noncurrentDays, newerNoncurrentVersions }: NoncurrentDue): (Xml | undefined)[] {
  return [element('NoncurrentDays', noncurrentDays), element('NewerNoncurrentVersions', newerNoncurrentVersions)];
}

function only(parent: XmlElement, name: string): XmlElement | undefined {
  const children = parent.children(name);
  if (children.length > 1) {
    throw s3Error('MalformedXML');
  }
  return children[0];
}

function hasChild(parent: XmlElement, name: string): boolean {
  return parent.children(name).length > 0;
}

function countOf(parent: XmlElement): number {
  return parent.names().reduce((count, name) => count + parent.children(name).length, 0);
}

function refuseOthers(parent: XmlElement, names: readonly string[]): void {
  const other = parent.names().find((name) => !names.includes(name));
  if (other !== undefined) {
    throw s3Error('NotImplemented', `${other} is not implemented in a lifecycle configuration.`);
  }
}
