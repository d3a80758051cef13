import { type Queryable, statement } from '../../database/database.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import type { ReadableVersion } from '../objects/find-version.js';
import { openRowContent } from '../objects/open-content.js';
import { versionColumns } from '../objects/version-row.js';
import { settleReplicationStatus } from './queue-replication.js';
import type { ReplicationRule } from './replication-rules.js';

/** One version on its way to one target, taken by this process for the time of a lease. */
export interface ClaimedTask {
  versionId: number;
  targetId: string;
  /** This one included. */
  attempts: number;
  /** The version there, when its content has arrived; then only its tags and its lock go. */
  remoteVersionId: string | null;
  /** Changes when the task is queued anew or taken by another process. */
  token: string;
}

/** What a claimed task is about; the version is not committed when it was deleted meanwhile. */
export interface TaskSubject {
  /** Without the bytes of a small one: {@link openSubject} has them. */
  version: ReadableVersion;
  /** Of a small version, as its row has them: sealed. */
  rowContent: Buffer | null;
  state: string;
  tenantId: number;
  rules: ReplicationRule[];
  /** The source bucket has object lock. */
  lockable: boolean;
  /** A newer version of the key was sent to this target, or is being sent. */
  superseded: boolean;
}

/** Nobody else takes a task for so long, unless it is prolonged. */
export const leaseSeconds = 20;

// In the order of a key's versions: one waits as long as an older one is not settled. Nothing goes to a target while
// existing versions are being queued for it, for among them may be older ones.
const claim = statement(
  'claim_replication_task',
  `UPDATE replication_task t
   SET next_at = now() + make_interval(secs => $1), attempts = t.attempts + 1, updated_at = clock_timestamp()
   FROM (SELECT d.version_id, d.target_id FROM replication_task d
     JOIN object_version v ON v.id = d.version_id
     JOIN replication_target r ON r.id = d.target_id AND r.resync IS NULL AND r.removed_at IS NULL
     WHERE d.state = 'PENDING' AND d.next_at <= now() AND d.target_id <> ALL ($2::uuid[])
       AND NOT EXISTS (SELECT FROM object_version o JOIN replication_task p ON p.version_id = o.id
         WHERE o.bucket_id = v.bucket_id AND o.key = v.key AND o.state = 'COMMITTED' AND o.id < v.id
           AND p.target_id = d.target_id AND p.state = 'PENDING')
     ORDER BY d.next_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED) due
   WHERE t.version_id = due.version_id AND t.target_id = due.target_id AND t.state = 'PENDING'
   RETURNING t.version_id AS "versionId", t.target_id AS "targetId", t.attempts,
     t.remote_version_id AS "remoteVersionId", t.updated_at::text AS token`,
);

const findSubject = statement(
  'find_replication_subject',
  `SELECT ${versionColumns}, v.blob_id AS "blobId", v.state, b.path, b.format, b.stored_size AS "blobStoredSize",
     b.wrapped_key AS "wrappedKey", b.damage, b.content, k.tenant_id AS "tenantId", k.replication AS rules,
     k.object_lock IS NOT NULL AS lockable,
     EXISTS (SELECT FROM object_version o JOIN replication_task p ON p.version_id = o.id
       WHERE o.bucket_id = v.bucket_id AND o.key = v.key AND o.state = 'COMMITTED' AND o.id > v.id AND p.target_id = $2
         AND (p.attempts > 0 OR p.state = 'COMPLETED' OR p.remote_version_id IS NOT NULL)) AS superseded
   FROM object_version v JOIN bucket k ON k.id = v.bucket_id LEFT JOIN blob b ON b.live_id = v.blob_id
   WHERE v.id = $1`,
);

const prolong = statement(
  'prolong_replication_task',
  `UPDATE replication_task SET next_at = now() + make_interval(secs => $4)
   WHERE version_id = $1 AND target_id = $2 AND updated_at::text = $3 AND state = 'PENDING'`,
);

const lockVersion = statement(
  'lock_replicated_version',
  'SELECT v.id FROM object_version v WHERE v.id = $1 FOR NO KEY UPDATE',
);

// What was changed while it was on its way stays queued, and goes again.
const complete = statement(
  'complete_replication_task',
  `UPDATE replication_task SET remote_version_id = $4, error = NULL, updated_at = clock_timestamp(),
     state = CASE WHEN updated_at::text = $3 THEN 'COMPLETED' ELSE state END
   WHERE version_id = $1 AND target_id = $2`,
);

const fail = statement(
  'fail_replication_task',
  `UPDATE replication_task SET state = $4, error = $5, next_at = now() + make_interval(secs => $6),
     updated_at = clock_timestamp()
   WHERE version_id = $1 AND target_id = $2 AND updated_at::text = $3 RETURNING version_id`,
);

const release = statement(
  'release_replication_task',
  `UPDATE replication_task SET next_at = now(), attempts = attempts - 1, updated_at = clock_timestamp(),
     remote_version_id = CASE WHEN $4 THEN NULL ELSE remote_version_id END
   WHERE version_id = $1 AND target_id = $2 AND updated_at::text = $3`,
);

