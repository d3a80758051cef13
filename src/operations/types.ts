import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm } from '../storage/checksums.js';

export type BucketVersioning = 'UNVERSIONED' | 'ENABLED' | 'SUSPENDED';

/** AWS's names; see placement.ts for the stores they mean. */
export type StorageClass = 'STANDARD' | 'STANDARD_IA' | 'GLACIER_IR';

/** Which content a bucket compresses. */
export type BucketCompression = 'OFF' | 'AUTO' | 'ALWAYS';

/** The key of a client that keeps it to itself (SSE-C): given with each request, never stored or logged. */
export interface CustomerKey {
  /** 32 bytes. */
  key: Buffer;
  /** Base64, as the client sent it. */
  md5: string;
}

/**
 * How a writer wants the bytes sealed. Without a key id, KMS takes the tenant's default key. `namedAs` is how answers are
 * to name the key, when not by its ARN.
 */
export type EncryptionRequest =
  | { algorithm: 'AES256' }
  | { algorithm: 'aws:kms'; keyId?: string | undefined; namedAs?: string | undefined }
  | { algorithm: 'SSE-C'; customerKey: CustomerKey }
  | UnknownEncryption;

/** What nobody can seal with. Policies judge who asks for it, like whatever else is asked for; then it is refused. */
export interface UnknownEncryption {
  algorithm: 'UNKNOWN';
  asked: string;
  /** Whose the key was to be. */
  keyOf: 'SERVER' | 'CUSTOMER';
}

/** S3's BucketKeyEnabled: kept and shown. It changes nothing, as keys of the tenant are not asked for over a network. */
interface BucketKeySetting {
  bucketKeyEnabled?: true;
}

/** What a bucket may be told to do where its writers ask for nothing. */
export type BucketEncryptionRequest = Exclude<EncryptionRequest, { algorithm: 'SSE-C' | 'UNKNOWN' }>;

/** How a version's bytes are sealed, as its row keeps it. */
export type ObjectEncryption =
  | { algorithm: 'AES256' }
  | { algorithm: 'aws:kms'; keyId: string; namedAs?: string }
  | { algorithm: 'SSE-C'; keyMd5: string };

/** How a bucket seals what its writers ask nothing for. */
export type BucketEncryption = Exclude<ObjectEncryption, { algorithm: 'SSE-C' }> & BucketKeySetting;

export type LockMode = 'GOVERNANCE' | 'COMPLIANCE';

/** What object lock keeps a version by; as a writer asks for it, and as a version's row holds it. */
export interface ObjectLock {
  mode?: LockMode;
  retainUntil?: Date;
  legalHold?: boolean;
}

/** A bucket's object lock: it cannot be turned off again. */
export interface BucketLock {
  enabled: true;
  default?: { mode: LockMode; days?: number; years?: number };
}

/** PENDING until all targets have it; REPLICA for what came from another bucket. */
export type ReplicationStatus = 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA';

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
  /** Where a website sends a browser that asks for the object. */
  websiteRedirectLocation?: string;
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
  /** `*` or an entity tag. */
  ifNoneMatch?: string;
}

/** A byte range as asked: `bytes=first-last`, `bytes=first-` or `bytes=-suffix`. */
export type RangeRequest = { first: number; last?: number } | { suffix: number };

/** One committed version as every face shows it. */
export interface ObjectInfo {
  /** Of a version in the trash. */
  trashed?: { deletedAt: Date; deletedBy: number | null; purgeAt: Date };
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
  /** Bytes that are kept for it, sealed and perhaps compressed. */
  storedSize: number;
  /** Null for what was written in the clear. */
  encryption: ObjectEncryption | null;
  lockMode: LockMode | null;
  retainUntil: Date | null;
  legalHold: boolean;
  /** Null when no rule replicates it. */
  replicationStatus: ReplicationStatus | null;
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

/** What lists show of an object. Long lists are read much faster without the rest. */
export type BriefObject = Pick<
  ObjectInfo,
  | 'id'
  | 'bucketId'
  | 'key'
  | 'versionId'
  | 'isLatest'
  | 'deleteMarker'
  | 'size'
  | 'etag'
  | 'contentType'
  | 'checksum'
  | 'storageClass'
  | 'ownerId'
  | 'createdAt'
>;

/** An object opened for reading; `body.open` may be called once. */
export interface OpenedObject {
  object: ObjectInfo;
  /** True when the bucket has versioning (enabled or suspended), so that a version id means something to the client. */
  versioned: boolean;
  /** Inclusive, present when only a part of the object was asked for. */
  range?: { start: number; end: number };
  length: number;
  /** Of just these bytes: the object's, or that of the part that was asked for; null when none is known. */
  checksum: ObjectChecksum | null;
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

/** The most that a bucket may hold; what is absent has no limit. */
export interface BucketQuota {
  bytes?: number;
  objects?: number;
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
  compression: BucketCompression;
  /** Of objects whose writer asks for none; null for the server's. */
  encryption: BucketEncryption | null;
  /** Null for a bucket without object lock. */
  objectLock: BucketLock | null;
  /** Null when it has no quota of its own. */
  quota: BucketQuota | null;
  createdAt: Date;
}
