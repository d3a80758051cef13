import { timingSafeEqual } from 'node:crypto';
import { noRoot, rootOf, type StoredAuditBatch, signRemoval, signRoot } from './audit-batch.js';
import { type EventTexts, hashEvent, isLeafOf, readLeaves, sha256 } from './audit-encoding.js';

/** Something that is not as it was sealed. */
export interface AuditFinding {
  tenant: string;
  batch: number | null;
  /** The event's id, where it is one event. */
  event: string | null;
  problem: string;
}

export interface BatchToCheck {
  /** The name. */
  tenant: string;
  batch: StoredAuditBatch;
  previous: StoredAuditBatch | undefined;
  /** Every event in the stretch that the batch covers. */
  rows: readonly EventTexts[];
  /** Secrets by id. */
  keys: ReadonlyMap<string, Buffer>;
}

interface Problem {
  event?: string;
  problem: string;
}

/** Judges one batch with its events. `events` counts those whose hashes fit. */
export function checkBatch(check: BatchToCheck): { findings: AuditFinding[]; events: number } {
  const { tenant, batch } = check;
  const rows = batch.removedAt === null ? rowProblems(check) : { problems: removedProblems(check), events: 0 };
  const problems = [...linkProblems(check), ...rows.problems];
  const findings = problems.map(({ event, problem }) => ({
    tenant,
    batch: Number(batch.number),
    event: event ?? null,
    problem,
  }));
  return { findings, events: rows.events };
}

function linkProblems({ batch, previous, keys }: BatchToCheck): Problem[] {
  const problems: Problem[] = [];
  const expected = Number(previous?.number ?? 0) + 1;
  if (Number(batch.number) !== expected) {
    const missing = Number(batch.number) - expected;
    const which = missing === 1 ? `batch ${expected} is` : `batches ${expected} to ${Number(batch.number) - 1} are`;
    problems.push({ problem: `${which} missing before it` });
  } else if (!batch.previousRoot.equals(previous?.root ?? noRoot) || batch.afterId !== (previous?.lastId ?? '0')) {
    problems.push({ problem: 'the batch does not continue the one before it' });
  }
  const secret = keys.get(batch.keyId);
  if (!rootOf(batch).equals(batch.root)) {
    problems.push({ problem: 'the batch was edited: its root does not fit' });
  } else if (secret === undefined) {
    problems.push({ problem: 'the key that signed the batch was changed or removed, or does not open here' });
  } else if (!same(batch.signature, signRoot(secret, batch.root))) {
    problems.push({ problem: 'the batch was edited: its signature does not fit' });
  }
  return problems;
}

function removedProblems({ batch, rows, keys }: BatchToCheck): Problem[] {
  const secret = keys.get(batch.keyId);
  const { root, removedAt, removal } = batch;
  const isRemoval =
    secret !== undefined &&
    removal !== null &&
    same(removal, signRemoval(secret, { root, removedAt: removedAt ?? '' }));
  const forged = isRemoval ? [] : [{ problem: 'its events were removed, and not by retention' }];
  return [...forged, ...rows.map(({ id }) => inserted(id))];
}

function rowProblems({ batch, rows }: BatchToCheck): { problems: Problem[]; events: number } {
  const hashes = rows.map(hashEvent);
  if (sha256(Buffer.concat(hashes)).equals(batch.rowsDigest) && rows.length === Number(batch.rowCount)) {
    const isListed = batch.leaves !== null && rowDifferences(batch, rows, hashes).length === 0;
    return { problems: isListed ? [] : [{ problem: 'the batch was edited: its list of events' }], events: rows.length };
  }
  const problems = rowDifferences(batch, rows, hashes);
  const changed =
    problems.length === 0 ? [{ problem: 'its events were changed, and its list of them as well' }] : problems;
  const strangers = problems.filter(({ problem }) => problem !== removed).length;
  return { problems: changed, events: problems.length === 0 ? 0 : rows.length - strangers };
}

const removed = 'the event was removed';

function rowDifferences(batch: StoredAuditBatch, rows: readonly EventTexts[], hashes: readonly Buffer[]): Problem[] {
  if (batch.leaves === null) {
    return [];
  }
  const leaves = readLeaves(batch.leaves);
  const problems: Problem[] = [];
  for (const [index, { id }] of rows.entries()) {
    const leaf = leaves.get(id ?? '');
    leaves.delete(id ?? '');
    if (leaf === undefined) {
      problems.push(inserted(id));
    } else if (!isLeafOf(leaf, hashes[index] as Buffer)) {
      problems.push({ event: id ?? '', problem: 'the event was edited' });
    }
  }
  return [...problems, ...[...leaves.keys()].map((event) => ({ event, problem: removed }))];
}

function inserted(id: string | null): Problem {
  return { event: id ?? '', problem: 'the event was inserted' };
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
