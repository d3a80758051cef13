import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm } from '../storage/checksums.js';

export type BucketVersioning = 'UNVERSIONED' | 'ENABLED' | 'SUSPENDED';

export type StorageClass = 'STANDARD';

/** Where a bucket is: its name in the caller's tenant, or in the named one. */
export interface BucketAddress {
  bucket: string;
  /** Another tenant's name; who may not reach into it gets `NoSuchBucket`. */
  tenant?: string;
}

export interface ObjectAddress extends BucketAddress {
  key: string;
}

export interface VersionAddress extends ObjectAddress {
  /** As clients see it: sixteen hex digits, or `null` for the version without an id. */
  versionId?: string;
}

/** The representation headers that come back as they were sent (RFC 9110 names, in camel case). */
export interface ObjectHeaders {
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  expires?: string;
}

/** What a writer says of an object beside its bytes. */
export interface ObjectAttributes {
  contentType?: string;
  headers?: ObjectHeaders;
  metadata?: Record<string, string>;
  tags?: Record<string, string>;
  storageClass?: StorageClass;
}

export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface ObjectChecksum {
  algorithm: ChecksumAlgorithm;
  /** Base64; a composite value ends in `-` and the number of parts. */
  value: string;
  type: ChecksumType;
}

/** Bytes on their way in, with all that they must prove to be. */
export interface IncomingBody {
  stream: AsyncIterable<Uint8Array>;
  /** The number of bytes declared, after any transfer coding was undone. */
  length?: number;
  md5?: Buffer;
  sha256?: Buffer;
  /** A checksum to compute and keep; `expected` is asked after the last byte, for it may stand in a trailer. */
  checksum?: { algorithm: ChecksumAlgorithm; expected(): Buffer | undefined };
}

/** RFC 9110 section 13 preconditions, as sent. */
export interface ReadConditions {
  ifMatch?: string;
  ifNoneMatch?: string;
  ifModifiedSince?: Date;
  ifUnmodifiedSince?: Date;
}

export interface WriteConditions {
  /** `*` or an entity tag. */
  ifMatch?: string;
  /** Only `*`. */
  ifNoneMatch?: string;
}

/** A byte range as asked: `bytes=first-last`, `bytes=first-` or `bytes=-suffix`. */
export type RangeRequest = { first: number; last?: number } | { suffix: number };

/** One committed version as every face shows it. */
export interface ObjectInfo {
  /** The row's id: orders the versions of a key and never leaves the server. */
  id: number;
  bucketId: number;
  key: string;
  versionId: string;
  isLatest: boolean;
  deleteMarker: boolean;
  size: number;
  /** Without quotes. */
  etag: string;
  /** Of the whole content; not known at once for an object put together from parts. */
  sha256: Buffer | null;
  contentType: string;
  headers: ObjectHeaders;
  metadata: Record<string, string>;
  tags: Record<string, string>;
  checksum: ObjectChecksum | null;
  /** 0 for an object that came in one piece. */
  partCount: number;
  storageClass: StorageClass;
  ownerId: number | null;
  createdAt: Date;
}

/** An object opened for reading; `body.open` may be called once. */
export interface OpenedObject {
  object: ObjectInfo;
  /** True when the bucket has versioning (enabled or suspended), so that a version id means something to the client. */
  versioned: boolean;
  /** Inclusive, present when only a part of the object was asked for. */
  range?: { start: number; end: number };
  length: number;
  body: { kind: 'bytes'; bytes: Buffer } | { kind: 'stream'; open(): Promise<Readable> };
}

/** What a write tells its caller. */
export interface WrittenObject {
  object: ObjectInfo;
  /** True when the bucket has versioning (enabled or suspended), so that a version id means something to the client. */
  versioned: boolean;
  /** True when the bytes were in the store already. */
  deduplicated: boolean;
}

export interface BucketInfo {
  id: number;
  tenantId: number;
  tenantName: string;
  name: string;
  ownerId: number;
  ownerCanonicalId: string;
  ownerDisplayName: string;
  region: string;
  versioning: BucketVersioning;
  trashSeconds: number;
  createdAt: Date;
}
