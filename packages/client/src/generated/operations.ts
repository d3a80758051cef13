// Made by `npm run schema` from schema.graphql and the documents in packages/client/operations. Do not edit.
import type { TypedDocument } from '../typed-document.js';

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** The upload that is given up. */
export type AbortUploadInput = {
  /** The id of the upload. */
  readonly uploadId: string | number;
};

/** A ready-made list, or grants one by one: give one of them. */
export type AccessControlListInput = {
  /** A ready-made list. */
  readonly canned?: CannedAcl | null | undefined;
  /** The grants, at most 100; the owner is not added. */
  readonly grants?: ReadonlyArray<AclGrantInput> | null | undefined;
};

/** A grant to one grantee: give one of user, email and group. */
export type AclGrantInput = {
  /** The e-mail address of a user. */
  readonly email?: string | null | undefined;
  /** A group. */
  readonly group?: AclGroup | null | undefined;
  /** What is granted. */
  readonly permission: AclPermission;
  /** The canonical id of a user. */
  readonly user?: string | null | undefined;
};

/** Whom an access control list can name together. */
export type AclGroup =
  /** Everyone, signed in or not. */
  | 'ALL_USERS'
  /** Everyone who is signed in, of any tenant. */
  | 'AUTHENTICATED_USERS'
  /** The delivery of access logs. */
  | 'LOG_DELIVERY';

/** What an access control list can grant. */
export type AclPermission =
  /** All of the others. */
  | 'FULL_CONTROL'
  /** Of a bucket: to list it. Of an object: to read it. */
  | 'READ'
  /** To read the list. */
  | 'READ_ACP'
  /** Of a bucket: to write and delete objects. */
  | 'WRITE'
  /** To replace the list. */
  | 'WRITE_ACP';

/** The object to mark. */
export type AddFavouriteInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** What an API key may be used for, as far as its user may. */
export type ApiScope =
  /** Creating and deleting buckets, and reading and changing their settings. */
  | 'BUCKETS_MANAGE'
  /** Everything that the user may do. */
  | 'FULL'
  /** Everything that is no access to buckets and objects. */
  | 'IDENTITY_MANAGE'
  /** Reading tenants, users, groups, keys and policies. */
  | 'IDENTITY_READ'
  /** Listing buckets and objects, and reading objects with what belongs to them. */
  | 'OBJECTS_READ'
  /** Writing, copying, tagging and deleting objects, and uploads. */
  | 'OBJECTS_WRITE';

/** Which events. What is not given does not matter; the rest must all fit. */
export type AuditLogFilter = {
  /** The action, exactly: `s3:PutObject`. */
  readonly action?: string | null | undefined;
  /** The name of who did it. */
  readonly actor?: string | null | undefined;
  /** The name of a bucket of the tenant. */
  readonly bucket?: string | null | undefined;
  /** From this time on. */
  readonly from?: string | null | undefined;
  /** What the key begins with. */
  readonly keyPrefix?: string | null | undefined;
  /** What became of it. */
  readonly outcome?: EventOutcome | null | undefined;
  /** The id of the request. */
  readonly requestId?: string | null | undefined;
  /** The address that the request came from, exactly. */
  readonly sourceIp?: string | null | undefined;
  /** Before this time. */
  readonly to?: string | null | undefined;
};

/** Which content a bucket compresses before it is stored. Reads give back the content as it was sent. */
export type BucketCompression =
  /** All that is too large for its row. */
  | 'ALWAYS'
  /** Content of types that usually shrink, where a sample of it does. */
  | 'AUTO'
  /** None. */
  | 'OFF';

/** The object lock of a new bucket; it cannot be turned off again. */
export type BucketObjectLockInput = {
  /** The retention of what is written without one of its own; none by default. */
  readonly defaultRetention?: DefaultRetentionInput | null | undefined;
};

/** Whether a bucket keeps the versions that a write replaces. */
export type BucketVersioning =
  /** Every write makes a new version and keeps the ones before it. */
  | 'ENABLED'
  /** Earlier versions are kept; new writes replace the version without an id. */
  | 'SUSPENDED'
  /** Versioning was never enabled: a write replaces the object. */
  | 'UNVERSIONED';

/** What the versioning of a bucket can be set to. Once enabled, it can only be suspended. */
export type BucketVersioningSetting =
  /** Every write makes a new version and keeps the ones before it. */
  | 'ENABLED'
  /** Earlier versions are kept; new writes replace the version without an id. */
  | 'SUSPENDED';

/** Which job to cancel. */
export type CancelJobInput = {
  /** The global id of the job. */
  readonly id: string | number;
};

/** A ready-made access control list; the owner has full control in each of them. */
export type CannedAcl =
  /** Everyone who is signed in may read. */
  | 'AUTHENTICATED_READ'
  /** The bucket's owner has full control of the object. */
  | 'BUCKET_OWNER_FULL_CONTROL'
  /** The bucket's owner may read the object. */
  | 'BUCKET_OWNER_READ'
  /** Access logs may be delivered into the bucket. */
  | 'LOG_DELIVERY_WRITE'
  /** For the owner alone. */
  | 'PRIVATE'
  /** Everyone may read. */
  | 'PUBLIC_READ'
  /** Everyone may read and, of a bucket, write. */
  | 'PUBLIC_READ_WRITE';

/** The caller's old password and the new one. */
export type ChangePasswordInput = {
  /** The password from now on. */
  readonly newPassword: string;
  /** The password so far. */
  readonly oldPassword: string;
};

/** What a sign-in still wanted. */
export type CompleteLoginInput = {
  /** The challenge that `login` has given. */
  readonly challenge: string;
  /** The code of the authenticator, or a recovery code, when `secondFactorRequired`. */
  readonly code?: string | null | undefined;
  /** True for browsers: the tokens come as cookies that scripts cannot read, and are null in the payload. */
  readonly cookie?: boolean | null | undefined;
  /** A new password, when `passwordChangeRequired`. */
  readonly newPassword?: string | null | undefined;
};

/** A part as the client knows it. */
export type CompletePartInput = {
  /** The ETag that sending it was answered with. */
  readonly etag: string;
  /** Its number. */
  readonly partNumber: number;
};

/** The upload that is to become an object. */
export type CompleteUploadInput = {
  /** Write only when the current object has this entity tag. */
  readonly ifMatch?: string | null | undefined;
  /** Give `*` to write only when the key holds no object. */
  readonly ifNoneMatch?: string | null | undefined;
  /** The parts, by number; all that came in by default. */
  readonly parts?: ReadonlyArray<CompletePartInput> | null | undefined;
  /** The SHA-256 of the whole content in hexadecimal: anything else is refused with DIGEST_MISMATCH. All parts are read for it. */
  readonly sha256?: string | null | undefined;
  /** The id of the upload. */
  readonly uploadId: string | number;
};

/** What is done when there is an object already where another one is to be. */
export type ConflictPolicy =
  /** Both stay as they are, and the job has an error for it. */
  | 'FAIL'
  /** It is overwritten, as an upload would. */
  | 'OVERWRITE'
  /** Both stay as they are, which counts as skipped. */
  | 'SKIP';

/** Which folder to copy, and where to. */
export type CopyFolderInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** What is done when there is an object already; `FAIL` by default. */
  readonly conflict?: ConflictPolicy | null | undefined;
  /** The folder's path, such as `photos/2026/`; empty for the whole bucket. */
  readonly folder: string;
  /** Where to: `photos/a.jpg` of `photos/` becomes `a.jpg` in there. */
  readonly target: TargetFolderInput;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** What to copy, and where to. */
export type CopyObjectInput = {
  /** The Cache-Control header to send with the bytes; that of the source by default, none when it is empty. */
  readonly cacheControl?: string | null | undefined;
  /** The Content-Disposition header to send with the bytes; that of the source by default, none when it is empty. */
  readonly contentDisposition?: string | null | undefined;
  /** The Content-Encoding header to send with the bytes; that of the source by default, none when it is empty. */
  readonly contentEncoding?: string | null | undefined;
  /** The Content-Language header to send with the bytes; that of the source by default, none when it is empty. */
  readonly contentLanguage?: string | null | undefined;
  /** The media type of the copy; that of the source by default. */
  readonly contentType?: string | null | undefined;
  /** How to seal the bytes; as the bucket's setting says by default. */
  readonly encryption?: EncryptionInput | null | undefined;
  /** The Expires header to send with the bytes, such as `Thu, 01 Jan 2032 00:00:00 GMT`; that of the source by default, none when it is empty. */
  readonly expires?: string | null | undefined;
  /** Write only when the target holds an object with this entity tag. */
  readonly ifMatch?: string | null | undefined;
  /** Give `*` to write only when the target holds no object. */
  readonly ifNoneMatch?: string | null | undefined;
  /** The metadata of the copy; that of the source by default. */
  readonly metadata?: unknown;
  /** What to copy. */
  readonly source: ObjectSourceInput;
  /** The class of the copy; STANDARD by default. */
  readonly storageClass?: StorageClass | null | undefined;
  /** The tags of the copy; those of the source by default. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
  /** Where to. */
  readonly target: ObjectLocationInput;
  /** Where a website sends who asks for the object: a path that begins with `/`, or an address of `http://` or `https://`; S3's x-amz-website-redirect-location; that of the source by default, none when it is empty. */
  readonly websiteRedirectLocation?: string | null | undefined;
};

/** Which objects to copy, and where to. */
export type CopySelectionInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** What is done when there is an object already; `FAIL` by default. */
  readonly conflict?: ConflictPolicy | null | undefined;
  /** The folder that the keys are in: copies and moves leave it out. By default the deepest that all of them are in. */
  readonly folder?: string | null | undefined;
  /** The keys of the objects, 1 to 10,000; one given twice counts once. */
  readonly keys: ReadonlyArray<string>;
  /** Where to: `photos/a.jpg` of `photos/` becomes `a.jpg` in there. */
  readonly target: TargetFolderInput;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** Whose access key to create, and what for. */
export type CreateAccessKeyInput = {
  /** The id of a key from elsewhere. Only global administrators may give one. */
  readonly accessKeyId?: string | null | undefined;
  /** What the key is for. */
  readonly description?: string | null | undefined;
  /** When the key stops working; never by default. */
  readonly expiresAt?: string | null | undefined;
  /** The secret that goes with `accessKeyId`. */
  readonly secretAccessKey?: string | null | undefined;
  /** What the key is narrowed to: with it, nothing is allowed that this policy does not allow too. */
  readonly sessionPolicy?: unknown;
  /** The name of the user's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The user; the caller by default. */
  readonly username?: string | null | undefined;
};

/** Whose API key to create, and what for. */
export type CreateApiKeyInput = {
  /** When the key stops working; never by default. */
  readonly expiresAt?: string | null | undefined;
  /** What the key is for. */
  readonly name: string;
  /** What the key may be used for. */
  readonly scopes: ReadonlyArray<ApiScope>;
  /** A policy document: with the key nothing is allowed that it does not allow too. */
  readonly sessionPolicy?: unknown;
  /** The name of the user's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The user; the caller by default. */
  readonly username?: string | null | undefined;
};

