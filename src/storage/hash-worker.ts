import { registerHooks } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { RunningDigest } from './checksums.js';
import type { BlobDecoder } from './format/blob-decoder.js';
import type { BlobEncoder } from './format/blob-encoder.js';
import type { HashReply, HashRequest, HashTask } from './hash-messages.js';

// Where the sources run unbuilt (in tests), Node strips the types and this finds x.ts where x.js is asked for.
if (import.meta.url.endsWith('.ts')) {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(context.parentURL?.endsWith('.ts') ? specifier.replace(/^(\..*)\.js$/, '$1.ts') : specifier, context),
  });
}
const { createDigest } = await import('./checksums.js');
const { loadXxHash } = await import('./xxhash.js');
const encoder = await import('./format/blob-encoder.js');
const decoder = await import('./format/blob-decoder.js');
const { isGranaryError } = await import('../errors.js');
await loadXxHash();

interface RunningTask {
  digests: RunningDigest[];
  encoder: BlobEncoder | undefined;
  decoder: BlobDecoder | undefined;
}

const jobs = new Map<number, RunningTask>();

function begin({ algorithms, encode, decode }: HashTask): RunningTask {
  return {
    digests: algorithms.map(createDigest),
    encoder: encode && new encoder.BlobEncoder(encode),
    decoder: decode && new decoder.BlobDecoder(decode),
  };
}

function running(job: number): RunningTask {
  const task = jobs.get(job);
  if (!task) throw new Error('The job is not running.');
  return task;
}

function update({ job, bytes, target }: Extract<HashRequest, { kind: 'update' }>): HashReply {
  const task = running(job);
  for (const digest of task.digests) digest.update(bytes);
  const length = task.encoder && target ? task.encoder.update(bytes, target) : 0;
  return { kind: 'updated', job, length };
}

function flush({ job, target }: Extract<HashRequest, { kind: 'flush' }>): HashReply {
  const { length, done } = running(job).encoder?.finish(target) ?? { length: 0, done: true };
  return { kind: 'flushed', job, length, done };
}

function decode({ job, piece, memory }: Extract<HashRequest, { kind: 'decode' }>): HashReply {
  const task = running(job);
  if (!task.decoder) throw new Error('The job does not decode.');
  const stored = memory.subarray(0, piece.stored.end - piece.stored.start + 1);
  const content = task.decoder.decode(piece, stored, memory);
  for (const digest of task.digests) digest.update(content);
  return { kind: 'decoded', job, start: content.byteOffset - memory.byteOffset, length: content.length };
}

function finish(job: number): HashReply {
  const digests = running(job).digests.map((digest) => digest.digest());
  jobs.delete(job);
  return { kind: 'finished', job, digests };
}

function answer(request: HashRequest): HashReply | undefined {
  switch (request.kind) {
    case 'start':
      jobs.set(request.job, begin(request.task));
      return undefined;
    case 'update':
      return update(request);
    case 'flush':
      return flush(request);
    case 'decode':
      return decode(request);
    case 'finish':
      return finish(request.job);
    case 'abandon':
      jobs.delete(request.job);
      return { kind: 'abandoned', job: request.job };
    default:
      return request satisfies never;
  }
}

/** An error loses its kind on the way to another thread, so the one that matters has a reply of its own. */
function failure(job: number, error: unknown): HashReply {
  const isCorrupt = isGranaryError(error, 'Internal') && error.reason === 'CorruptBlob';
  return isCorrupt ? { kind: 'corrupt', job, how: error.message } : { kind: 'failed', job, error };
}

parentPort?.on('message', (request: HashRequest) => {
  try {
    const reply = answer(request);
    if (reply) parentPort?.postMessage(reply);
  } catch (error) {
    // Nobody waits for an answer to `start`; without its job, what comes next fails.
    if (request.kind !== 'start') parentPort?.postMessage(failure(request.job, error));
  }
});
