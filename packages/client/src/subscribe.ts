import type { Credential } from './auth.js';
import type { Channel } from './channel.js';
import type { GranaryClient } from './client.js';
import { GranaryError, isGranaryError, SessionEndedError } from './errors.js';
import { eventStream } from './event-stream.js';
import {
  EventCursor,
  ObjectEvents,
  type ObjectEventsSubscription,
  type ObjectEventsSubscriptionVariables,
  UploadProgress,
  type UploadProgressSubscription,
} from './generated/operations.js';
import { Socket } from './socket.js';
import type { DocumentLike } from './typed-document.js';
import { pauseBefore, wait } from './wait.js';

export interface SubscriptionOptions {
  /** Ends the subscription, also while nothing happens; the iteration then just ends. */
  readonly signal?: AbortSignal;
  /** WebSockets by default; server-sent events pass where proxies let no WebSockets through. */
  readonly transport?: 'websocket' | 'events';
}

/** One change of an object. */
export type ObjectEvent = ObjectEventsSubscription['objectEvents'];

/**
 * What a subscription tells, until it ends. When the session is renewed it is opened again as it was, so that it may tell
 * again what it told before. A lost connection is an error with the code `NETWORK`, and `OVERFLOW` says that more came
 * than was read. {@link objectEvents} deals with all of these.
 */
export async function* subscribe<Result, Variables>(
  client: GranaryClient,
  document: DocumentLike<Result, Variables>,
  variables: NoInfer<Variables>,
  options: SubscriptionOptions = {},
): AsyncGenerator<Result, void, undefined> {
  const query = String(document);
  const begin = (credential: Credential) => open<Result>(client, { query, variables, credential, ...options });
  yield* renewing(client, begin, options.signal);
}

/** What is refused sooner than this was opened with a credential that was never good. */
const refusedAtOnceMs = 1000;
const mostRefusals = 3;

/** Whether another credential may help: not when the session is over. */
function isRefused(error: unknown): boolean {
  return isGranaryError(error, 'UNAUTHENTICATED') && !(error instanceof SessionEndedError);
}

/** Begins anew when the session had to be renewed: a long subscription outlives many access tokens. */
async function* renewing<Result>(
  client: GranaryClient,
  begin: (credential: Credential) => AsyncGenerator<Result, void, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Result, void, undefined> {
  for (let refusals = 0; ; ) {
    const credential = await client.auth.current();
    const begun = performance.now();
    try {
      yield* begin(credential);
      return;
    } catch (error) {
      if (signal?.aborted) {
        return;
      }
      refusals = performance.now() - begun < refusedAtOnceMs ? refusals + 1 : 1;
      if (!isRefused(error) || refusals >= mostRefusals || !(await client.auth.renew(credential))) {
        throw error;
      }
    }
  }
}

/**
 * Changes of a bucket's objects, in their order and with none left out, for as long as it is iterated: after a lost
 * connection, or a renewed session, it goes on behind the last event that was seen. Without `after` it begins at the
 * moment when the iteration does; the query `EventCursor` tells of an earlier one, before what is shown is listed. Keep an
 * event's `cursor` and give it as `after` to go on after a reload. Throws what does not pass by itself, such as `DENIED`.
 */
export async function* objectEvents(
  client: GranaryClient,
  variables: ObjectEventsSubscriptionVariables,
  options: SubscriptionOptions = {},
): AsyncGenerator<ObjectEvent, void, undefined> {
  const { signal } = options;
  let { after } = variables;
  async function* begin(credential: Credential): AsyncGenerator<ObjectEventsSubscription, void, undefined> {
    after ??= await newestCursor(client, variables, signal);
    yield* open(client, { query: String(ObjectEvents), variables: { ...variables, after }, credential, ...options });
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      for await (const { objectEvents: event } of renewing(client, begin, signal)) {
        attempt = 1;
        after = event.cursor;
        yield event;
      }
    } catch (error) {
      if (!isGranaryError(error, 'NETWORK', 'UNAVAILABLE', 'RATE_LIMITED', 'OVERFLOW')) {
        throw error;
      }
    }
    // It ends by itself only when the server stops.
    await wait(pauseBefore(attempt), signal).catch(() => undefined);
    if (signal?.aborted) {
      return;
    }
  }
}

/** Where the events are, so that nothing is lost with a connection that breaks before the first one. */
async function newestCursor(
  client: GranaryClient,
  { bucket, prefix, tenant }: ObjectEventsSubscriptionVariables,
  signal: AbortSignal | undefined,
): Promise<string> {
  const options = signal === undefined ? {} : { signal };
  return (await client.query(EventCursor, { bucket, prefix, tenant }, options)).eventCursor;
}

/** How far an upload has come, as the server sees it; ends with the upload. */
export async function* uploadProgress(
  client: GranaryClient,
  uploadId: string,
  options: SubscriptionOptions = {},
): AsyncGenerator<UploadProgressSubscription['uploadProgress'], void, undefined> {
  for await (const { uploadProgress: upload } of subscribe(client, UploadProgress, { uploadId }, options)) {
    yield upload;
  }
}

type Opening = { query: string; variables: unknown; credential: Credential } & SubscriptionOptions;

async function* open<Result>(client: GranaryClient, opening: Opening): AsyncGenerator<Result, void, undefined> {
  const { query, variables, credential, signal } = opening;
  signal?.throwIfAborted();
  if (opening.transport === 'events') {
    const request = { query, variables, signal, authorization: credential.authorization };
    yield* eventStream(client, request) as AsyncGenerator<Result, void, undefined>;
    return;
  }
  const channel = await socketOf(client, credential).subscribe(query, variables);
  const stop = (): void => stopReading(channel, signal);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) {
      stop();
    }
    yield* channel as AsyncIterable<Result, undefined, undefined>;
  } finally {
    signal?.removeEventListener('abort', stop);
    await channel.return();
  }
}

function stopReading(channel: Channel<unknown>, signal: AbortSignal | undefined): void {
  channel.fail(signal?.reason);
  void channel.return();
}

const sockets = new WeakMap<GranaryClient, { socket: Socket; stamp: string }>();

/** The socket of this client, as long as it was opened with the credential that is good now. */
function socketOf(client: GranaryClient, { stamp, authorization }: Credential): Socket {
  const known = sockets.get(client);
  if (known?.socket.isUsable && known.stamp === stamp) {
    return known.socket;
  }
  if (client.WebSocket === undefined) {
    throw new GranaryError('NOT_SUPPORTED', 'There are no WebSockets here: use the transport `events`.');
  }
  const socket = new Socket({ url: webSocketUrl(client.url), WebSocket: client.WebSocket, authorization });
  sockets.set(client, { socket, stamp });
  return socket;
}

function webSocketUrl(url: string): string {
  const { location } = globalThis as { location?: { href: string } };
  return new URL(`${url}/graphql`, location?.href).href.replace(/^http/, 'ws');
}