const end = statement('end_replication_task', 'DELETE FROM replication_task WHERE version_id = $1 AND target_id = $2');

/** Newer versions of the key wait with an older one, and come when it is settled. */
const moveFollowers = statement(
  'move_replication_followers',
  `UPDATE replication_task f SET next_at = now() + make_interval(secs => $3)
   FROM object_version v, object_version o
   WHERE v.id = $1 AND o.bucket_id = v.bucket_id AND o.key = v.key AND o.state = 'COMMITTED' AND o.id > v.id
     AND f.version_id = o.id AND f.target_id = $2 AND f.state = 'PENDING' AND f.attempts = 0`,
);

/** Takes the next due task of any target but the given ones; undefined when there is none. */
export async function claimReplicationTask(
  database: Queryable,
  exceptTargets: readonly string[],
): Promise<ClaimedTask | undefined> {
  const [task] = await database.query<ClaimedTask>(claim, [leaseSeconds, exceptTargets]);
  return task;
}

/** The version behind a task, whether it can be read or not; undefined when its row is gone. */
export async function findTaskSubject({ database }: Granary, task: ClaimedTask): Promise<TaskSubject | undefined> {
  type Row = ReadableVersion & Omit<TaskSubject, 'version' | 'rowContent'>;
  const [row] = await database.query<Row>(findSubject, [task.versionId, task.targetId]);
  if (row === undefined) {
    return undefined;
  }
  const { state, tenantId, rules, lockable, superseded, content: rowContent, ...version } = row;
  return { version: { ...version, content: null }, rowContent, state, tenantId, rules, lockable, superseded };
}

/** The version ready to be read. @throws GranaryError when the bytes of a small one cannot be opened. */
export async function openSubject(granary: Granary, { version, rowContent }: TaskSubject): Promise<ReadableVersion> {
  return rowContent === null || version.encryption?.algorithm === 'SSE-C'
    ? version
    : { ...version, content: await openRowContent(granary, { ...version, content: rowContent }, undefined) };
}

/** Keeps a task for another lease. */
export async function prolongReplicationTask(database: Queryable, task: ClaimedTask): Promise<void> {
  await database.query(prolong, [...keyOf(task), leaseSeconds]);
}

/** Notes that a version has arrived. */
export async function completeReplicationTask(
  { database }: Granary,
  task: ClaimedTask,
  remoteVersionId: string,
): Promise<void> {
  await settle(database, task, (tx) => tx.query(complete, [...keyOf(task), remoteVersionId]));
}

/** Ends a task without a word: its version was deleted, or goes to the target no more. */
export async function endReplicationTask({ database }: Granary, task: ClaimedTask): Promise<void> {
  await settle(database, task, (tx) => tx.query(end, [task.versionId, task.targetId]));
}

/** Puts a task back as if it had not been taken; with `content`, the content goes again though it had arrived once. */
export async function releaseReplicationTask(
  { database }: Granary,
  task: ClaimedTask,
  again: 'content' | 'same',
): Promise<void> {
  await database.query(release, [...keyOf(task), again === 'content']);
}

/** Notes a failure, and when the version is tried again. */
export async function retryReplicationTask(
  { database }: Granary,
  task: ClaimedTask,
  { text, delaySeconds }: { text: string; delaySeconds: number },
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query(fail, [...keyOf(task), 'PENDING', text, delaySeconds]);
    await tx.query(moveFollowers, [task.versionId, task.targetId, delaySeconds]);
  });
}

/** Gives a version up for this target, with an event that says why. */
export async function failReplicationTask(
  { database }: Granary,
  task: ClaimedTask,
  { text, subject }: { text: string; subject: TaskSubject },
): Promise<void> {
  await settle(database, task, async (tx) => {
    if ((await tx.query(fail, [...keyOf(task), 'FAILED', text, 0])).length > 0) {
      await recordEvent(
        tx,
        { requestId: 'replication', sourceIp: null },
        {
          action: 'granary:ReplicationFailed',
          tenantId: subject.tenantId,
          bucketId: subject.version.bucketId,
          key: subject.version.key,
          versionId: task.versionId,
          details: { targetId: task.targetId, attempts: task.attempts, error: text },
        },
      );
    }
  });
}

/** The version is locked first, so that two targets that settle at once agree on its status. */
async function settle(
  database: Granary['database'],
  task: ClaimedTask,
  change: (tx: Queryable) => Promise<unknown>,
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query(lockVersion, [task.versionId]);
    await change(tx);
    await settleReplicationStatus(tx, [task.versionId]);
    if (task.attempts > 1) {
      await tx.query(moveFollowers, [task.versionId, task.targetId, 0]);
    }
  });
}

function keyOf(task: ClaimedTask): [number, string, string] {
  return [task.versionId, task.targetId, task.token];
}