/** The bucket to create. */
export type CreateBucketInput = {
  /** The name too, under the word that other inputs have for it. */
  readonly bucket?: string | null | undefined;
  /** The name by the rules of S3: 3 to 63 lower-case letters, digits, dots, hyphens. Required. */
  readonly name?: string | null | undefined;
  /** Give it, be it empty, to start with object lock, which cannot be turned off, and versioning. */
  readonly objectLock?: BucketObjectLockInput | null | undefined;
  /** The region to note; the server's own (`GRANARY_S3_REGION`) by default. */
  readonly region?: string | null | undefined;
  /** The name of the tenant to create it in; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** Give it to start with versioning. */
  readonly versioning?: BucketVersioningSetting | null | undefined;
};

/** What to share, and within which limits. */
export type CreateShareLinkInput = {
  /** The bucket. */
  readonly bucket: string;
  /** What the link is for, for your own list. */
  readonly description?: string | null | undefined;
  /** When the link ends; by default as late as server, tenant and bucket allow. */
  readonly expiresAt?: string | null | undefined;
  /** The folder to share, such as `photos/2026`; empty for the whole bucket. Either this or `key`. */
  readonly folder?: string | null | undefined;
  /** The object to share. Either this or `folder`. */
  readonly key?: string | null | undefined;
  /** How often it may be used to download; any number by default. */
  readonly maxDownloads?: number | null | undefined;
  /** A password that every visitor has to give; none by default. */
  readonly password?: string | null | undefined;
  /** The name of its tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** Of an object, the version to share for good; by default whatever is newest when somebody comes. */
  readonly versionId?: string | null | undefined;
};

/** The user to create. */
export type CreateUserInput = {
  /** The policy that limits whatever the user has; none by default. */
  readonly boundary?: string | null | undefined;
  /** The id that S3 shows as the owner; random by default. Only global administrators may give one. */
  readonly canonicalId?: string | null | undefined;
  /** The name to show to people; the username by default. */
  readonly displayName?: string | null | undefined;
  /** The e-mail address. */
  readonly email?: string | null | undefined;
  /** True when the first sign-in has to choose another password; false by default. */
  readonly mustChangePassword?: boolean | null | undefined;
  /** Who has none cannot sign in, only use access keys. */
  readonly password?: string | null | undefined;
  /** Where in the tenant the user belongs; "/" by default. */
  readonly path?: string | null | undefined;
  /** What the user may do; MEMBER by default. */
  readonly role?: Role | null | undefined;
  /** What policies see as aws:PrincipalTag. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
  /** The name of the tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The name to sign in with, unique in the tenant. */
  readonly username: string;
};

/** The retention of what is written without one of its own. */
export type DefaultRetentionInput = {
  /** For how many days, 1 to 36500. Give either days or years. */
  readonly days?: number | null | undefined;
  /** Who may end it early. */
  readonly mode: LockMode;
  /** For how many years of 365 days, 1 to 100. */
  readonly years?: number | null | undefined;
};

/** The access key to delete. */
export type DeleteAccessKeyInput = {
  /** The key's public half. */
  readonly accessKeyId: string;
};

/** The bucket to delete; it must be empty. */
export type DeleteBucketInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** The bucket whose policy is to be removed. */
export type DeleteBucketPolicyInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** Which folder to delete. */
export type DeleteFolderInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The folder's path, such as `photos/2026/`; empty for the whole bucket. */
  readonly folder: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** Which versions; the current ones by default. */
  readonly versions?: FolderVersions | null | undefined;
};

/** What is to be gone for good. */
export type DeleteFromTrashInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The version's id, as the bucket's `trash` shows it. */
  readonly versionId: string;
};

/** The object to delete, or the version of it. */
export type DeleteObjectInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** Give `true` to go past a retention in governance mode, with `s3:BypassGovernanceRetention`. */
  readonly bypassGovernance?: boolean | null | undefined;
  /** Deletes only if the object has this entity tag; `*` if it exists at all. */
  readonly ifMatch?: string | null | undefined;
  /** The object's key. */
  readonly key: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** Deletes this version for good; without it, the object as a whole. */
  readonly versionId?: string | null | undefined;
};

/** The objects to delete, all in one bucket. */
export type DeleteObjectsInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** Give `true` to go past a retention in governance mode, with `s3:BypassGovernanceRetention`. */
  readonly bypassGovernance?: boolean | null | undefined;
  /** The keys alone, when no version is meant. */
  readonly keys?: ReadonlyArray<string> | null | undefined;
  /** The objects or versions, at most 1000. */
  readonly objects?: ReadonlyArray<ObjectIdentifierInput> | null | undefined;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** Which objects to delete. */
export type DeleteSelectionInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The keys of the objects, 1 to 10,000; one given twice counts once. */
  readonly keys: ReadonlyArray<string>;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** Which versions; the current ones by default. */
  readonly versions?: FolderVersions | null | undefined;
};

/** What shows twice that it is the user who asks. */
export type DisableSecondFactorInput = {
  /** A code of the authenticator, or a recovery code. */
  readonly code: string;
  /** The caller's password. */
  readonly password: string;
};

/** Which trash to empty. */
export type EmptyTrashInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** Only what was in this folder; all by default. */
  readonly folder?: string | null | undefined;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** With whose key bytes are sealed at rest; always by AES-256-GCM. */
export type EncryptionAlgorithm =
  /** With the server's own key (SSE-S3). */
  | 'AES256'
  /** With a key that only the client has (SSE-C). Such objects are read and written through S3. */
  | 'CUSTOMER'
  /** With an encryption key of the tenant (SSE-KMS). */
  | 'KMS';

/** How bytes are to be sealed at rest. */
export type EncryptionInput = {
  /** With whose key: AES256 or KMS. */
  readonly algorithm: EncryptionAlgorithm;
  /** For KMS: the id or the name of an encryption key; by default the tenant's own `aws/s3`. */
  readonly keyId?: string | null | undefined;
};

/** What kind of failure a user error is, for programs. */
export type ErrorCode =
  /** What is there already stands in the way, for example a name that is taken. */
  | 'CONFLICT'
  /** The caller has no permission for this. */
  | 'DENIED'
  /** The content does not have the digest that was announced. */
  | 'DIGEST_MISMATCH'
  /** The content ended before its announced end, or the client stopped sending. */
  | 'INCOMPLETE_BODY'
  /** A value of the input is not allowed; `field` says which. */
  | 'INVALID_INPUT'
  /** A lock or a hold forbids the change. */
  | 'LOCKED'
  /** There is no such thing, or the caller may not know of it. */
  | 'NOT_FOUND'
  /** This server does not do that. */
  | 'NOT_SUPPORTED'
  /** A condition that the caller set does not hold. */
  | 'PRECONDITION_FAILED'
  /** A quota would be exceeded. */
  | 'QUOTA_EXCEEDED'
  /** Too many requests or failed attempts; the message says when to try again. */
  | 'RATE_LIMITED'
  /** The storage has no room left. */
  | 'STORAGE_FULL'
  /** The content has more bytes than are accepted. */
  | 'TOO_LARGE'
  /** What was given to show who the caller is (a password, a code, a refresh token) is not valid. */
  | 'UNAUTHENTICATED';

/** What became of what was asked for. */
export type EventOutcome =
  /** Who asked for it may not do it. */
  | 'DENIED'
  /** It could not be done; of a sign-in: the password or the like was wrong. */
  | 'FAILURE'
  /** It was done. */
  | 'SUCCESS';

/** Which versions of the objects are deleted. */
export type FolderVersions =
  /** All versions, and delete markers too. */
  | 'ALL'
  /** The current ones; where versioning is on, delete markers are added. */
  | 'CURRENT';

/** What is known of an object's bytes. Reads of damaged ones fail, unless there is a second copy. */
export type Integrity =
  /** The stored bytes, or some of them, are not what was stored. */
  | 'CORRUPT'
  /** The stored bytes, or some of them, are not there. */
  | 'MISSING'
  /** Nothing wrong was found. */
  | 'OK';

/** Why a job could do nothing with an object. */
export type JobErrorCode =
  /** There is an object in its place already. */
  | 'CONFLICT'
  /** Whoever began the job had no permission for this when it came to the object. */
  | 'DENIED'
  /** A bug; the log has more. */
  | 'INTERNAL_SERVER_ERROR'
  /** What it would become is not allowed, for example a key that is too long. */
  | 'INVALID_INPUT'
  /** A lock or a hold forbids the change. */
  | 'LOCKED'
  /** Something that it takes is not there, for example an object that was named, or the target bucket. */
  | 'NOT_FOUND'
  /** This server does not do that with such an object. */
  | 'NOT_SUPPORTED'
  /** The object changed meanwhile. */
  | 'PRECONDITION_FAILED'
  /** A quota would be exceeded. */
  | 'QUOTA_EXCEEDED'
  /** There were too many requests, again and again. */
  | 'RATE_LIMITED'
  /** The storage has no room left. */
  | 'STORAGE_FULL'
  /** The object is larger than is accepted. */
  | 'TOO_LARGE'
  /** What it takes could not be reached, again and again. */
  | 'UNAVAILABLE';

/** What a job does. */
export type JobKind =
  /** Copies each object of a folder. */
  | 'COPY_FOLDER'
  /** Copies objects that were named. */
  | 'COPY_SELECTION'
  /** Deletes each object of a folder. */
  | 'DELETE_FOLDER'
  /** Deletes objects that were named. */
  | 'DELETE_SELECTION'
  /** Deletes for good what is in the trash. */
  | 'EMPTY_TRASH'
  /** Gives each object of a folder another key, or another bucket. */
  | 'MOVE_FOLDER'
  /** Gives objects that were named another key, or another bucket. */
  | 'MOVE_SELECTION'
  /** Brings back what was deleted of a folder. */
  | 'RESTORE_FOLDER'
  /** Brings back objects that were named. */
  | 'RESTORE_SELECTION'
  /** Tags each object of a folder. */
  | 'TAG_FOLDER'
  /** Tags objects that were named. */
  | 'TAG_SELECTION';

/** How far a job is. */
export type JobState =
  /** It was ended by `cancelJob`; what was done stays done. */
  | 'CANCELLED'
  /** All objects were dealt with; `failed` and `errors` tell of those that it could not. */
  | 'COMPLETED'
  /** It could not go on, and `message` says why; what was done stays done. */
  | 'FAILED'
  /** It waits for its turn. */
  | 'QUEUED'
  /** It is worked on. */
  | 'RUNNING';

/** Who may end a retention early. */
export type LockMode =
  /** Nobody, whatever their rights. It can only be made longer. */
  | 'COMPLIANCE'
  /** Who has `s3:BypassGovernanceRetention` and says `bypassGovernance`. */
  | 'GOVERNANCE';

/** Who signs in. */
export type LoginInput = {
  /** True for browsers: the tokens come as cookies that scripts cannot read, and are null in the payload. */
  readonly cookie?: boolean | null | undefined;
  /** The user's password. */
  readonly password: string;
  /** The name of the user's tenant; `default` by default. */
  readonly tenant?: string | null | undefined;
  /** The name of the user. */
  readonly username: string;
};

/** The session to end. */
export type LogoutInput = {
  /** The session's refresh token, when the request came without an access token and without cookies. */
  readonly refreshToken?: string | null | undefined;
};

