import { day, oneOf, type SettingTable, wholeNumber, year } from './setting.js';

/** What the server does by itself, and how long it remembers what was done. */
export interface WorkSettings {
  /** How many jobs of folders are worked on at once. */
  readonly jobConcurrency: number;
  /** How long ended jobs can be looked up. */
  readonly jobRetentionSeconds: number;
  /** How long what lifecycle rules call a day is; other than 86400 for tests and for staging only. */
  readonly lifecycleDaySeconds: number;
  /** How long lines of access logs wait for others before they are delivered together. */
  readonly accessLogSeconds: number;
  /** How often new events are chained. */
  readonly auditSealSeconds: number;
  /** How long events are kept; 0 for ever. */
  readonly auditRetentionSeconds: number;
  /** How long share links are good for at most, and when nobody says; 0 for ever. */
  readonly shareLifetimeSeconds: number;
  /** How long it is kept who used share links; 0 for ever. */
  readonly shareLogSeconds: number;
  /** How often one version is tried at one replication target before it is given up. */
  readonly replicationAttempts: number;
  /** How many versions are on their way to replication targets at once. */
  readonly replicationConcurrency: number;
  /** Whether replication targets may be in loopback and private networks. */
  readonly replicationAllowPrivate: 'on' | 'off';
  /** How often one notification is tried before it becomes a dead letter. */
  readonly notificationAttempts: number;
  /** How many notifications are sent at once. */
  readonly notificationConcurrency: number;
  /** Whether notification targets may be in loopback and private networks, and without TLS. */
  readonly notificationAllowPrivate: 'on' | 'off';
}

export const workTable: SettingTable<WorkSettings> = {
  jobConcurrency: { variable: 'GRANARY_JOB_CONCURRENCY', schema: wholeNumber(2, 1, 32), example: '2' },
  jobRetentionSeconds: {
    variable: 'GRANARY_JOB_RETENTION',
    schema: wholeNumber(30 * day, 3600, 10 * year),
    example: '2592000',
  },
  lifecycleDaySeconds: { variable: 'GRANARY_LIFECYCLE_DAY', schema: wholeNumber(day, 1, day), example: '86400' },
  accessLogSeconds: { variable: 'GRANARY_ACCESS_LOG_INTERVAL', schema: wholeNumber(300, 0, day), example: '300' },
  auditSealSeconds: { variable: 'GRANARY_AUDIT_SEAL_INTERVAL', schema: wholeNumber(10, 1, 3600), example: '10' },
  auditRetentionSeconds: {
    variable: 'GRANARY_AUDIT_RETENTION',
    schema: wholeNumber(0, 0, 100 * year),
    example: '31536000',
  },
  shareLifetimeSeconds: {
    variable: 'GRANARY_SHARE_LIFETIME',
    schema: wholeNumber(year, 0, 100 * year),
    example: '2592000',
  },
  shareLogSeconds: {
    variable: 'GRANARY_SHARE_LOG_RETENTION',
    schema: wholeNumber(90 * day, 0, 100 * year),
    example: '7776000',
  },
  replicationAttempts: { variable: 'GRANARY_REPLICATION_ATTEMPTS', schema: wholeNumber(10, 1, 100), example: '10' },
  replicationConcurrency: {
    variable: 'GRANARY_REPLICATION_CONCURRENCY',
    schema: wholeNumber(4, 1, 64),
    example: '4',
  },
  replicationAllowPrivate: {
    variable: 'GRANARY_REPLICATION_ALLOW_PRIVATE',
    schema: oneOf(['on', 'off'], 'off'),
    example: 'on',
  },
  notificationAttempts: { variable: 'GRANARY_NOTIFICATION_ATTEMPTS', schema: wholeNumber(12, 1, 100), example: '12' },
  notificationConcurrency: {
    variable: 'GRANARY_NOTIFICATION_CONCURRENCY',
    schema: wholeNumber(8, 1, 64),
    example: '8',
  },
  notificationAllowPrivate: {
    variable: 'GRANARY_NOTIFICATION_ALLOW_PRIVATE',
    schema: oneOf(['on', 'off'], 'off'),
    example: 'on',
  },
};
