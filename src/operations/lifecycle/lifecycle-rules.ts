import type { StorageClass } from '../types.js';

/** When something is due: so many days after the version was written, or from a date on (ISO 8601, midnight UTC). */
export type LifecycleDue = { days: number } | { date: string };

/** A class that a version can be moved to; nothing is moved back. */
export type ColdClass = Exclude<StorageClass, 'STANDARD'>;

/** Which versions a rule is for; all that it names must fit. Delete markers fit no tags and no sizes. */
export interface LifecycleFilter {
  /** Of the key; empty for every key. */
  prefix: string;
  /** All of them must be on the version; empty for every version. */
  tags: Record<string, string>;
  /** In bytes, exclusive. */
  objectSizeGreaterThan?: number;
  /** In bytes, exclusive. */
  objectSizeLessThan?: number;
}

/** For versions that another one came after. */
export interface NoncurrentDue {
  /** After the next version was written. */
  noncurrentDays: number;
  /** So many noncurrent versions that are newer stay exempt; none when absent. */
  newerNoncurrentVersions?: number;
}

/** One rule of a bucket, as in https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
export interface LifecycleRule {
  /** 1 to 255 bytes, unique in the bucket. */
  id: string;
  enabled: boolean;
  filter: LifecycleFilter;
  /** Set when the prefix stands in the rule itself, as in the first version of the schema: it is read back so. */
  form?: 'PREFIX';
  /** Of current versions. */
  transitions: (LifecycleDue & { storageClass: ColdClass })[];
  noncurrentTransitions: (NoncurrentDue & { storageClass: ColdClass })[];
  /** Of current versions; or of delete markers that nothing is behind any more. */
  expiration?: LifecycleDue | { expiredObjectDeleteMarker: true };
  noncurrentExpiration?: NoncurrentDue;
  /** In days after the upload was begun. */
  abortIncompleteMultipartUpload?: { days: number };
}

/** Colder ones have higher ranks. */
export const classRank: Record<StorageClass, number> = { STANDARD: 0, STANDARD_IA: 1, GLACIER_IR: 2 };

/**
 * Smaller versions are not moved, unless the filter of the rule says something of sizes, as in AWS since 2024:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
export const usualTransitionMinimum = 128 * 1024;