/** One name of the user metadata with its value. */
export type MetadataInput = {
  /** The name, without `x-amz-meta-`. Case does not matter. */
  readonly name: string;
  /** The whole value. */
  readonly value: string;
};

/** Which folder to move, and where to. */
export type MoveFolderInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** What is done when there is an object already; `FAIL` by default. */
  readonly conflict?: ConflictPolicy | null | undefined;
  /** The folder's path, such as `photos/2026/`; empty for the whole bucket. */
  readonly folder: string;
  /** Where to: `photos/a.jpg` of `photos/` becomes `a.jpg` in there. */
  readonly target: TargetFolderInput;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** What to move, and where to. */
export type MoveObjectInput = {
  /** Write only when the target holds an object with this entity tag. */
  readonly ifMatch?: string | null | undefined;
  /** Give `*` to write only when the target holds no object. */
  readonly ifNoneMatch?: string | null | undefined;
  /** What to move. */
  readonly source: ObjectLocationInput;
  /** Where to. */
  readonly target: ObjectLocationInput;
};

/** Which objects to move, and where to. */
export type MoveSelectionInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** What is done when there is an object already; `FAIL` by default. */
  readonly conflict?: ConflictPolicy | null | undefined;
  /** The folder that the keys are in: copies and moves leave it out. By default the deepest that all of them are in. */
  readonly folder?: string | null | undefined;
  /** The keys of the objects, 1 to 10,000; one given twice counts once. */
  readonly keys: ReadonlyArray<string>;
  /** Where to: `photos/a.jpg` of `photos/` becomes `a.jpg` in there. */
  readonly target: TargetFolderInput;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** What happened to an object. */
export type ObjectChange =
  /** A version was written: by an upload, a copy or a move. */
  | 'CREATED'
  /** The object, or one of its versions, was deleted, also for good from the trash; `versionId` says which. */
  | 'DELETED'
  /** A version came back from the trash. */
  | 'RESTORED'
  /** Its tags, retention, legal hold, access control list or storage class changed. */
  | 'UPDATED';

/** One object of several, or one version of it. */
export type ObjectIdentifierInput = {
  /** The object's key. */
  readonly key: string;
  /** The version; the object as a whole by default. */
  readonly versionId?: string | null | undefined;
};

/** What people take objects for, by their content type. */
export type ObjectKind =
  /** Packed files: zip, tar, gzip and the like. */
  | 'ARCHIVE'
  /** Sound: `audio/*`. */
  | 'AUDIO'
  /** PDF, office documents and books. */
  | 'DOCUMENT'
  /** Pictures: `image/*`. */
  | 'IMAGE'
  /** All else, and what says nothing of what it is. */
  | 'OTHER'
  /** Text and source code: `text/*`, JSON, XML, scripts. */
  | 'TEXT'
  /** Films: `video/*`. */
  | 'VIDEO';

/** Where an object is, or is to be. */
export type ObjectLocationInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** Until when a version cannot be deleted. */
export type ObjectRetentionInput = {
  /** Who may end it early. */
  readonly mode: LockMode;
  /** When it is over: a date in the future. */
  readonly retainUntil: string;
};

/** The object to take from. */
export type ObjectSourceInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The version; the current one by default. */
  readonly versionId?: string | null | undefined;
};

/** Which version is to be the current one again. */
export type PromoteVersionInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The version; by default the one before the current one, or before the delete marker. */
  readonly versionId?: string | null | undefined;
};

/** The bucket, and the policy that replaces the one it has. */
export type PutBucketPolicyInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The policy document in the language of AWS: Version and Statement, with Effect, Principal, Action, Resource. */
  readonly policy: unknown;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** The session to go on with. */
export type RefreshSessionInput = {
  /** The refresh token of the session. It works once: the payload has the next one. Without it the one of the cookie is taken, and the next one comes as a cookie. */
  readonly refreshToken?: string | null | undefined;
  /** True for clients that may send a refresh token twice, because of several tabs or a lost answer: each time, for 30 seconds after the first, they get the same next one instead of ending the session. */
  readonly repeatable?: boolean | null | undefined;
};

/** The object to unmark. */
export type RemoveFavouriteInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** Which folder to restore. */
export type RestoreFolderInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** What is done when there is an object already; `SKIP` by default. `OVERWRITE` also undoes what was overwritten. */
  readonly conflict?: ConflictPolicy | null | undefined;
  /** Only what was deleted or overwritten at this time or later; all by default. */
  readonly deletedAfter?: string | null | undefined;
  /** The folder's path, such as `photos/2026/`; empty for the whole bucket. */
  readonly folder: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** What to take back out of the trash. */
export type RestoreObjectInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** Give `*` to restore only when the key holds no object. */
  readonly ifNoneMatch?: string | null | undefined;
  /** The object's key. */
  readonly key: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The version's id, as the bucket's `trash` shows it; by default what was deleted or overwritten last, so that it undoes that. */
  readonly versionId?: string | null | undefined;
};

/** Which objects to restore. */
export type RestoreSelectionInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** What is done when there is an object already; `SKIP` by default. `OVERWRITE` also undoes what was overwritten. */
  readonly conflict?: ConflictPolicy | null | undefined;
  /** The keys of the objects, 1 to 10,000; one given twice counts once. */
  readonly keys: ReadonlyArray<string>;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** The API key to revoke. */
export type RevokeApiKeyInput = {
  /** The id of the key (`keyId`). */
  readonly keyId: string;
};

/** The session to end. */
export type RevokeSessionInput = {
  /** The id of the session. */
  readonly sessionId: string;
};

/** The share link to take back. */
export type RevokeShareLinkInput = {
  /** The global id of the link. */
  readonly id: string | number;
};

/** What a user may do before any bucket policy speaks. */
export type Role =
  /** Everything, in every tenant. */
  | 'ADMINISTRATOR'
  /** Creates buckets and does everything with the buckets it owns. */
  | 'MEMBER'
  /** Reads and lists what is in the own tenant. */
  | 'READ_ONLY'
  /** Everything inside the own tenant. */
  | 'TENANT_ADMINISTRATOR';

/** What is looked for: an object has all of it. */
export type SearchFilter = {
  /** Only in these buckets, 1 to 100 names; in all that the caller may see by default. */
  readonly buckets?: ReadonlyArray<string> | null | undefined;
  /** Its content type without parameters, as `application/pdf`, or all of a kind, as `image/*`. */
  readonly contentType?: string | null | undefined;
  /** It was written at this moment or later. */
  readonly createdAfter?: string | null | undefined;
  /** It was written before this moment. */
  readonly createdBefore?: string | null | undefined;
  /** A pattern of the whole key: `*` stands for any characters, slashes too, and `?` for one. Case and accents do not matter. As `*.jpg`, or `reports/202?/*summary*`. */
  readonly key?: string | null | undefined;
  /** It has so many bytes at most. */
  readonly maxSize?: number | null | undefined;
  /** User metadata that it has, with these values. */
  readonly metadata?: ReadonlyArray<MetadataInput> | null | undefined;
  /** It has so many bytes at least. */
  readonly minSize?: number | null | undefined;
  /** The name of the user who wrote it. */
  readonly owner?: string | null | undefined;
  /** What the key begins with, exactly. */
  readonly prefix?: string | null | undefined;
  /** Its storage class. */
  readonly storageClass?: StorageClass | null | undefined;
  /** Tags that the object has, with these values. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
};

/** How found objects are sorted. */
export type SearchOrder = {
  /** Which end comes first: for names A, else the best, the largest or the newest by default. */
  readonly direction?: SortDirection | null | undefined;
  /** By what. */
  readonly field: SearchOrderField;
};

/** By what found objects are sorted. */
export type SearchOrderField =
  /** When the current version was written. */
  | 'DATE'
  /** The key, in the byte order of UTF-8. */
  | 'NAME'
  /** How well they fit the text. Only with text. */
  | 'RELEVANCE'
  /** The number of bytes. */
  | 'SIZE';

/** A code of the authenticator. */
export type SecondFactorCodeInput = {
  /** Six digits. Each code is good once. */
  readonly code: string;
};

/** The bucket, and its versioning from now on. */
export type SetBucketVersioningInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The versioning from now on. */
  readonly versioning: BucketVersioningSetting;
};

/** An object, and the metadata that it is to have. */
export type SetObjectMetadataInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The Cache-Control header to send with the bytes; as before by default, none when it is empty. */
  readonly cacheControl?: string | null | undefined;
  /** The Content-Disposition header to send with the bytes; as before by default, none when it is empty. */
  readonly contentDisposition?: string | null | undefined;
  /** The Content-Encoding header to send with the bytes; as before by default, none when it is empty. */
  readonly contentEncoding?: string | null | undefined;
  /** The Content-Language header to send with the bytes; as before by default, none when it is empty. */
  readonly contentLanguage?: string | null | undefined;
  /** The media type from now on; the same as before by default. */
  readonly contentType?: string | null | undefined;
  /** The Expires header to send with the bytes, such as `Thu, 01 Jan 2032 00:00:00 GMT`; as before by default, none when it is empty. */
  readonly expires?: string | null | undefined;
  /** Write only when the current object has this entity tag. */
  readonly ifMatch?: string | null | undefined;
  /** The object's key. */
  readonly key: string;
  /** All names and values; all are strings. An empty object removes them; as before by default. */
  readonly metadata?: unknown;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** Where a website sends who asks for the object: a path that begins with `/`, or an address of `http://` or `https://`; S3's x-amz-website-redirect-location; as before by default, none when it is empty. */
  readonly websiteRedirectLocation?: string | null | undefined;
};

/** An object or version, and all tags that it is to have. */
export type SetObjectTagsInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** Write only when the version has this entity tag. */
  readonly ifMatch?: string | null | undefined;
  /** The object's key. */
  readonly key: string;
  /** All tags, at most 10; an empty list removes them. */
  readonly tags: ReadonlyArray<TagInput>;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The version; the current one by default. */
  readonly versionId?: string | null | undefined;
};

/** What a share link leads to. */
export type ShareKind =
  /** All objects below a folder, to browse, and to download one by one or as a zip. */
  | 'FOLDER'
  /** One object. */
  | 'OBJECT';

/** Whether a share link can still be used, as far as its own limits go. */
export type ShareLinkState =
  /** It can be used, as long as its maker may share what it leads to. */
  | 'ACTIVE'
  /** Its time is over; a later end makes it work again. */
  | 'EXPIRED'
  /** It was taken back for good. */
  | 'REVOKED'
  /** It was used as often as it may be; a higher limit makes it work again. */
  | 'USED_UP';

/** What showed who a session's user is. */
export type SignInMethod =
  /** A directory, which verified the password. */
  | 'LDAP'
  /** An OpenID provider. */
  | 'OIDC'
  /** The password that is kept here. */
  | 'PASSWORD';

/** Whose sessions to end. */
export type SignOutEverywhereInput = {
  /** The name of the user's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The user; the caller by default. */
  readonly username?: string | null | undefined;
};

/** Which end of a sorted list comes first. */
export type SortDirection =
  /** From the least to the greatest: from A, from small, from old, from bad. */
  | 'ASC'
  /** From the greatest to the least: from Z, from large, from new, from good. */
  | 'DESC';

