// How long a change takes to reach a thousand clients of one process, by WebSocket.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { signIn } from './graphql.mjs';
import { drive, requestBytes } from './raw-client.mjs';
import { ensureBucket } from './s3.mjs';

const clients = 1000;
const changes = 5;
const limitMs = 30_000;
const query = 'subscription { objectEvents(bucket: "watched") { change key object { size } } }';

export async function subscriptions(environment) {
  await ensureBucket(environment, 'watched');
  const crowd = await watchTogether(environment);
  try {
    await crowd.begin(() => write(environment, 'beginning'));
    const times = [];
    for (let i = 0; i < changes; i++) {
      const started = performance.now();
      const seen = crowd.everyone(`change-${i}`);
      await write(environment, `change-${i}`);
      await seen;
      times.push(performance.now() - started);
    }
    return [
      { what: `a change reaches ${clients} clients, ms`, value: Math.max(...times).toFixed(0), aim: '< 1000' },
      { what: 'the same, the fastest of five', value: Math.min(...times).toFixed(0) },
    ];
  } finally {
    await crowd.close();
  }
}

async function write({ s3Port, sign }, name) {
  const [method, path, body] = ['PUT', `/watched/${name}`, Buffer.from(name)];
  const request = requestBytes({ method, path, headers: sign({ method, path, payload: body }), body });
  await drive({ port: s3Port, requests: () => request, count: 1, concurrency: 1 });
}

async function watchTogether(environment) {
  const authorization = `Bearer ${await signIn(environment)}`;
  const seenBy = Array.from({ length: clients }, () => new Set());
  const waiting = new Set();
  const open = seenBy.map((seen) => {
    const client = createClient({
      url: `ws://127.0.0.1:${environment.httpPort}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    client.subscribe(
      { query },
      {
        next: ({ data }) => {
          seen.add(data.objectEvents.key);
          for (const look of waiting) look();
        },
        error: (error) => {
          throw new Error('A subscription failed', { cause: error });
        },
        complete: () => undefined,
      },
    );
    return client;
  });
  const everyone = (key) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Not everyone saw ${key}`)), limitMs);
      let missing = clients;
      const look = () => {
        missing -= 1;
        if (missing <= 0 && seenBy.every((seen) => seen.has(key))) {
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        }
      };
      waiting.add(look);
    });
  return {
    everyone,
    /** Writes until all have begun: only what comes after that is sent. */
    begin: async (work) => {
      const deadline = performance.now() + limitMs;
      while (!seenBy.every((seen) => seen.size > 0)) {
        if (performance.now() > deadline) {
          throw new Error('Not all clients have begun');
        }
        await work();
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    close: () => Promise.all(open.map((client) => client.dispose())),
  };
}
