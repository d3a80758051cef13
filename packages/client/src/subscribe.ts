import type { Credential } from './auth.js';
import type { Channel } from './channel.js';
import type { GranaryClient } from './client.js';
import { GranaryError, isGranaryError } from './errors.js';
import { eventStream } from './event-stream.js';
import {
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
 * What a subscription tells, until it ends. A lost connection is an error with the code `NETWORK`: begin anew, or use
 * {@link objectEvents}, which does.
 */
export async function* subscribe<Result, Variables>(
  client: GranaryClient,
  document: DocumentLike<Result, Variables>,
  variables: NoInfer<Variables>,
  options: SubscriptionOptions = {},
): AsyncGenerator<Result, void, undefined> {
  for (let isRenewed = false; ; ) {
    const credential = await client.auth.current();
    try {
      yield* open(client, { query: String(document), variables, credential, ...options }) as AsyncGenerator<Result>;
      return;
    } catch (error) {
      if (options.signal?.aborted) {
        return;
      }
      const isRefused = !isRenewed && isGranaryError(error, 'UNAUTHENTICATED');
      if (!isRefused || !(await client.auth.renew(credential))) {
        throw error;
      }
      isRenewed = true;
    }
  }
}

/**
 * Changes of a bucket's objects, in their order and with none left out, for as long as it is iterated: after a lost
 * connection, or a renewed session, it goes on behind the last event that was seen. Keep an event's `cursor` and give it
 * as `after` to go on after a reload. Throws what does not pass by itself, such as `DENIED`.
 */
export async function* objectEvents(
  client: GranaryClient,
  variables: ObjectEventsSubscriptionVariables,
  options: SubscriptionOptions = {},
): AsyncGenerator<ObjectEvent, void, undefined> {
  let { after } = variables;
  for (let attempt = 1; ; attempt += 1) {
    try {
      for await (const { objectEvents: event } of subscribe(client, ObjectEvents, { ...variables, after }, options)) {
        attempt = 1;
        after = event.cursor;
        yield event;
      }
    } catch (error) {
      if (!isGranaryError(error, 'NETWORK', 'UNAVAILABLE', 'RATE_LIMITED') && !isStale(error, attempt)) {
        throw error;
      }
    }
    // It ends by itself only when the server stops.
    await wait(pauseBefore(attempt), options.signal).catch(() => undefined);
    if (options.signal?.aborted) {
      return;
    }
  }
}

/** A long subscription outlives many access tokens; a session that is over says so when it is renewed. */
function isStale(error: unknown, attempt: number): boolean {
  return attempt === 1 && isGranaryError(error, 'UNAUTHENTICATED') && error.name === 'GranaryError';
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

async function* open(client: GranaryClient, opening: Opening): AsyncGenerator<unknown, void, undefined> {
  const { query, variables, credential, signal } = opening;
  signal?.throwIfAborted();
  if (opening.transport === 'events') {
    yield* eventStream(client, { query, variables, signal, authorization: credential.authorization });
    return;
  }
  const channel = await socketOf(client, credential).subscribe(query, variables);
  const stop = (): void => stopReading(channel, signal);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) {
      stop();
    }
    yield* channel;
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