/** Whether an upload goes on. */
export type StagedUploadState =
  /** It became an object. It is remembered for a day. */
  | 'COMPLETED'
  /** Parts can be sent. */
  | 'OPEN';

/** The object that is to be uploaded in parts. */
export type StartUploadInput = {
  /** Who else may do what with the object, in a bucket whose object ownership lets lists count. */
  readonly acl?: AccessControlListInput | null | undefined;
  /** The bucket's name. */
  readonly bucket: string;
  /** The Cache-Control header to send with the bytes. */
  readonly cacheControl?: string | null | undefined;
  /** The Content-Disposition header to send with the bytes. */
  readonly contentDisposition?: string | null | undefined;
  /** The Content-Encoding header to send with the bytes. */
  readonly contentEncoding?: string | null | undefined;
  /** The Content-Language header to send with the bytes. */
  readonly contentLanguage?: string | null | undefined;
  /** The media type; the file's own by default. */
  readonly contentType?: string | null | undefined;
  /** How to seal the bytes; as the bucket's setting says by default. */
  readonly encryption?: EncryptionInput | null | undefined;
  /** The Expires header to send with the bytes, such as `Thu, 01 Jan 2032 00:00:00 GMT`. */
  readonly expires?: string | null | undefined;
  /** Write only when the current object has this entity tag. */
  readonly ifMatch?: string | null | undefined;
  /** Give `*` to write only when the key holds no object. */
  readonly ifNoneMatch?: string | null | undefined;
  /** The object's key. */
  readonly key: string;
  /** True places the object under a legal hold, in a bucket with object lock. */
  readonly legalHold?: boolean | null | undefined;
  /** Names and values to keep with the object; all are strings. */
  readonly metadata?: unknown;
  /** How many bytes each part but the last has, 5 MiB to 5 GiB. 16 MiB by default, or as much as makes 10,000 parts. */
  readonly partSize?: number | null | undefined;
  /** Until when to keep the object, in a bucket with object lock; the bucket's default when absent. */
  readonly retention?: ObjectRetentionInput | null | undefined;
  /** The SHA-256 of the content in hexadecimal: anything else is refused with DIGEST_MISMATCH. */
  readonly sha256?: string | null | undefined;
  /** The size of the file in bytes; completing fails with any other. */
  readonly size: number;
  /** How to store the object; STANDARD by default. */
  readonly storageClass?: StorageClass | null | undefined;
  /** At most 10 tags. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** Where a website sends who asks for the object: a path that begins with `/`, or an address of `http://` or `https://`; S3's x-amz-website-redirect-location. */
  readonly websiteRedirectLocation?: string | null | undefined;
};

/** How an object is stored. */
export type StorageClass =
  /** In the cold store, for what is kept and hardly ever read; readable at once. */
  | 'GLACIER_IR'
  /** In the hot store. */
  | 'STANDARD'
  /** In the cold store, for what is seldom read; readable at once. */
  | 'STANDARD_IA';

/** Which folder to tag, and how. */
export type TagFolderInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The folder's path, such as `photos/2026/`; empty for the whole bucket. */
  readonly folder: string;
  /** What becomes of other tags; they stay by default. */
  readonly mode?: TaggingMode | null | undefined;
  /** The tags, at most 10. */
  readonly tags: ReadonlyArray<TagInput>;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** One tag to give an object, a bucket or a user. */
export type TagInput = {
  /** The name, 1 to 128 characters, unique among the tags. */
  readonly key: string;
  /** The value, at most 256 characters; may be empty. */
  readonly value: string;
};

/** Which objects to tag, and how. */
export type TagSelectionInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The keys of the objects, 1 to 10,000; one given twice counts once. */
  readonly keys: ReadonlyArray<string>;
  /** What becomes of other tags; they stay by default. */
  readonly mode?: TaggingMode | null | undefined;
  /** The tags, at most 10. */
  readonly tags: ReadonlyArray<TagInput>;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** What becomes of the tags that objects have. */
export type TaggingMode =
  /** Those with other names stay. */
  | 'MERGE'
  /** They go. */
  | 'REPLACE';

/** Where a folder goes. */
export type TargetFolderInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** The folder's path, such as `photos/2026/`; empty for the whole bucket. */
  readonly folder: string;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
};

/** The bucket, and what to change of it. */
export type UpdateBucketInput = {
  /** The bucket's name. */
  readonly bucket: string;
  /** What is compressed of what is written from now on. */
  readonly compression?: BucketCompression | null | undefined;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** For how many seconds a deleted version can be restored from now on; 0 for not at all. */
  readonly trashSeconds?: number | null | undefined;
};

/** A share link, and what of it changes; what is left out stays. */
export type UpdateShareLinkInput = {
  /** What the link is for. */
  readonly description?: string | null | undefined;
  /** When the link ends; null for as late as is allowed. */
  readonly expiresAt?: string | null | undefined;
  /** The global id of the link. */
  readonly id: string | number;
  /** How often it may be used to download, what was downloaded counted; null for any number. */
  readonly maxDownloads?: number | null | undefined;
  /** A new password, which those who gave the old one have to give too; null for none. */
  readonly password?: string | null | undefined;
};

/** What to change of a user. What is absent stays. */
export type UpdateUserInput = {
  /** The name to show to people. */
  readonly displayName?: string | null | undefined;
  /** The e-mail address; null or an empty text removes it. */
  readonly email?: string | null | undefined;
  /** Where in the tenant the user belongs: policies name it with that. Not of oneself. */
  readonly path?: string | null | undefined;
  /** What the user may do. */
  readonly role?: Role | null | undefined;
  /** All tags, in place of those that were: policies see them as aws:PrincipalTag. Not of oneself. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
  /** The name of the user's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** The name of the user. */
  readonly username: string;
};

/** A file, and the object that it becomes. */
export type UploadObjectInput = {
  /** Who else may do what with the object, in a bucket whose object ownership lets lists count. */
  readonly acl?: AccessControlListInput | null | undefined;
  /** The bucket's name. */
  readonly bucket: string;
  /** The Cache-Control header to send with the bytes. */
  readonly cacheControl?: string | null | undefined;
  /** The Content-Disposition header to send with the bytes. */
  readonly contentDisposition?: string | null | undefined;
  /** The Content-Encoding header to send with the bytes. */
  readonly contentEncoding?: string | null | undefined;
  /** The Content-Language header to send with the bytes. */
  readonly contentLanguage?: string | null | undefined;
  /** The media type; the file's own by default. */
  readonly contentType?: string | null | undefined;
  /** How to seal the bytes; as the bucket's setting says by default. */
  readonly encryption?: EncryptionInput | null | undefined;
  /** The Expires header to send with the bytes, such as `Thu, 01 Jan 2032 00:00:00 GMT`. */
  readonly expires?: string | null | undefined;
  /** The file, as a part of the multipart request. */
  readonly file: Blob;
  /** Write only when the current object has this entity tag. */
  readonly ifMatch?: string | null | undefined;
  /** Give `*` to write only when the key holds no object. */
  readonly ifNoneMatch?: string | null | undefined;
  /** The object's key. */
  readonly key: string;
  /** True places the object under a legal hold, in a bucket with object lock. */
  readonly legalHold?: boolean | null | undefined;
  /** Names and values to keep with the object; all are strings. */
  readonly metadata?: unknown;
  /** Until when to keep the object, in a bucket with object lock; the bucket's default when absent. */
  readonly retention?: ObjectRetentionInput | null | undefined;
  /** The SHA-256 of the content in hexadecimal: anything else is refused with DIGEST_MISMATCH. */
  readonly sha256?: string | null | undefined;
  /** How to store the object; STANDARD by default. */
  readonly storageClass?: StorageClass | null | undefined;
  /** At most 10 tags. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
  /** The name of the bucket's tenant; the caller's own by default. */
  readonly tenant?: string | null | undefined;
  /** Where a website sends who asks for the object: a path that begins with `/`, or an address of `http://` or `https://`; S3's x-amz-website-redirect-location. */
  readonly websiteRedirectLocation?: string | null | undefined;
};

/** Where a user comes from, and who vouches for it. */
export type UserOrigin =
  /** Of an LDAP directory, which is asked for the password. */
  | 'LDAP'
  /** Created here; signs in with a password that is kept here. */
  | 'LOCAL'
  /** Of an OpenID provider, whose tokens it shows. */
  | 'OIDC';

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { readonly viewer: { readonly roles: ReadonlyArray<Role>, readonly user: UserFieldsFragment, readonly tenant: { readonly id: string, readonly name: string, readonly displayName: string }, readonly usage: { readonly bytes: number, readonly objects: number, readonly buckets: number }, readonly quota: { readonly bytes: number | null, readonly objects: number | null, readonly buckets: number | null } | null } };

export type FactsQueryVariables = Exact<{
  buckets?: number | null | undefined;
  newest?: number | null | undefined;
  largest?: number | null | undefined;
}>;


export type FactsQuery = { readonly viewer: { readonly facts: { readonly objects: number, readonly bytes: number, readonly countedUntil: string | null, readonly kinds: ReadonlyArray<{ readonly kind: ObjectKind, readonly objects: number, readonly bytes: number }>, readonly buckets: ReadonlyArray<{ readonly name: string, readonly objects: number, readonly bytes: number }>, readonly newest: ReadonlyArray<ObjectFieldsFragment>, readonly largest: ReadonlyArray<ObjectFieldsFragment> } } };

export type ListAccessKeysQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  username?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListAccessKeysQuery = { readonly accessKeys: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly accessKeyId: string, readonly description: string, readonly disabled: boolean, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null }>, readonly pageInfo: PageFieldsFragment } };

export type CreateAccessKeyMutationVariables = Exact<{
  input: CreateAccessKeyInput;
}>;


