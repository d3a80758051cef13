import type { S3Client } from '@aws-sdk/client-s3';
import type { Granary } from '../context.js';
import { type Shipment, sendChange, sendContent, sendMarker } from '../objects/send-version.js';
import { openReplicationClient } from './replication-client.js';
import { describeFailure, NotReplicable, type ReplicationFailure } from './replication-failure.js';
import { decidingRules } from './replication-rules.js';
import { openTargetConnection, type TargetConnection } from './replication-targets.js';
import {
  type ClaimedTask,
  claimReplicationTask,
  completeReplicationTask,
  endReplicationTask,
  failReplicationTask,
  findTaskSubject,
  leaseSeconds,
  openSubject,
  prolongReplicationTask,
  releaseReplicationTask,
  retryReplicationTask,
  type TaskSubject,
} from './replication-tasks.js';

/** With ten attempts, and three times longer from each to the next, they spread over a day. */
const firstRetrySeconds = 9;
const retryFactor = 3;
const longestRetrySeconds = 86_400;

/** A target that is not there is left alone for a moment, so that its versions do not use up their attempts at once. */
const firstPauseMs = 500;
const longestPauseMs = 30_000;

interface OpenTarget {
  connection: TargetConnection;
  client: S3Client;
}

interface Pause {
  until: number;
  lengthMs: number;
}

/** Sends versions to their targets, for one process. Any number of them share the work through the database. */
export class Replicator {
  readonly #granary: Granary;
  readonly #firstRetrySeconds: number;
  readonly #pauses = new Map<string, Pause>();
  readonly #clients = new Map<string, OpenTarget>();
  /** By target, how many versions are on their way. */
  readonly #underWay = new Map<string, number>();
  #claims: Promise<unknown> = Promise.resolve();

  /** `firstRetrySeconds`: from the first failure of a version to its next attempt; nine by default. */
  constructor(granary: Granary, options: { firstRetrySeconds?: number } = {}) {
    this.#granary = granary;
    this.#firstRetrySeconds = options.firstRetrySeconds ?? firstRetrySeconds;
  }

