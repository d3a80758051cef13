import type { Caller } from '../auth/caller.js';
import type { Credentials } from '../auth/credential-cache.js';
import type { DataKeys } from '../auth/data-keys.js';
import type { DownloadLinks } from '../auth/download-link.js';
import type { MasterKeys } from '../auth/master-keys.js';
import type { NamedKeys } from '../auth/named-keys.js';
import type { ContextSource } from '../auth/policy/policy-context.js';
import type { SecretBox } from '../auth/secret-box.js';
import type { TokenSigner } from '../auth/tokens.js';
import type { Settings } from '../config/settings.js';
import type { Database } from '../database/database.js';
import type { BlobStore } from '../storage/blob-store.js';
import type { DecisionLog } from './access/decision-log.js';
import type { RunningZips } from './archives/running-zips.js';
import type { BucketCache } from './buckets/bucket-cache.js';
import type { Directories } from './directories/directories.js';
import type { EventFeed } from './events/event-feed.js';
import type { Metrics } from './metrics.js';
import type { BriefPages } from './objects/brief-pages.js';
import type { LatestConfirmer } from './objects/latest-confirmer.js';
import type { ObjectCache } from './objects/object-cache.js';
import type { PutQueue } from './objects/put-queue.js';
import type { Oidc } from './oidc/oidc.js';
import type { RateLimits } from './rate-limits/rate-limits.js';
import type { AccessLog } from './reports/access-log.js';
import type { RunningShares } from './shares/running-shares.js';
import type { Quotas } from './tenants/quotas.js';
import type { TenantStates } from './tenants/tenant-states.js';

/** What one process works with; made once by the composition root. Background work is handed this and no caller. */
export interface Granary {
  readonly settings: Settings;
  readonly database: Database;
  readonly store: BlobStore;
  readonly credentials: Credentials;
  readonly secretBox: SecretBox;
  readonly masterKeys: MasterKeys;
  readonly dataKeys: DataKeys;
  readonly namedKeys: NamedKeys;
  readonly tokens: TokenSigner;
  readonly directories: Directories;
  readonly downloadLinks: DownloadLinks;
  readonly oidc: Oidc;
  readonly buckets: BucketCache;
  readonly tenants: TenantStates;
  readonly quotas: Quotas;
  readonly rateLimits: RateLimits;
  readonly objects: ObjectCache;
  readonly latest: LatestConfirmer;
  readonly briefPages: BriefPages;
  readonly writes: PutQueue;
  readonly shares: RunningShares;
  readonly zips: RunningZips;
  readonly decisions: DecisionLog;
  readonly events: EventFeed;
  readonly accessLog: AccessLog;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** What {@link RequestContext.operation} is, as the policies of the caller have decided it. */
export interface NamedOperation {
  readonly allowed: boolean;
}

/** One request: who asks, and what the audit row says of where from. */
export interface RequestContext {
  readonly granary: Granary;
  readonly caller: Caller;
  readonly requestId: string;
  readonly sourceIp: string | null;
  /** What the client calls itself. */
  readonly userAgent?: string | undefined;
  /** What the request says under the condition keys of policies: its headers, and what it asks for. */
  readonly facts?: ContextSource;
  /** What is to be taken for said, when a request is only thought of. */
  readonly assumed?: ContextSource;
  /** The operation of another service's API that the request is, where policies can allow it under that name as well. */
  readonly operation?: NamedOperation;
  /** What is found out on the way, for whoever writes down that the request was. */
  readonly notes?: RequestNotes;
}

/** What decisions leave behind. */
export interface RequestNotes {
  /** Whether an access control list had to let the request in. */
  aclRequired?: boolean;
}
