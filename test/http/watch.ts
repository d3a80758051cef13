import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { eventually } from '../support/process.js';
import type { TestServer } from '../support/server.js';

export interface Seen {
  change: string;
  key: string;
  cursor: string;
  versionId: string | null;
  actorName: string | null;
  object: { key: string; size: number; versionId: string } | null;
}

interface Problem {
  message: string;
  extensions?: { code?: string };
}

export const objectEvents = `subscription($bucket: String!, $prefix: String, $changes: [ObjectChange!], $after: ID) {
  objectEvents(bucket: $bucket, prefix: $prefix, changes: $changes, after: $after) {
    cursor change key versionId at actorName object { key size versionId } bucket { name } } }`;

/** What a client was sent, and how it ended. */
export class Watch implements Disposable {
  readonly seen: Seen[] = [];
  readonly errors: Problem[] = [];
  ended = false;
  readonly client: Client;
  readonly stop: () => void;

  constructor(variables: object, { url, authorization }: { url: string; authorization: string }) {
    this.client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    this.stop = this.client.subscribe(
      { query: objectEvents, variables: variables as Record<string, unknown> },
      {
        next: ({ data, errors }) => {
          const event = (data as { objectEvents?: Seen } | null | undefined)?.objectEvents;
          if (event !== undefined && event !== null) this.seen.push(event);
          this.errors.push(...((errors ?? []) as Problem[]));
        },
        error: (error) => {
          this.errors.push(...((Array.isArray(error) ? error : [error]) as Problem[]));
          this.ended = true;
        },
        complete: () => {
          this.ended = true;
        },
      },
    );
  }

  keys(): string[] {
    return this.seen.map(({ change, key }) => `${change} ${key}`);
  }

  [Symbol.dispose](): void {
    this.stop();
    void this.client.dispose();
  }
}

/** Writes until the subscription has begun, for only what comes after that is sent; then forgets what it has seen. */
export async function untilWatching(server: TestServer, bucket: string, watch: Watch, prefix = ''): Promise<void> {
  let last = 0;
  await eventually(async () => {
    last += 1;
    await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}beginning-${last}`, Body: 'content' }));
    await delay(50);
    return watch.seen.length > 0;
  });
  await eventually(() => watch.seen.at(-1)?.key === `${prefix}beginning-${last}`);
  watch.seen.length = 0;
}
