import type { ObjectFieldsFragment, StartUploadInput } from './generated/operations.js';
import type { Progress } from './progress.js';
import type { UploadSource } from './source.js';

/** The object that a file becomes. */
export interface ObjectOptions extends Omit<StartUploadInput, 'size' | 'partSize' | 'metadata'> {
  /** Names and values to keep with the object. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How a file is sent. */
export interface SendingOptions {
  readonly source: UploadSource;
  /** How many parts are sent at once; 3 by default. */
  readonly parallel?: number;
  /**
   * Whether the SHA-256 of each part (of small files: of the whole) is computed, so that the server refuses what was
   * changed on the way; true by default, where WebCrypto is there, for parts of up to 64 MiB.
   */
  readonly verify?: boolean;
  /** How often a part is sent again; 5 by default. */
  readonly retries?: number;
  readonly onProgress?: (progress: UploadProgressed) => void;
  /** Gives the upload up when it is aborted, as `cancel` does. */
  readonly signal?: AbortSignal;
}

/** A new upload. */
export interface UploadOptions extends ObjectOptions, SendingOptions {
  /** The length of a stream in bytes; needed where that is `stagedFrom` or more. */
  readonly size?: number;
  /** How large parts are, 5 MiB or more; the server decides by default. */
  readonly partSize?: number;
  /** Files from this size on are sent in parts; 16 MiB by default. */
  readonly stagedFrom?: number;
  /** Told what {@link resumeUpload} takes, once the upload goes in parts: keep it where it survives a reload. */
  readonly onStarted?: (token: UploadToken) => void;
}

/** How far an upload has come. */
export interface UploadProgressed extends Progress {
  readonly totalBytes: number;
}

/** What it takes to go on with an upload after a reload, with the same file: plain values, ready for JSON. */
export interface UploadToken {
  readonly uploadId: string;
  readonly size: number;
  readonly partSize: number;
  /** Of files, so that another one is not taken for it. */
  readonly name?: string;
  readonly lastModified?: number;
}

/** The object that an upload has become. */
export type UploadedObject = ObjectFieldsFragment;
