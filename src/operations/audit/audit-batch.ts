import { createHmac } from 'node:crypto';
import { encodeTexts, microseconds, sha256 } from './audit-encoding.js';

/** A link of a tenant's chain. Numbers and moments are as text, as the root covers them. */
export interface AuditBatchLink {
  tenantId: string;
  number: string;
  /** It covers the events behind this one ... */
  afterId: string;
  /** ... up to this one. */
  lastId: string;
  rowCount: string;
  /** Microseconds since 1970, like the other moments. */
  firstAt: string;
  lastAt: string;
  sealedAt: string;
  /** The SHA-256 of all hashes of its events, in the order of their ids. */
  rowsDigest: Buffer;
  previousRoot: Buffer;
}

export interface StoredAuditBatch extends AuditBatchLink {
  root: Buffer;
  keyId: string;
  signature: Buffer;
  leaves: Buffer | null;
  removedAt: string | null;
  removal: Buffer | null;
}

/** The columns of {@link StoredAuditBatch}, of `audit_batch b`. */
export const auditBatchColumns = `
  b.tenant_id::text AS "tenantId", b.number::text AS number, b.after_id::text AS "afterId", b.last_id::text AS "lastId",
  b.row_count::text AS "rowCount", ${microseconds('b.first_at')} AS "firstAt", ${microseconds('b.last_at')} AS "lastAt",
  ${microseconds('b.sealed_at')} AS "sealedAt", b.rows_digest AS "rowsDigest", b.previous_root AS "previousRoot", b.root,
  b.key_id AS "keyId", b.signature, b.leaves, ${microseconds('b.removed_at')} AS "removedAt", b.removal`;

/** What the first batch of a chain has as the root before it. */
export const noRoot: Buffer = Buffer.alloc(32);

/** The root of a batch: it covers its events, its own facts, and the root before. */
export function rootOf(batch: AuditBatchLink): Buffer {
  return sha256(
    encodeTexts([
      'granary audit batch 1',
      batch.tenantId,
      batch.number,
      batch.afterId,
      batch.lastId,
      batch.rowCount,
      batch.firstAt,
      batch.lastAt,
      batch.sealedAt,
      batch.rowsDigest.toString('hex'),
      batch.previousRoot.toString('hex'),
    ]),
  );
}

/** What only who has the key can make of a root: whoever edits the database alone cannot make a chain of its own. */
export function signRoot(secret: Buffer, root: Buffer): Buffer {
  return sign(secret, ['granary audit root 1', root.toString('hex')]);
}

/** What says that retention removed a batch's events, and nobody else. */
export function signRemoval(secret: Buffer, removed: { root: Buffer; removedAt: string }): Buffer {
  return sign(secret, ['granary audit removal 1', removed.root.toString('hex'), removed.removedAt]);
}

function sign(secret: Buffer, texts: string[]): Buffer {
  return createHmac('sha256', secret).update(encodeTexts(texts)).digest();
}
