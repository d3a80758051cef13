import { S3Client } from '@aws-sdk/client-s3';
import type { Granary } from '../context.js';
import { checkEndpointAddress, replicationAgents } from './replication-endpoint.js';
import type { TargetConnection } from './replication-targets.js';

/** Says that a write is a replica, which goes no further; other services than Granary ignore it. */
const replicaHeader = 'x-granary-replication';

/** A step of the SDK's that sees the request, whatever the command. */
type Middleware = <Args extends { request: unknown }, Result>(
  next: (args: Args) => Promise<Result>,
) => (args: Args) => Promise<Result>;

const connectTimeoutMs = 5_000;

/** A target that goes on but gets nowhere is given up after this, and the time that its bytes may take. */
const requestLimitMs = 60_000;

/** The slowest connection to a target that is still waited for, in bytes per millisecond. */
const slowest = 64;

/** A client for one target. It tries nothing twice: bodies are streams, and what failed is tried again later. */
export function openReplicationClient({ settings }: Granary, target: TargetConnection): S3Client {
  checkEndpointAddress(target.endpoint, settings.replicationAllowPrivate);
  const client = new S3Client({
    endpoint: target.endpoint,
    region: target.region,
    forcePathStyle: target.pathStyle,
    credentials: { accessKeyId: target.accessKeyId, secretAccessKey: target.secretAccessKey },
    maxAttempts: 1,
    // Bodies go with the digest that is known of them; a checksum of the client's own would chunk them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      ...replicationAgents(settings.replicationAllowPrivate),
      connectionTimeout: connectTimeoutMs,
      socketTimeout: settings.idleTimeoutMs,
    },
  });
  client.middlewareStack.add(addHeaders({ [replicaHeader]: 'REPLICA' }), {
    step: 'build',
  });
  // The last step before the request goes out: signatures are made over the text.
  client.middlewareStack.add(encodeHeaders, { step: 'deserialize', priority: 'low' });
  return client;
}

/** The longest that a request may take in all which moves so many bytes, as an option of the SDK's `send`. */
export function within(bytes: number): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(requestLimitMs + Math.ceil(bytes / slowest)) };
}

/** Gives node:http the headers as it takes them: a char for each byte of their UTF-8. */
const encodeHeaders: Middleware = (next) => (args) => {
  if (hasHeaders(args.request)) {
    for (const [name, value] of Object.entries(args.request.headers)) {
      args.request.headers[name] = Buffer.from(value).toString('latin1');
    }
  }
  return next(args);
};

/** Sends headers along that the SDK has no parameter for; they are signed as the others are. */
export function addHeaders(headers: Record<string, string>): Middleware {
  return (next) => (args) => {
    if (hasHeaders(args.request)) {
      Object.assign(args.request.headers, headers);
    }
    return next(args);
  };
}

function hasHeaders(request: unknown): request is { headers: Record<string, string> } {
  return typeof request === 'object' && request !== null && 'headers' in request;
}
