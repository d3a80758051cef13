import { registerHooks } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { RunningDigest } from './checksums.js';
import type { HashReply, HashRequest } from './hash-messages.js';

// Where the sources run unbuilt (in tests), Node strips the types and this finds x.ts where x.js is asked for.
if (import.meta.url.endsWith('.ts')) {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(context.parentURL?.endsWith('.ts') ? specifier.replace(/^(\..*)\.js$/, '$1.ts') : specifier, context),
  });
}
const { createDigest } = await import('./checksums.js');

const jobs = new Map<number, RunningDigest[]>();

function answer(request: HashRequest): HashReply | undefined {
  const { job } = request;
  switch (request.kind) {
    case 'start':
      jobs.set(job, request.algorithms.map(createDigest));
      return undefined;
    case 'update':
      for (const digest of jobs.get(job) ?? []) digest.update(request.bytes);
      return { kind: 'updated', job };
    case 'finish': {
      const digests = (jobs.get(job) ?? []).map((digest) => digest.digest());
      jobs.delete(job);
      return { kind: 'finished', job, digests };
    }
    case 'abandon':
      jobs.delete(job);
      return undefined;
    default:
      return request satisfies never;
  }
}

parentPort?.on('message', (request: HashRequest) => {
  try {
    const reply = answer(request);
    if (reply) parentPort?.postMessage(reply);
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', job: request.job, error } satisfies HashReply);
  }
});