export type CreateAccessKeyMutation = { readonly createAccessKey: { readonly secretAccessKey: string | null, readonly accessKey: { readonly id: string, readonly accessKeyId: string, readonly description: string, readonly expiresAt: string | null } | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type DeleteAccessKeyMutationVariables = Exact<{
  input: DeleteAccessKeyInput;
}>;


export type DeleteAccessKeyMutation = { readonly deleteAccessKey: { readonly accessKeyId: string | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type ListApiKeysQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  username?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListApiKeysQuery = { readonly apiKeys: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly keyId: string, readonly name: string, readonly scopes: ReadonlyArray<ApiScope>, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null }>, readonly pageInfo: PageFieldsFragment } };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { readonly createApiKey: { readonly secret: string | null, readonly apiKey: { readonly id: string, readonly keyId: string, readonly name: string, readonly scopes: ReadonlyArray<ApiScope>, readonly expiresAt: string | null } | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type RevokeApiKeyMutationVariables = Exact<{
  input: RevokeApiKeyInput;
}>;


export type RevokeApiKeyMutation = { readonly revokeApiKey: { readonly keyId: string | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type ListUsersQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListUsersQuery = { readonly users: { readonly nodes: ReadonlyArray<UserFieldsFragment>, readonly pageInfo: PageFieldsFragment } };

export type CreateUserMutationVariables = Exact<{
  input: CreateUserInput;
}>;


export type CreateUserMutation = { readonly createUser: { readonly user: UserFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type UpdateUserMutationVariables = Exact<{
  input: UpdateUserInput;
}>;


export type UpdateUserMutation = { readonly updateUser: { readonly user: UserFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type AuditLogQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: AuditLogFilter | null | undefined;
  tenant?: string | null | undefined;
}>;


export type AuditLogQuery = { readonly auditLog: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly action: string, readonly at: string, readonly actorName: string | null, readonly bucketName: string | null, readonly key: string | null, readonly outcome: EventOutcome, readonly sourceIp: string | null, readonly details: Readonly<Record<string, unknown>> | null }>, readonly pageInfo: PageFieldsFragment } };

export type ListBucketsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListBucketsQuery = { readonly buckets: { readonly nodes: ReadonlyArray<BucketFieldsFragment>, readonly pageInfo: PageFieldsFragment } };

export type GetBucketQueryVariables = Exact<{
  name: string;
  tenant?: string | null | undefined;
}>;


export type GetBucketQuery = { readonly bucket: (
    { readonly policy: unknown, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> | null, readonly usage: { readonly objects: number, readonly versions: number, readonly bytes: number, readonly storedBytes: number, readonly trashBytes: number } }
    & BucketFieldsFragment
  ) | null };

export type CreateBucketMutationVariables = Exact<{
  input: CreateBucketInput;
}>;


export type CreateBucketMutation = { readonly createBucket: { readonly bucket: BucketFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type UpdateBucketMutationVariables = Exact<{
  input: UpdateBucketInput;
}>;


export type UpdateBucketMutation = { readonly updateBucket: { readonly bucket: BucketFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type DeleteBucketMutationVariables = Exact<{
  input: DeleteBucketInput;
}>;


export type DeleteBucketMutation = { readonly deleteBucket: { readonly bucket: { readonly name: string } | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type SetBucketVersioningMutationVariables = Exact<{
  input: SetBucketVersioningInput;
}>;


export type SetBucketVersioningMutation = { readonly setBucketVersioning: { readonly bucket: BucketFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type PutBucketPolicyMutationVariables = Exact<{
  input: PutBucketPolicyInput;
}>;


export type PutBucketPolicyMutation = { readonly putBucketPolicy: { readonly bucket: { readonly name: string, readonly policy: unknown } | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type DeleteBucketPolicyMutationVariables = Exact<{
  input: DeleteBucketPolicyInput;
}>;


export type DeleteBucketPolicyMutation = { readonly deleteBucketPolicy: { readonly bucket: { readonly name: string } | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type GetZipUrlQueryVariables = Exact<{
  bucket: string;
  prefix?: string | null | undefined;
  expiresIn?: number | null | undefined;
  tenant?: string | null | undefined;
}>;


export type GetZipUrlQuery = { readonly bucket: { readonly zipUrl: string | null } | null };

export type ListFavouritesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListFavouritesQuery = { readonly viewer: { readonly favourites: { readonly nodes: ReadonlyArray<(
        { readonly isFavourite: boolean, readonly bucket: { readonly name: string } | null }
        & ObjectFieldsFragment
      )>, readonly pageInfo: PageFieldsFragment } } };

export type AddFavouriteMutationVariables = Exact<{
  input: AddFavouriteInput;
}>;


export type AddFavouriteMutation = { readonly addFavourite: { readonly object: { readonly id: string, readonly isFavourite: boolean } | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type RemoveFavouriteMutationVariables = Exact<{
  input: RemoveFavouriteInput;
}>;


export type RemoveFavouriteMutation = { readonly removeFavourite: { readonly object: { readonly id: string, readonly isFavourite: boolean } | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type UserErrorFieldsFragment = { readonly code: ErrorCode, readonly field: ReadonlyArray<string> | null, readonly message: string, readonly decisionId: string | null };

export type PageFieldsFragment = { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null };

export type UserFieldsFragment = { readonly id: string, readonly username: string, readonly displayName: string, readonly email: string | null, readonly role: Role, readonly disabled: boolean, readonly source: UserOrigin, readonly createdAt: string, readonly lastSignInAt: string | null, readonly secondFactor: boolean | null };

export type BucketFieldsFragment = { readonly id: string, readonly name: string, readonly createdAt: string, readonly versioning: BucketVersioning, readonly region: string, readonly trashSeconds: number, readonly compression: BucketCompression };

export type ObjectFieldsFragment = { readonly id: string, readonly key: string, readonly size: number, readonly contentType: string, readonly etag: string, readonly versionId: string, readonly isLatest: boolean, readonly deleteMarker: boolean, readonly storageClass: StorageClass, readonly metadata: unknown, readonly createdAt: string, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> | null };

export type UploadFieldsFragment = { readonly id: string, readonly state: StagedUploadState, readonly key: string, readonly size: number | null, readonly partSize: number | null, readonly receivedBytes: number, readonly createdAt: string, readonly expiresAt: string };

export type ShareLinkFieldsFragment = { readonly id: string, readonly kind: ShareKind, readonly state: ShareLinkState, readonly key: string | null, readonly folder: string | null, readonly versionId: string | null, readonly description: string, readonly hasPassword: boolean, readonly downloads: number, readonly maxDownloads: number | null, readonly expiresAt: string | null, readonly revokedAt: string | null, readonly lastUsedAt: string | null, readonly createdAt: string };

export type JobFieldsFragment = { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly bucket: string, readonly folder: string, readonly targetBucket: string | null, readonly targetFolder: string | null, readonly total: number | null, readonly done: number, readonly skipped: number, readonly failed: number, readonly bytes: number, readonly message: string | null, readonly cancelAskedAt: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null };

export type CopyFolderMutationVariables = Exact<{
  input: CopyFolderInput;
}>;


export type CopyFolderMutation = { readonly copyFolder: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type MoveFolderMutationVariables = Exact<{
  input: MoveFolderInput;
}>;


export type MoveFolderMutation = { readonly moveFolder: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type DeleteFolderMutationVariables = Exact<{
  input: DeleteFolderInput;
}>;


export type DeleteFolderMutation = { readonly deleteFolder: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type RestoreFolderMutationVariables = Exact<{
  input: RestoreFolderInput;
}>;


export type RestoreFolderMutation = { readonly restoreFolder: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type TagFolderMutationVariables = Exact<{
  input: TagFolderInput;
}>;


export type TagFolderMutation = { readonly tagFolder: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type EmptyTrashMutationVariables = Exact<{
  input: EmptyTrashInput;
}>;


export type EmptyTrashMutation = { readonly emptyTrash: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type CopySelectionMutationVariables = Exact<{
  input: CopySelectionInput;
}>;


export type CopySelectionMutation = { readonly copySelection: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type MoveSelectionMutationVariables = Exact<{
  input: MoveSelectionInput;
}>;


export type MoveSelectionMutation = { readonly moveSelection: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type DeleteSelectionMutationVariables = Exact<{
  input: DeleteSelectionInput;
}>;


export type DeleteSelectionMutation = { readonly deleteSelection: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type RestoreSelectionMutationVariables = Exact<{
  input: RestoreSelectionInput;
}>;


export type RestoreSelectionMutation = { readonly restoreSelection: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type TagSelectionMutationVariables = Exact<{
  input: TagSelectionInput;
}>;


export type TagSelectionMutation = { readonly tagSelection: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type GetJobQueryVariables = Exact<{
  id: string | number;
  errors?: number | null | undefined;
}>;


export type GetJobQuery = { readonly job: (
    { readonly errors: { readonly nodes: ReadonlyArray<{ readonly key: string, readonly versionId: string | null, readonly code: JobErrorCode, readonly message: string, readonly at: string }> } }
    & JobFieldsFragment
  ) | null };

export type ListJobsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListJobsQuery = { readonly jobs: { readonly nodes: ReadonlyArray<JobFieldsFragment>, readonly pageInfo: PageFieldsFragment } };

export type CancelJobMutationVariables = Exact<{
  input: CancelJobInput;
}>;


export type CancelJobMutation = { readonly cancelJob: { readonly job: JobFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type JobProgressSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type JobProgressSubscription = { readonly jobProgress: JobFieldsFragment };

export type ListObjectsQueryVariables = Exact<{
  bucket: string;
  prefix?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListObjectsQuery = { readonly bucket: { readonly objects: { readonly nodes: ReadonlyArray<ObjectFieldsFragment>, readonly pageInfo: PageFieldsFragment } } | null };

export type ListFolderQueryVariables = Exact<{
  bucket: string;
  folder?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListFolderQuery = { readonly bucket: { readonly entries: { readonly nodes: ReadonlyArray<
        | { readonly __typename: 'Folder', readonly name: string, readonly path: string }
        | (
          { readonly __typename: 'StoredObject' }
          & ObjectFieldsFragment
        )
      >, readonly pageInfo: PageFieldsFragment } } | null };

export type GetObjectQueryVariables = Exact<{
  bucket: string;
  key: string;
  versionId?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type GetObjectQuery = { readonly object: (
    { readonly sha256: string | null, readonly contentEncoding: string | null, readonly integrity: Integrity }
    & ObjectFieldsFragment
  ) | null };

export type GetDownloadQueryVariables = Exact<{
  bucket: string;
  key: string;
  versionId?: string | null | undefined;
  expiresIn?: number | null | undefined;
  tenant?: string | null | undefined;
}>;


export type GetDownloadQuery = { readonly object: { readonly key: string, readonly size: number, readonly contentType: string, readonly contentEncoding: string | null, readonly etag: string, readonly versionId: string, readonly downloadUrl: string | null } | null };

export type ListVersionsQueryVariables = Exact<{
  bucket: string;
  key: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListVersionsQuery = { readonly object: { readonly versions: { readonly nodes: ReadonlyArray<ObjectFieldsFragment>, readonly pageInfo: PageFieldsFragment } | null } | null };

export type ListBucketVersionsQueryVariables = Exact<{
  bucket: string;
  prefix?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListBucketVersionsQuery = { readonly bucket: { readonly versions: { readonly nodes: ReadonlyArray<ObjectFieldsFragment>, readonly pageInfo: PageFieldsFragment } | null } | null };

export type ListTrashQueryVariables = Exact<{
  bucket: string;
  prefix?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListTrashQuery = { readonly bucket: { readonly trash: { readonly nodes: ReadonlyArray<ObjectFieldsFragment>, readonly pageInfo: PageFieldsFragment } | null } | null };

export type SearchQueryVariables = Exact<{
  text?: string | null | undefined;
  filter?: SearchFilter | null | undefined;
  orderBy?: SearchOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type SearchQuery = { readonly search: { readonly indexedUntil: string | null, readonly nodes: ReadonlyArray<(
      { readonly bucket: { readonly name: string } | null }
      & ObjectFieldsFragment
    )>, readonly pageInfo: PageFieldsFragment } };

export type GetFolderQueryVariables = Exact<{
  bucket: string;
  path: string;
  tenant?: string | null | undefined;
}>;


export type GetFolderQuery = { readonly bucket: { readonly folder: { readonly name: string, readonly path: string, readonly objectCount: number | null, readonly totalSize: number | null, readonly countedAt: string | null, readonly lastChangedAt: string | null, readonly breadcrumb: ReadonlyArray<{ readonly name: string, readonly path: string }> } | null } | null };

export type DeleteObjectMutationVariables = Exact<{
  input: DeleteObjectInput;
}>;


export type DeleteObjectMutation = { readonly deleteObject: { readonly deleteMarker: boolean | null, readonly versionId: string | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type DeleteObjectsMutationVariables = Exact<{
  input: DeleteObjectsInput;
}>;


export type DeleteObjectsMutation = { readonly deleteObjects: { readonly deletedCount: number, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type RestoreObjectMutationVariables = Exact<{
  input: RestoreObjectInput;
}>;


export type RestoreObjectMutation = { readonly restoreObject: { readonly object: ObjectFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type PromoteVersionMutationVariables = Exact<{
  input: PromoteVersionInput;
}>;


export type PromoteVersionMutation = { readonly promoteVersion: { readonly object: ObjectFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type DeleteFromTrashMutationVariables = Exact<{
  input: DeleteFromTrashInput;
}>;


export type DeleteFromTrashMutation = { readonly deleteFromTrash: { readonly versionId: string | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type CopyObjectMutationVariables = Exact<{
  input: CopyObjectInput;
}>;


export type CopyObjectMutation = { readonly copyObject: { readonly object: ObjectFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type MoveObjectMutationVariables = Exact<{
  input: MoveObjectInput;
}>;


export type MoveObjectMutation = { readonly moveObject: { readonly object: ObjectFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type SetObjectTagsMutationVariables = Exact<{
  input: SetObjectTagsInput;
}>;


export type SetObjectTagsMutation = { readonly setObjectTags: { readonly object: ObjectFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type SetObjectMetadataMutationVariables = Exact<{
  input: SetObjectMetadataInput;
}>;


export type SetObjectMetadataMutation = { readonly setObjectMetadata: { readonly object: ObjectFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type EventCursorQueryVariables = Exact<{
  bucket: string;
  prefix?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type EventCursorQuery = { readonly eventCursor: string };

export type ObjectEventsSubscriptionVariables = Exact<{
  bucket: string;
  prefix?: string | null | undefined;
  changes?: ReadonlyArray<ObjectChange> | ObjectChange | null | undefined;
  after?: string | number | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ObjectEventsSubscription = { readonly objectEvents: { readonly cursor: string, readonly change: ObjectChange, readonly key: string, readonly versionId: string | null, readonly at: string, readonly actorName: string | null, readonly object: ObjectFieldsFragment | null } };

export type LoginMutationVariables = Exact<{
  input: LoginInput;
}>;


export type LoginMutation = { readonly login: { readonly accessToken: string | null, readonly refreshToken: string | null, readonly expiresAt: string | null, readonly challenge: string | null, readonly secondFactorRequired: boolean, readonly passwordChangeRequired: boolean, readonly user: UserFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type CompleteLoginMutationVariables = Exact<{
  input: CompleteLoginInput;
}>;


export type CompleteLoginMutation = { readonly completeLogin: { readonly accessToken: string | null, readonly refreshToken: string | null, readonly expiresAt: string | null, readonly challenge: string | null, readonly secondFactorRequired: boolean, readonly passwordChangeRequired: boolean, readonly user: UserFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type RefreshSessionMutationVariables = Exact<{
  input: RefreshSessionInput;
}>;


export type RefreshSessionMutation = { readonly refreshSession: { readonly accessToken: string | null, readonly refreshToken: string | null, readonly expiresAt: string | null, readonly user: UserFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type LogoutMutationVariables = Exact<{
  input?: LogoutInput | null | undefined;
}>;


export type LogoutMutation = { readonly logout: { readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type SignOutEverywhereMutationVariables = Exact<{
  input?: SignOutEverywhereInput | null | undefined;
}>;


export type SignOutEverywhereMutation = { readonly signOutEverywhere: { readonly sessions: number | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type SignInMethodsQueryVariables = Exact<{
  tenant?: string | null | undefined;
}>;


export type SignInMethodsQuery = { readonly signInMethods: { readonly password: boolean, readonly providers: ReadonlyArray<{ readonly displayName: string, readonly loginUrl: string }> } };

export type ListSessionsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListSessionsQuery = { readonly sessions: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly method: SignInMethod, readonly userAgent: string | null, readonly sourceIp: string | null, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string }>, readonly pageInfo: PageFieldsFragment } };

export type RevokeSessionMutationVariables = Exact<{
  input: RevokeSessionInput;
}>;


export type RevokeSessionMutation = { readonly revokeSession: { readonly sessionId: string | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type ChangePasswordMutationVariables = Exact<{
  input: ChangePasswordInput;
}>;


export type ChangePasswordMutation = { readonly changePassword: { readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type EnrollSecondFactorMutationVariables = Exact<{ [key: string]: never; }>;


export type EnrollSecondFactorMutation = { readonly enrollSecondFactor: { readonly uri: string | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type ConfirmSecondFactorMutationVariables = Exact<{
  input: SecondFactorCodeInput;
}>;


export type ConfirmSecondFactorMutation = { readonly confirmSecondFactor: { readonly recoveryCodes: ReadonlyArray<string> | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type RenewRecoveryCodesMutationVariables = Exact<{
  input: SecondFactorCodeInput;
}>;


export type RenewRecoveryCodesMutation = { readonly renewRecoveryCodes: { readonly recoveryCodes: ReadonlyArray<string> | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type DisableSecondFactorMutationVariables = Exact<{
  input: DisableSecondFactorInput;
}>;


export type DisableSecondFactorMutation = { readonly disableSecondFactor: { readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type CreateShareLinkMutationVariables = Exact<{
  input: CreateShareLinkInput;
}>;


export type CreateShareLinkMutation = { readonly createShareLink: { readonly token: string | null, readonly url: string | null, readonly shareLink: ShareLinkFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type ListShareLinksQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListShareLinksQuery = { readonly shareLinks: { readonly nodes: ReadonlyArray<(
      { readonly bucket: { readonly name: string } | null }
      & ShareLinkFieldsFragment
    )>, readonly pageInfo: PageFieldsFragment } };

export type ListBucketShareLinksQueryVariables = Exact<{
  bucket: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListBucketShareLinksQuery = { readonly bucket: { readonly shareLinks: { readonly nodes: ReadonlyArray<ShareLinkFieldsFragment>, readonly pageInfo: PageFieldsFragment } } | null };

export type UpdateShareLinkMutationVariables = Exact<{
  input: UpdateShareLinkInput;
}>;


export type UpdateShareLinkMutation = { readonly updateShareLink: { readonly shareLink: ShareLinkFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type RevokeShareLinkMutationVariables = Exact<{
  input: RevokeShareLinkInput;
}>;


export type RevokeShareLinkMutation = { readonly revokeShareLink: { readonly shareLink: ShareLinkFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type UploadObjectMutationVariables = Exact<{
  input: UploadObjectInput;
}>;


export type UploadObjectMutation = { readonly uploadObject: { readonly object: ObjectFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type StartUploadMutationVariables = Exact<{
  input: StartUploadInput;
}>;


export type StartUploadMutation = { readonly startUpload: { readonly upload: UploadFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type GetUploadQueryVariables = Exact<{
  id: string | number;
}>;


export type GetUploadQuery = { readonly upload: UploadFieldsFragment | null };

export type ListUploadPartsQueryVariables = Exact<{
  id: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListUploadPartsQuery = { readonly upload: { readonly state: StagedUploadState, readonly parts: { readonly nodes: ReadonlyArray<{ readonly partNumber: number, readonly size: number, readonly etag: string, readonly sha256: string | null, readonly createdAt: string }>, readonly pageInfo: PageFieldsFragment } | null } | null };

export type ListUploadsQueryVariables = Exact<{
  bucket: string;
  prefix?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  tenant?: string | null | undefined;
}>;


export type ListUploadsQuery = { readonly bucket: { readonly uploads: { readonly nodes: ReadonlyArray<UploadFieldsFragment>, readonly pageInfo: PageFieldsFragment } | null } | null };

export type GetPartUrlsQueryVariables = Exact<{
  id: string | number;
  partNumbers?: ReadonlyArray<number> | number | null | undefined;
  expiresIn?: number;
}>;


export type GetPartUrlsQuery = { readonly upload: { readonly state: StagedUploadState, readonly partUrls: ReadonlyArray<{ readonly partNumber: number, readonly url: string, readonly expiresAt: string }> | null } | null };

export type CompleteUploadMutationVariables = Exact<{
  input: CompleteUploadInput;
}>;


export type CompleteUploadMutation = { readonly completeUpload: { readonly object: ObjectFieldsFragment | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type AbortUploadMutationVariables = Exact<{
  input: AbortUploadInput;
}>;


export type AbortUploadMutation = { readonly abortUpload: { readonly uploadId: string | null, readonly userErrors: ReadonlyArray<UserErrorFieldsFragment> } };

export type UploadProgressSubscriptionVariables = Exact<{
  uploadId: string | number;
}>;


export type UploadProgressSubscription = { readonly uploadProgress: UploadFieldsFragment };

export const Viewer = 'query Viewer{viewer{roles user{...UserFields}tenant{id name displayName}usage{bytes objects buckets}quota{bytes objects buckets}}}fragment UserFields on User{id username displayName email role disabled source createdAt lastSignInAt secondFactor}' as TypedDocument<ViewerQuery, ViewerQueryVariables>;

export const Facts = 'query Facts($buckets:Int=10$newest:Int=5$largest:Int=5){viewer{facts{objects bytes kinds{kind objects bytes}buckets(first:$buckets){name objects bytes}newest(first:$newest){...ObjectFields}largest(first:$largest){...ObjectFields}countedUntil}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}' as TypedDocument<FactsQuery, FactsQueryVariables>;

export const ListAccessKeys = 'query ListAccessKeys($first:Int=50$after:String$username:String$tenant:String){accessKeys(first:$first after:$after username:$username tenant:$tenant){nodes{id accessKeyId description disabled createdAt expiresAt lastUsedAt}pageInfo{...PageFields}}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListAccessKeysQuery, ListAccessKeysQueryVariables>;

export const CreateAccessKey = 'mutation CreateAccessKey($input:CreateAccessKeyInput!){createAccessKey(input:$input){accessKey{id accessKeyId description expiresAt}secretAccessKey userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CreateAccessKeyMutation, CreateAccessKeyMutationVariables>;

export const DeleteAccessKey = 'mutation DeleteAccessKey($input:DeleteAccessKeyInput!){deleteAccessKey(input:$input){accessKeyId userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DeleteAccessKeyMutation, DeleteAccessKeyMutationVariables>;

export const ListApiKeys = 'query ListApiKeys($first:Int=50$after:String$username:String$tenant:String){apiKeys(first:$first after:$after username:$username tenant:$tenant){nodes{id keyId name scopes createdAt expiresAt lastUsedAt}pageInfo{...PageFields}}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListApiKeysQuery, ListApiKeysQueryVariables>;

export const CreateApiKey = 'mutation CreateApiKey($input:CreateApiKeyInput!){createApiKey(input:$input){apiKey{id keyId name scopes expiresAt}secret userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CreateApiKeyMutation, CreateApiKeyMutationVariables>;

export const RevokeApiKey = 'mutation RevokeApiKey($input:RevokeApiKeyInput!){revokeApiKey(input:$input){keyId userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RevokeApiKeyMutation, RevokeApiKeyMutationVariables>;

export const ListUsers = 'query ListUsers($first:Int=50$after:String$tenant:String){users(first:$first after:$after tenant:$tenant){nodes{...UserFields}pageInfo{...PageFields}}}fragment UserFields on User{id username displayName email role disabled source createdAt lastSignInAt secondFactor}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListUsersQuery, ListUsersQueryVariables>;

export const CreateUser = 'mutation CreateUser($input:CreateUserInput!){createUser(input:$input){user{...UserFields}userErrors{...UserErrorFields}}}fragment UserFields on User{id username displayName email role disabled source createdAt lastSignInAt secondFactor}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CreateUserMutation, CreateUserMutationVariables>;

export const UpdateUser = 'mutation UpdateUser($input:UpdateUserInput!){updateUser(input:$input){user{...UserFields}userErrors{...UserErrorFields}}}fragment UserFields on User{id username displayName email role disabled source createdAt lastSignInAt secondFactor}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<UpdateUserMutation, UpdateUserMutationVariables>;

export const AuditLog = 'query AuditLog($first:Int=50$after:String$filter:AuditLogFilter$tenant:String){auditLog(first:$first after:$after filter:$filter tenant:$tenant){nodes{id action at actorName bucketName key outcome sourceIp details}pageInfo{...PageFields}}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<AuditLogQuery, AuditLogQueryVariables>;

export const ListBuckets = 'query ListBuckets($first:Int=50$after:String$tenant:String){buckets(first:$first after:$after tenant:$tenant){nodes{...BucketFields}pageInfo{...PageFields}}}fragment BucketFields on Bucket{id name createdAt versioning region trashSeconds compression}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListBucketsQuery, ListBucketsQueryVariables>;

export const GetBucket = 'query GetBucket($name:String!$tenant:String){bucket(name:$name tenant:$tenant){...BucketFields policy tags{key value}usage{objects versions bytes storedBytes trashBytes}}}fragment BucketFields on Bucket{id name createdAt versioning region trashSeconds compression}' as TypedDocument<GetBucketQuery, GetBucketQueryVariables>;

export const CreateBucket = 'mutation CreateBucket($input:CreateBucketInput!){createBucket(input:$input){bucket{...BucketFields}userErrors{...UserErrorFields}}}fragment BucketFields on Bucket{id name createdAt versioning region trashSeconds compression}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CreateBucketMutation, CreateBucketMutationVariables>;

export const UpdateBucket = 'mutation UpdateBucket($input:UpdateBucketInput!){updateBucket(input:$input){bucket{...BucketFields}userErrors{...UserErrorFields}}}fragment BucketFields on Bucket{id name createdAt versioning region trashSeconds compression}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<UpdateBucketMutation, UpdateBucketMutationVariables>;

export const DeleteBucket = 'mutation DeleteBucket($input:DeleteBucketInput!){deleteBucket(input:$input){bucket{name}userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DeleteBucketMutation, DeleteBucketMutationVariables>;

export const SetBucketVersioning = 'mutation SetBucketVersioning($input:SetBucketVersioningInput!){setBucketVersioning(input:$input){bucket{...BucketFields}userErrors{...UserErrorFields}}}fragment BucketFields on Bucket{id name createdAt versioning region trashSeconds compression}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<SetBucketVersioningMutation, SetBucketVersioningMutationVariables>;

export const PutBucketPolicy = 'mutation PutBucketPolicy($input:PutBucketPolicyInput!){putBucketPolicy(input:$input){bucket{name policy}userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<PutBucketPolicyMutation, PutBucketPolicyMutationVariables>;

export const DeleteBucketPolicy = 'mutation DeleteBucketPolicy($input:DeleteBucketPolicyInput!){deleteBucketPolicy(input:$input){bucket{name}userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DeleteBucketPolicyMutation, DeleteBucketPolicyMutationVariables>;

export const GetZipUrl = 'query GetZipUrl($bucket:String!$prefix:String$expiresIn:Int=300$tenant:String){bucket(name:$bucket tenant:$tenant){zipUrl(prefix:$prefix expiresIn:$expiresIn)}}' as TypedDocument<GetZipUrlQuery, GetZipUrlQueryVariables>;

export const ListFavourites = 'query ListFavourites($first:Int=50$after:String){viewer{favourites(first:$first after:$after){nodes{...ObjectFields isFavourite bucket{name}}pageInfo{...PageFields}}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListFavouritesQuery, ListFavouritesQueryVariables>;

export const AddFavourite = 'mutation AddFavourite($input:AddFavouriteInput!){addFavourite(input:$input){object{id isFavourite}userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<AddFavouriteMutation, AddFavouriteMutationVariables>;

export const RemoveFavourite = 'mutation RemoveFavourite($input:RemoveFavouriteInput!){removeFavourite(input:$input){object{id isFavourite}userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RemoveFavouriteMutation, RemoveFavouriteMutationVariables>;

export const CopyFolder = 'mutation CopyFolder($input:CopyFolderInput!){copyFolder(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CopyFolderMutation, CopyFolderMutationVariables>;

export const MoveFolder = 'mutation MoveFolder($input:MoveFolderInput!){moveFolder(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<MoveFolderMutation, MoveFolderMutationVariables>;

export const DeleteFolder = 'mutation DeleteFolder($input:DeleteFolderInput!){deleteFolder(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DeleteFolderMutation, DeleteFolderMutationVariables>;

export const RestoreFolder = 'mutation RestoreFolder($input:RestoreFolderInput!){restoreFolder(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RestoreFolderMutation, RestoreFolderMutationVariables>;

export const TagFolder = 'mutation TagFolder($input:TagFolderInput!){tagFolder(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<TagFolderMutation, TagFolderMutationVariables>;

export const EmptyTrash = 'mutation EmptyTrash($input:EmptyTrashInput!){emptyTrash(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<EmptyTrashMutation, EmptyTrashMutationVariables>;

export const CopySelection = 'mutation CopySelection($input:CopySelectionInput!){copySelection(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CopySelectionMutation, CopySelectionMutationVariables>;

export const MoveSelection = 'mutation MoveSelection($input:MoveSelectionInput!){moveSelection(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<MoveSelectionMutation, MoveSelectionMutationVariables>;

export const DeleteSelection = 'mutation DeleteSelection($input:DeleteSelectionInput!){deleteSelection(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DeleteSelectionMutation, DeleteSelectionMutationVariables>;

export const RestoreSelection = 'mutation RestoreSelection($input:RestoreSelectionInput!){restoreSelection(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RestoreSelectionMutation, RestoreSelectionMutationVariables>;

export const TagSelection = 'mutation TagSelection($input:TagSelectionInput!){tagSelection(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<TagSelectionMutation, TagSelectionMutationVariables>;

export const GetJob = 'query GetJob($id:ID!$errors:Int=20){job(id:$id){...JobFields errors(first:$errors){nodes{key versionId code message at}}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}' as TypedDocument<GetJobQuery, GetJobQueryVariables>;

export const ListJobs = 'query ListJobs($first:Int=50$after:String$tenant:String){jobs(first:$first after:$after tenant:$tenant){nodes{...JobFields}pageInfo{...PageFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListJobsQuery, ListJobsQueryVariables>;

export const CancelJob = 'mutation CancelJob($input:CancelJobInput!){cancelJob(input:$input){job{...JobFields}userErrors{...UserErrorFields}}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CancelJobMutation, CancelJobMutationVariables>;

export const JobProgress = 'subscription JobProgress($id:ID!){jobProgress(id:$id){...JobFields}}fragment JobFields on Job{id kind state bucket folder targetBucket targetFolder total done skipped failed bytes message cancelAskedAt createdAt startedAt finishedAt}' as TypedDocument<JobProgressSubscription, JobProgressSubscriptionVariables>;

export const ListObjects = 'query ListObjects($bucket:String!$prefix:String$first:Int=100$after:String$tenant:String){bucket(name:$bucket tenant:$tenant){objects(prefix:$prefix first:$first after:$after){nodes{...ObjectFields}pageInfo{...PageFields}}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListObjectsQuery, ListObjectsQueryVariables>;

export const ListFolder = 'query ListFolder($bucket:String!$folder:String$first:Int=100$after:String$tenant:String){bucket(name:$bucket tenant:$tenant){entries(folder:$folder first:$first after:$after){nodes{__typename ...on Folder{name path}...on StoredObject{...ObjectFields}}pageInfo{...PageFields}}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListFolderQuery, ListFolderQueryVariables>;

export const GetObject = 'query GetObject($bucket:String!$key:String!$versionId:String$tenant:String){object(bucket:$bucket key:$key versionId:$versionId tenant:$tenant){...ObjectFields sha256 contentEncoding integrity}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}' as TypedDocument<GetObjectQuery, GetObjectQueryVariables>;

export const GetDownload = 'query GetDownload($bucket:String!$key:String!$versionId:String$expiresIn:Int=300$tenant:String){object(bucket:$bucket key:$key versionId:$versionId tenant:$tenant){key size contentType contentEncoding etag versionId downloadUrl(expiresIn:$expiresIn)}}' as TypedDocument<GetDownloadQuery, GetDownloadQueryVariables>;

export const ListVersions = 'query ListVersions($bucket:String!$key:String!$first:Int=50$after:String$tenant:String){object(bucket:$bucket key:$key tenant:$tenant){versions(first:$first after:$after){nodes{...ObjectFields}pageInfo{...PageFields}}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListVersionsQuery, ListVersionsQueryVariables>;

export const ListBucketVersions = 'query ListBucketVersions($bucket:String!$prefix:String$first:Int=50$after:String$tenant:String){bucket(name:$bucket tenant:$tenant){versions(prefix:$prefix first:$first after:$after){nodes{...ObjectFields}pageInfo{...PageFields}}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListBucketVersionsQuery, ListBucketVersionsQueryVariables>;

export const ListTrash = 'query ListTrash($bucket:String!$prefix:String$first:Int=50$after:String$tenant:String){bucket(name:$bucket tenant:$tenant){trash(prefix:$prefix first:$first after:$after){nodes{...ObjectFields}pageInfo{...PageFields}}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListTrashQuery, ListTrashQueryVariables>;

export const Search = 'query Search($text:String$filter:SearchFilter$orderBy:SearchOrder$first:Int=50$after:String$tenant:String){search(text:$text filter:$filter orderBy:$orderBy first:$first after:$after tenant:$tenant){nodes{...ObjectFields bucket{name}}indexedUntil pageInfo{...PageFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<SearchQuery, SearchQueryVariables>;

export const GetFolder = 'query GetFolder($bucket:String!$path:String!$tenant:String){bucket(name:$bucket tenant:$tenant){folder(path:$path){name path objectCount totalSize countedAt lastChangedAt breadcrumb{name path}}}}' as TypedDocument<GetFolderQuery, GetFolderQueryVariables>;

export const DeleteObject = 'mutation DeleteObject($input:DeleteObjectInput!){deleteObject(input:$input){deleteMarker versionId userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DeleteObjectMutation, DeleteObjectMutationVariables>;

export const DeleteObjects = 'mutation DeleteObjects($input:DeleteObjectsInput!){deleteObjects(input:$input){deletedCount userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DeleteObjectsMutation, DeleteObjectsMutationVariables>;

export const RestoreObject = 'mutation RestoreObject($input:RestoreObjectInput!){restoreObject(input:$input){object{...ObjectFields}userErrors{...UserErrorFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RestoreObjectMutation, RestoreObjectMutationVariables>;

export const PromoteVersion = 'mutation PromoteVersion($input:PromoteVersionInput!){promoteVersion(input:$input){object{...ObjectFields}userErrors{...UserErrorFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<PromoteVersionMutation, PromoteVersionMutationVariables>;

export const DeleteFromTrash = 'mutation DeleteFromTrash($input:DeleteFromTrashInput!){deleteFromTrash(input:$input){versionId userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DeleteFromTrashMutation, DeleteFromTrashMutationVariables>;

export const CopyObject = 'mutation CopyObject($input:CopyObjectInput!){copyObject(input:$input){object{...ObjectFields}userErrors{...UserErrorFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CopyObjectMutation, CopyObjectMutationVariables>;

export const MoveObject = 'mutation MoveObject($input:MoveObjectInput!){moveObject(input:$input){object{...ObjectFields}userErrors{...UserErrorFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<MoveObjectMutation, MoveObjectMutationVariables>;

export const SetObjectTags = 'mutation SetObjectTags($input:SetObjectTagsInput!){setObjectTags(input:$input){object{...ObjectFields}userErrors{...UserErrorFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<SetObjectTagsMutation, SetObjectTagsMutationVariables>;

export const SetObjectMetadata = 'mutation SetObjectMetadata($input:SetObjectMetadataInput!){setObjectMetadata(input:$input){object{...ObjectFields}userErrors{...UserErrorFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<SetObjectMetadataMutation, SetObjectMetadataMutationVariables>;

export const EventCursor = 'query EventCursor($bucket:String!$prefix:String$tenant:String){eventCursor(bucket:$bucket prefix:$prefix tenant:$tenant)}' as TypedDocument<EventCursorQuery, EventCursorQueryVariables>;

export const ObjectEvents = 'subscription ObjectEvents($bucket:String!$prefix:String$changes:[ObjectChange!]$after:ID$tenant:String){objectEvents(bucket:$bucket prefix:$prefix changes:$changes after:$after tenant:$tenant){cursor change key versionId at actorName object{...ObjectFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}' as TypedDocument<ObjectEventsSubscription, ObjectEventsSubscriptionVariables>;

export const Login = 'mutation Login($input:LoginInput!){login(input:$input){accessToken refreshToken expiresAt challenge secondFactorRequired passwordChangeRequired user{...UserFields}userErrors{...UserErrorFields}}}fragment UserFields on User{id username displayName email role disabled source createdAt lastSignInAt secondFactor}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<LoginMutation, LoginMutationVariables>;

export const CompleteLogin = 'mutation CompleteLogin($input:CompleteLoginInput!){completeLogin(input:$input){accessToken refreshToken expiresAt challenge secondFactorRequired passwordChangeRequired user{...UserFields}userErrors{...UserErrorFields}}}fragment UserFields on User{id username displayName email role disabled source createdAt lastSignInAt secondFactor}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CompleteLoginMutation, CompleteLoginMutationVariables>;

export const RefreshSession = 'mutation RefreshSession($input:RefreshSessionInput!){refreshSession(input:$input){accessToken refreshToken expiresAt user{...UserFields}userErrors{...UserErrorFields}}}fragment UserFields on User{id username displayName email role disabled source createdAt lastSignInAt secondFactor}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RefreshSessionMutation, RefreshSessionMutationVariables>;

export const Logout = 'mutation Logout($input:LogoutInput){logout(input:$input){userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<LogoutMutation, LogoutMutationVariables>;

export const SignOutEverywhere = 'mutation SignOutEverywhere($input:SignOutEverywhereInput){signOutEverywhere(input:$input){sessions userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<SignOutEverywhereMutation, SignOutEverywhereMutationVariables>;

export const SignInMethods = 'query SignInMethods($tenant:String){signInMethods(tenant:$tenant){password providers{displayName loginUrl}}}' as TypedDocument<SignInMethodsQuery, SignInMethodsQueryVariables>;

export const ListSessions = 'query ListSessions($first:Int=50$after:String){sessions(first:$first after:$after){nodes{id method userAgent sourceIp current createdAt lastUsedAt expiresAt}pageInfo{...PageFields}}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListSessionsQuery, ListSessionsQueryVariables>;

export const RevokeSession = 'mutation RevokeSession($input:RevokeSessionInput!){revokeSession(input:$input){sessionId userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RevokeSessionMutation, RevokeSessionMutationVariables>;

export const ChangePassword = 'mutation ChangePassword($input:ChangePasswordInput!){changePassword(input:$input){userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<ChangePasswordMutation, ChangePasswordMutationVariables>;

export const EnrollSecondFactor = 'mutation EnrollSecondFactor{enrollSecondFactor{uri userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<EnrollSecondFactorMutation, EnrollSecondFactorMutationVariables>;

export const ConfirmSecondFactor = 'mutation ConfirmSecondFactor($input:SecondFactorCodeInput!){confirmSecondFactor(input:$input){recoveryCodes userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<ConfirmSecondFactorMutation, ConfirmSecondFactorMutationVariables>;

export const RenewRecoveryCodes = 'mutation RenewRecoveryCodes($input:SecondFactorCodeInput!){renewRecoveryCodes(input:$input){recoveryCodes userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RenewRecoveryCodesMutation, RenewRecoveryCodesMutationVariables>;

export const DisableSecondFactor = 'mutation DisableSecondFactor($input:DisableSecondFactorInput!){disableSecondFactor(input:$input){userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<DisableSecondFactorMutation, DisableSecondFactorMutationVariables>;

export const CreateShareLink = 'mutation CreateShareLink($input:CreateShareLinkInput!){createShareLink(input:$input){shareLink{...ShareLinkFields}token url userErrors{...UserErrorFields}}}fragment ShareLinkFields on ShareLink{id kind state key folder versionId description hasPassword downloads maxDownloads expiresAt revokedAt lastUsedAt createdAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CreateShareLinkMutation, CreateShareLinkMutationVariables>;

export const ListShareLinks = 'query ListShareLinks($first:Int=50$after:String$tenant:String){shareLinks(first:$first after:$after tenant:$tenant){nodes{...ShareLinkFields bucket{name}}pageInfo{...PageFields}}}fragment ShareLinkFields on ShareLink{id kind state key folder versionId description hasPassword downloads maxDownloads expiresAt revokedAt lastUsedAt createdAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListShareLinksQuery, ListShareLinksQueryVariables>;

export const ListBucketShareLinks = 'query ListBucketShareLinks($bucket:String!$first:Int=50$after:String$tenant:String){bucket(name:$bucket tenant:$tenant){shareLinks(first:$first after:$after){nodes{...ShareLinkFields}pageInfo{...PageFields}}}}fragment ShareLinkFields on ShareLink{id kind state key folder versionId description hasPassword downloads maxDownloads expiresAt revokedAt lastUsedAt createdAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListBucketShareLinksQuery, ListBucketShareLinksQueryVariables>;

export const UpdateShareLink = 'mutation UpdateShareLink($input:UpdateShareLinkInput!){updateShareLink(input:$input){shareLink{...ShareLinkFields}userErrors{...UserErrorFields}}}fragment ShareLinkFields on ShareLink{id kind state key folder versionId description hasPassword downloads maxDownloads expiresAt revokedAt lastUsedAt createdAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<UpdateShareLinkMutation, UpdateShareLinkMutationVariables>;

export const RevokeShareLink = 'mutation RevokeShareLink($input:RevokeShareLinkInput!){revokeShareLink(input:$input){shareLink{...ShareLinkFields}userErrors{...UserErrorFields}}}fragment ShareLinkFields on ShareLink{id kind state key folder versionId description hasPassword downloads maxDownloads expiresAt revokedAt lastUsedAt createdAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<RevokeShareLinkMutation, RevokeShareLinkMutationVariables>;

export const UploadObject = 'mutation UploadObject($input:UploadObjectInput!){uploadObject(input:$input){object{...ObjectFields}userErrors{...UserErrorFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<UploadObjectMutation, UploadObjectMutationVariables>;

export const StartUpload = 'mutation StartUpload($input:StartUploadInput!){startUpload(input:$input){upload{...UploadFields}userErrors{...UserErrorFields}}}fragment UploadFields on StagedUpload{id state key size partSize receivedBytes createdAt expiresAt}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<StartUploadMutation, StartUploadMutationVariables>;

export const GetUpload = 'query GetUpload($id:ID!){upload(id:$id){...UploadFields}}fragment UploadFields on StagedUpload{id state key size partSize receivedBytes createdAt expiresAt}' as TypedDocument<GetUploadQuery, GetUploadQueryVariables>;

export const ListUploadParts = 'query ListUploadParts($id:ID!$first:Int=100$after:String){upload(id:$id){state parts(first:$first after:$after){nodes{partNumber size etag sha256 createdAt}pageInfo{...PageFields}}}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListUploadPartsQuery, ListUploadPartsQueryVariables>;

export const ListUploads = 'query ListUploads($bucket:String!$prefix:String$first:Int=50$after:String$tenant:String){bucket(name:$bucket tenant:$tenant){uploads(prefix:$prefix first:$first after:$after){nodes{...UploadFields}pageInfo{...PageFields}}}}fragment UploadFields on StagedUpload{id state key size partSize receivedBytes createdAt expiresAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}' as TypedDocument<ListUploadsQuery, ListUploadsQueryVariables>;

export const GetPartUrls = 'query GetPartUrls($id:ID!$partNumbers:[Int!]$expiresIn:Int!=3600){upload(id:$id){state partUrls(partNumbers:$partNumbers expiresIn:$expiresIn){partNumber url expiresAt}}}' as TypedDocument<GetPartUrlsQuery, GetPartUrlsQueryVariables>;

export const CompleteUpload = 'mutation CompleteUpload($input:CompleteUploadInput!){completeUpload(input:$input){object{...ObjectFields}userErrors{...UserErrorFields}}}fragment ObjectFields on StoredObject{id key size contentType etag versionId isLatest deleteMarker storageClass metadata createdAt tags{key value}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<CompleteUploadMutation, CompleteUploadMutationVariables>;

export const AbortUpload = 'mutation AbortUpload($input:AbortUploadInput!){abortUpload(input:$input){uploadId userErrors{...UserErrorFields}}}fragment UserErrorFields on UserError{code field message decisionId}' as TypedDocument<AbortUploadMutation, AbortUploadMutationVariables>;

export const UploadProgress = 'subscription UploadProgress($uploadId:ID!){uploadProgress(uploadId:$uploadId){...UploadFields}}fragment UploadFields on StagedUpload{id state key size partSize receivedBytes createdAt expiresAt}' as TypedDocument<UploadProgressSubscription, UploadProgressSubscriptionVariables>;
