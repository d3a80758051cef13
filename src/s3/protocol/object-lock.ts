import type { Retention } from '../../operations/objects/object-lock.js';
import type { BucketLock, LockMode, ObjectLock } from '../../operations/types.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';
import { parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document } from './xml-writer.js';

/** The headers and documents of https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
const names = {
  mode: 'x-amz-object-lock-mode',
  retainUntil: 'x-amz-object-lock-retain-until-date',
  legalHold: 'x-amz-object-lock-legal-hold',
  bypass: 'x-amz-bypass-governance-retention',
  bucket: 'x-amz-bucket-object-lock-enabled',
} as const;

/** What an upload's headers ask to be kept by; undefined when they ask for nothing. */
export function readObjectLock({ values }: RequestHeaders): ObjectLock | undefined {
  const mode = values[names.mode];
  const retainUntil = values[names.retainUntil];
  const legalHold = values[names.legalHold];
  if (mode === undefined && retainUntil === undefined && legalHold === undefined) {
    return undefined;
  }
  if ((mode === undefined) !== (retainUntil === undefined)) {
    throw s3Error(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      { ArgumentName: mode === undefined ? names.mode : names.retainUntil },
    );
  }
  const lock: ObjectLock = {};
  if (mode !== undefined && retainUntil !== undefined) {
    lock.mode = isLockMode(mode) ? mode : refuseValue(names.mode, mode, 'Unknown wormMode directive.');
    lock.retainUntil =
      parseTimestamp(retainUntil) ??
      refuseValue(names.retainUntil, retainUntil, 'The retain until date must be provided in ISO 8601 format');
  }
  if (legalHold !== undefined) {
    lock.legalHold = isHoldStatus(legalHold)
      ? legalHold === 'ON'
      : refuseValue(names.legalHold, legalHold, "Legal Hold must be either of 'ON' or 'OFF'");
  }
  return lock;
}

/** What a read says of an object's lock. */
export function objectLockHeaders({ mode, retainUntil, legalHold }: ObjectLock): string[] {
  return [
    ...(mode === undefined ? [] : [names.mode, mode]),
    ...(retainUntil === undefined ? [] : [names.retainUntil, retainUntil.toISOString()]),
    ...(legalHold === true ? [names.legalHold, 'ON'] : []),
  ];
}

/** Whether a request asks to go past governance retention. */
export function readBypass(headers: RequestHeaders): { bypassGovernance?: 'BYPASS' } {
  return readFlag(headers, names.bypass) ? { bypassGovernance: 'BYPASS' } : {};
}

/** Whether a new bucket is to have object lock. */
export function readBucketLock(headers: RequestHeaders): { objectLock?: BucketLock } {
  return readFlag(headers, names.bucket) ? { objectLock: { enabled: true } } : {};
}

/** A retention; null for an empty one, which takes it away. */
export function parseRetention(body: Buffer): Retention | null {
  const root = parseXml(body, 'Retention');
  refuseOthers(root, ['Mode', 'RetainUntilDate']);
  const mode = root.text('Mode')?.trim();
  const date = root.text('RetainUntilDate')?.trim();
  if (mode === undefined && date === undefined) {
    return null;
  }
  const retainUntil = parseTimestamp(date ?? '');
  if (!isLockMode(mode) || retainUntil === undefined) {
    throw s3Error('MalformedXML');
  }
  return { mode, retainUntil };
}

/** The XML body of GetObjectRetention. */
export function formatRetention({ mode, retainUntil }: Retention): string {
  return s3Document('Retention', [element('Mode', mode), element('RetainUntilDate', retainUntil.toISOString())]);
}

/** Reads the body of PutObjectLegalHold. */
export function parseLegalHold(body: Buffer): 'ON' | 'OFF' {
  const status = parseXml(body, 'LegalHold').text('Status')?.trim();
  if (!isHoldStatus(status)) {
    throw s3Error('MalformedXML');
  }
  return status;
}

/** The XML body of GetObjectLegalHold. */
export function formatLegalHold(status: 'ON' | 'OFF'): string {
  return s3Document('LegalHold', [element('Status', status)]);
}

/** The default retention of a bucket's configuration, which must say that object lock is on. */
export function parseLockConfiguration(body: Buffer): { default?: NonNullable<BucketLock['default']> } {
  const root = parseXml(body, 'ObjectLockConfiguration');
  if (root.text('ObjectLockEnabled')?.trim() !== 'Enabled') {
    throw s3Error('MalformedXML');
  }
  const rule = onlyChild(root, 'Rule');
  if (rule === undefined) {
    return {};
  }
  const retention = onlyChild(rule, 'DefaultRetention');
  const mode = retention?.text('Mode')?.trim();
  if (retention === undefined || !isLockMode(mode)) {
    throw s3Error('MalformedXML');
  }
  refuseOthers(retention, ['Mode', 'Days', 'Years']);
  const days = readInteger(retention, 'Days');
  const years = readInteger(retention, 'Years');
  return {
    default: { mode, ...(days === undefined ? {} : { days }), ...(years === undefined ? {} : { years }) },
  };
}

/** The XML body of GetObjectLockConfiguration. */
export function formatLockConfiguration({ default: retention }: BucketLock): string {
  const rule = retention && [
    element('DefaultRetention', [
      element('Mode', retention.mode),
      element('Days', retention.days),
      element('Years', retention.years),
    ]),
  ];
  return s3Document('ObjectLockConfiguration', [element('ObjectLockEnabled', 'Enabled'), element('Rule', rule)]);
}

function readFlag({ values }: RequestHeaders, name: string): boolean {
  const value = values[name]?.trim().toLowerCase();
  if (value !== undefined && value !== 'true' && value !== 'false') {
    refuseValue(name, value, `${name} is true or false.`);
  }
  return value === 'true';
}

function readInteger(parent: XmlElement, name: string): number | undefined {
  const text = parent.text(name)?.trim();
  if (text !== undefined && !/^-?\d{1,9}$/.test(text)) {
    throw s3Error('MalformedXML');
  }
  return text === undefined ? undefined : Number(text);
}

function onlyChild(parent: XmlElement, name: string): XmlElement | undefined {
  const children = parent.children(name);
  if (children.length > 1) {
    throw s3Error('MalformedXML');
  }
  return children[0];
}

/** Who asks for a kind of retention that is not there must not believe that it was heeded. */
function refuseOthers(parent: XmlElement, known: string[]): void {
  const unknown = parent.names().find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw s3Error('NotImplemented', `${unknown} is not implemented.`);
  }
}

function isLockMode(text: string | undefined): text is LockMode {
  return text === 'GOVERNANCE' || text === 'COMPLIANCE';
}

function isHoldStatus(text: string | undefined): text is 'ON' | 'OFF' {
  return text === 'ON' || text === 'OFF';
}

/** ISO 8601 with a time and a zone; undefined for anything else, and for days that no month has. */
function parseTimestamp(text: string): Date | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.exec(text.trim());
  const at = parts === null ? Number.NaN : Date.parse(text.trim());
  // Date.parse takes February 30 for March 2.
  const day = new Date(`${parts?.[1]}T00:00:00Z`);
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(parts?.[1] ?? '');
  return Number.isNaN(at) || !isDay ? undefined : new Date(at);
}

function refuseValue(name: string, value: string, message: string): never {
  throw s3Error('InvalidArgument', message, { ArgumentName: name, ArgumentValue: value });
}
