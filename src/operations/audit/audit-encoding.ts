import { createHash } from 'node:crypto';

/** What the hash of an event covers: each column that tells of it (not what totals are added up from) as text, by SQL that gives the same text on every server. */
export const eventTexts = {
  id: 'e.id::text',
  tenantId: 'e.tenant_id::text',
  at: microseconds('e.at'),
  action: 'e.action',
  outcome: 'e.outcome',
  actorId: 'e.actor_id::text',
  actorName: 'e.actor_name',
  accessKeyId: 'e.access_key_id',
  bucketId: 'e.bucket_id::text',
  key: 'e.key',
  versionId: 'e.version_id::text',
  requestId: 'e.request_id',
  sourceIp: 'e.source_ip',
  userAgent: 'e.user_agent',
  decisionId: 'e.decision_id',
  details: 'e.details::text',
} as const;

/** An event as the hash sees it. */
export type EventTexts = { [Field in keyof typeof eventTexts]: string | null };

const fields = Object.keys(eventTexts) as (keyof EventTexts)[];

/** The columns of {@link EventTexts}, of `event e`. */
export const eventTextColumns = fields.map((field) => `${eventTexts[field]} AS "${field}"`).join(', ');

/** The hash of `event e` in SQL: the same as {@link hashEvent}, where the rows are. */
export const eventHash = `sha256(convert_to(concat(${fields.map((field) => encodedText(eventTexts[field])).join(', ')}), 'UTF8'))`;

/** SQL for a moment as microseconds since 1970, as text. */
export function microseconds(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000000)::bigint::text`;
}

/** The hash of an event. */
export function hashEvent(event: EventTexts): Buffer {
  return sha256(encodeTexts(fields.map((field) => event[field])));
}

/** Texts in one, so that no two lists give the same: each with its length in bytes before it, `-` for null. */
export function encodeTexts(texts: readonly (string | null)[]): string {
  return texts.map((text) => (text === null ? '-' : `${Buffer.byteLength(text)}:${text}`)).join('');
}

export function sha256(content: string | Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}

/** Of the hash of an event, as much as a batch keeps to tell which of its events was changed. */
const keptHash = 8;

const leafLength = 8 + keptHash;

/** The list of a batch's events, as {@link readLeaves} reads it, in SQL: from ids and hashes. */
export const leafOf = (id: string, hash: string): string =>
  `int8send(${id}) || substring(${hash} FROM 1 FOR ${keptHash})`;

/** The events of a batch: the beginning of each one's hash by its id. */
export function readLeaves(leaves: Buffer): Map<string, Buffer> {
  const list = new Map<string, Buffer>();
  for (let at = 0; at + leafLength <= leaves.length; at += leafLength) {
    list.set(leaves.readBigInt64BE(at).toString(), leaves.subarray(at + 8, at + leafLength));
  }
  return list;
}

/** Whether a leaf is that of an event with this hash. */
export function isLeafOf(leaf: Buffer, hash: Buffer): boolean {
  return hash.subarray(0, keptHash).equals(leaf);
}

function encodedText(sql: string): string {
  return `COALESCE(octet_length(${sql}) || ':' || ${sql}, '-')`;
}
