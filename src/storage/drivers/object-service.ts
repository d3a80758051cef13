import type { StagedSource } from '../blob-driver.js';
import type { ByteRange } from '../blob-store.js';
import type { Patience } from '../retry.js';

export interface ObjectUpload {
  key: string;
  source: StagedSource;
  /** Kept beside the object; tells this upload from any other, so that an answer that was lost can be made up for. */
  mark: string;
  patience: Patience;
  signal: AbortSignal;
}

export interface ObjectHead {
  size: number;
  /** Of the upload that made the object; undefined when that was none of ours. */
  mark: string | undefined;
}

export interface ObjectPage {
  objects: { key: string; modifiedAt: Date }[];
  /** Where the next page begins; undefined on the last. */
  next: string | undefined;
}

/** An upload in parts that was neither completed nor aborted. */
export interface UnfinishedUpload {
  key: string;
  id: string;
  beganAt: Date;
}

export interface UnfinishedPage {
  uploads: UnfinishedUpload[];
  /** What the next page begins after; undefined on the last. */
  next: UnfinishedUpload | undefined;
}

/**
 * A service that keeps objects under keys, in one container of its own. Each call but `put` is one request without any
 * retry; what the service refuses is thrown as its SDK does, or as a `RemoteFailure`.
 */
export interface ObjectService {
  /** Completes "The store … cannot be used in …". */
  readonly location: string;
  /**
   * Makes a new object of a whole file, and tries again itself what may be tried again. A reader sees all of it or
   * nothing. Refused with status 412, or the code `BlobAlreadyExists`, when the key is taken.
   */
  put(upload: ObjectUpload): Promise<void>;
  /** Fails with status 404 when nothing is there, as do `get`, `copy` and `delete`. */
  head(key: string, signal: AbortSignal): Promise<ObjectHead>;
  /** Opens bytes of an object. @throws GranaryError reason `CorruptBlob` when it is not of this size. */
  get(key: string, wanted: { range: ByteRange; size: number }, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Copies inside of the service, whatever the size; done when it returns. */
  copy(from: string, to: string, signal: AbortSignal): Promise<void>;
  delete(key: string, signal: AbortSignal): Promise<void>;
  /** One page of the objects whose keys begin with the prefix. */
  list(prefix: string, from: string | undefined, signal: AbortSignal): Promise<ObjectPage>;
  /** Finds out how the service is to be used, before anything else is put, by uploads to the key of a probe. */
  learn?(probe: ObjectUpload): Promise<void>;
  /** One page of the uploads to keys that begin with the prefix; absent where the service drops them by itself. */
  listUploads?(prefix: string, after: UnfinishedUpload | undefined, signal: AbortSignal): Promise<UnfinishedPage>;
  /** Goes with `listUploads`. Fails with status 404 when it is not there any more. */
  abortUpload?(upload: UnfinishedUpload, signal: AbortSignal): Promise<void>;
  /** Lets go of connections. */
  close?(): void;
}
