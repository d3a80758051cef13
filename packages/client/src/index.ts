export type { Auth, Credential, SessionTokens } from './auth.js';
export {
  type ClientOptions,
  createClient,
  GranaryClient,
  type MutationOptions,
  type RequestOptions,
} from './client.js';
export {
  type Download,
  type DownloadedObject,
  type DownloadOptions,
  download,
  downloadUrl,
  downloadZip,
  type ObjectAddress,
  zipUrl,
} from './download.js';
export {
  fieldErrors,
  GranaryError,
  type GranaryErrorCode,
  type GraphqlError,
  isGranaryError,
  MutationError,
  NetworkError,
  SessionEndedError,
  type UserError,
  userErrorsOf,
} from './errors.js';
export * from './generated/operations.js';
export { type Page, type PageVariables, pages, paginate } from './paginate.js';
export type { Progress } from './progress.js';
export { type KeyValueStorage, memoryStore, type SessionStore, webStorage } from './session-store.js';
export { type Credentials, type SecondStep, type SignIn, signIn, signOut } from './sign-in.js';
export type { UploadSource } from './source.js';
export { type ObjectEvent, objectEvents, type SubscriptionOptions, subscribe, uploadProgress } from './subscribe.js';
export { type DocumentLike, gql, type TypedDocument } from './typed-document.js';
export { resumeUpload, type UploadState, type UploadTask, upload } from './upload.js';
export type {
  ObjectOptions,
  SendingOptions,
  UploadedObject,
  UploadOptions,
  UploadProgressed,
  UploadToken,
} from './upload-options.js';
