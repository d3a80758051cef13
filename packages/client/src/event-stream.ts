import { readAnswer, toError } from './answer.js';
import type { GranaryClient } from './client.js';
import { type GraphqlError, NetworkError } from './errors.js';

export interface StreamRequest {
  readonly query: string;
  readonly variables: unknown;
  readonly authorization: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A subscription by server-sent events. It is read as fast as the reader goes on. */
export async function* eventStream(
  client: GranaryClient,
  { query, variables, authorization, signal }: StreamRequest,
): AsyncGenerator<unknown, void, undefined> {
  const response = await attempt(signal, () =>
    client.fetch(`${client.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({ query, variables }),
      credentials: client.auth.kind === 'cookie' ? 'include' : 'omit',
      signal: signal ?? null,
    }),
  );
  if (response.body === null || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const { status, headers } = response;
    readAnswer({ status, text: await response.text(), header: (name) => headers.get(name) });
    throw new NetworkError(new Error('The server answered without a stream.'));
  }
  const reader = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  try {
    yield* messagesOf(() => attempt(signal, () => reader.read()));
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function* messagesOf(
  read: () => Promise<{ done: boolean; value?: string | undefined }>,
): AsyncGenerator<unknown, void> {
  let text = '';
  for (;;) {
    const { done, value } = await read();
    if (done) {
      throw new NetworkError(new Error('The stream broke off.'));
    }
    const events = (text + (value ?? '')).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const { name, data } = readEvent(event);
      if (name === 'complete') {
        return;
      }
      if (name === 'next') {
        yield dataOf(JSON.parse(data));
      }
    }
  }
}

function readEvent(event: string): { name: string; data: string } {
  const lines = event.split('\n');
  const fieldOf = (field: string): string =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).trimStart())
      .join('\n');
  return { name: fieldOf('event'), data: fieldOf('data') };
}

function dataOf({ data, errors = [] }: { data?: unknown; errors?: GraphqlError[] }): unknown {
  if (errors.length > 0) {
    throw toError(errors, { data });
  }
  return data;
}

async function attempt<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw new NetworkError(error);
  }
}