  /** Sends all that is due now, some side by side. Returns how many tasks it took. */
  async runDue(): Promise<number> {
    let taken = 0;
    const lane = async (): Promise<void> => {
      while (await this.runNext()) {
        taken += 1;
      }
    };
    await Promise.all(Array.from({ length: this.#granary.settings.replicationConcurrency }, lane));
    return taken;
  }

  /** Takes the next due task and settles it; false when there is none. What goes wrong is noted, not thrown. */
  async runNext(): Promise<boolean> {
    const task = await this.#claim();
    if (task === undefined) {
      return false;
    }
    const lease = setInterval(() => this.#prolong(task), (leaseSeconds * 1000) / 3);
    try {
      await this.#perform(task);
    } finally {
      clearInterval(lease);
      this.#underWay.set(task.targetId, (this.#underWay.get(task.targetId) ?? 1) - 1);
    }
    return true;
  }

  /** Closes connections; sends that are under way fail, and are taken up again by whoever comes next. */
  close(): void {
    for (const { client } of this.#clients.values()) {
      client.destroy();
    }
    this.#clients.clear();
  }

  /** One claim after the other, so that each knows what the one before took. */
  #claim(): Promise<ClaimedTask | undefined> {
    const claimed = this.#claims.then(async () => {
      const task = await claimReplicationTask(this.#granary.database, this.#busyTargets());
      if (task !== undefined) {
        this.#underWay.set(task.targetId, (this.#underWay.get(task.targetId) ?? 0) + 1);
      }
      return task;
    });
    this.#claims = claimed.catch(() => undefined);
    return claimed;
  }

  async #perform(task: ClaimedTask): Promise<void> {
    let subject: TaskSubject | undefined;
    let connection: TargetConnection | undefined;
    try {
      // First, for what goes wrong from here on is noted with it.
      subject = await findTaskSubject(this.#granary, task);
      connection = await openTargetConnection(this.#granary, task.targetId);
      if (connection === undefined || subject === undefined || subject.state !== 'COMMITTED') {
        await endReplicationTask(this.#granary, task);
      } else if (subject.rules.some((rule) => rule.enabled && rule.targetId === task.targetId)) {
        await this.#deliver(task, subject, connection);
      } else {
        await this.#withdraw(task);
      }
    } catch (error) {
      await this.#giveBack(task, subject, describeFailure(error, connection ? [connection.secretAccessKey] : []));
    }
  }

  /** No rule names the target any more. What has arrived there stays. */
  async #withdraw(task: ClaimedTask): Promise<void> {
    await (task.remoteVersionId === null
      ? endReplicationTask(this.#granary, task)
      : completeReplicationTask(this.#granary, task, task.remoteVersionId));
  }

  async #deliver(task: ClaimedTask, subject: TaskSubject, connection: TargetConnection): Promise<void> {
    const { version } = subject;
    const what = version.deleteMarker ? 'marker' : 'content';
    const rule = decidingRules(subject.rules, { key: version.key, tags: version.tags, what }).find(
      ({ targetId }) => targetId === task.targetId,
    );
    const shipment: Shipment = {
      client: this.#clientOf(connection),
      bucket: connection.bucket,
      version,
      lockable: subject.lockable,
      storageClass: rule?.storageClass ?? version.storageClass,
    };
    const remote = await this.#send(task, subject, shipment);
    this.#pauses.delete(task.targetId);
    if (remote === 'missing') {
      await releaseReplicationTask(this.#granary, task, 'content');
      return;
    }
    await completeReplicationTask(this.#granary, task, remote);
    this.#granary.metrics.replicatedVersions.inc();
  }

  async #send(task: ClaimedTask, subject: TaskSubject, shipment: Shipment): Promise<string> {
    const { version, superseded } = subject;
    if (task.remoteVersionId !== null && !version.deleteMarker) {
      // Without versions there, the key's tags are the newest version's.
      return superseded && task.remoteVersionId === 'null'
        ? task.remoteVersionId
        : (await sendChange(shipment, task.remoteVersionId)) === 'sent'
          ? task.remoteVersionId
          : 'missing';
    }
    if (task.remoteVersionId !== null) {
      return task.remoteVersionId;
    }
    if (superseded) {
      throw new NotReplicable(
        'A newer version of the key is at the target already, and an older one never follows it.',
      );
    }
    if (version.deleteMarker) {
      return sendMarker(shipment);
    }
    const opened = await openSubject(this.#granary, subject);
    const remoteVersionId = await sendContent(this.#granary, { ...shipment, version: opened });
    this.#granary.metrics.replicatedBytes.inc(version.size);
    return remoteVersionId;
  }

  async #giveBack(task: ClaimedTask, subject: TaskSubject | undefined, failure: ReplicationFailure): Promise<void> {
    const granary = this.#granary;
    const { text, detail } = failure;
    if (failure.kind === 'target') {
      this.#pause(task.targetId);
    }
    const isLast = failure.kind === 'permanent' || task.attempts >= granary.settings.replicationAttempts;
    const facts = { version: task.versionId, target: task.targetId, attempt: task.attempts, error: detail };
    try {
      if (isLast && subject !== undefined) {
        await failReplicationTask(granary, task, { text, subject });
        granary.metrics.replicationFailures.inc();
        granary.log.warn(facts, 'A version was not replicated and is given up');
      } else {
        await retryReplicationTask(granary, task, { text, delaySeconds: this.#delayOf(task) });
        granary.metrics.replicationRetries.inc();
        granary.log.debug(facts, 'A version was not replicated and is tried again');
      }
    } catch (error) {
      // The lease runs out, and the task is due again.
      granary.log.warn({ ...facts, reason: describeFailure(error, []).detail }, 'A failed replication was not noted');
    }
  }

  /** Grows with each attempt; a fifth more or less, so that what failed together does not come back together. */
  #delayOf({ attempts }: ClaimedTask): number {
    const delay = this.#firstRetrySeconds * retryFactor ** (attempts - 1);
    return Math.min(delay, longestRetrySeconds) * (0.8 + Math.random() * 0.4);
  }

  #pause(targetId: string): void {
    const before = this.#pauses.get(targetId);
    if (before === undefined || before.until <= Date.now()) {
      const lengthMs = Math.min(before === undefined ? firstPauseMs : before.lengthMs * 2, longestPauseMs);
      this.#pauses.set(targetId, { until: Date.now() + lengthMs, lengthMs });
    }
  }

  /** Those that are paused, and those that have half of the lanes: a slow target leaves the rest to others. */
  #busyTargets(): string[] {
    const now = Date.now();
    const paused = [...this.#pauses].filter(([, pause]) => pause.until > now);
    const share = Math.max(1, Math.floor(this.#granary.settings.replicationConcurrency / 2));
    const full = [...this.#underWay].filter(([, count]) => count >= share);
    return [...paused, ...full].map(([targetId]) => targetId);
  }

  /** One client for each target, made anew when the target was changed. */
  #clientOf(connection: TargetConnection): S3Client {
    const known = this.#clients.get(connection.id);
    if (known !== undefined && JSON.stringify(known.connection) === JSON.stringify(connection)) {
      return known.client;
    }
    // One that others still send with is left to end by itself: its idle connections close after a while.
    const client = openReplicationClient(this.#granary, connection);
    this.#clients.set(connection.id, { connection, client });
    return client;
  }

  #prolong(task: ClaimedTask): void {
    prolongReplicationTask(this.#granary.database, task).catch((error: unknown) => {
      this.#granary.log.warn({ error }, 'A replication could not be kept: another process may send it too');
    });
  }
}
