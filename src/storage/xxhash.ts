import type { IHasher } from 'hash-wasm';

/** The algorithms of https://xxhash.com, as S3 names them. */
export type XxHashAlgorithm = 'XXHASH64' | 'XXHASH3' | 'XXHASH128';

let hashers: Readonly<Record<XxHashAlgorithm, IHasher>> | undefined;
let loading: Promise<void> | undefined;

/** To be awaited before {@link createXxHash}. Few ask for these digests, so that others need not wait for their code. */
export function loadXxHash(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  const { createXXHash3, createXXHash64, createXXHash128 } = await import('hash-wasm');
  const [XXHASH64, XXHASH3, XXHASH128] = await Promise.all([createXXHash64(), createXXHash3(), createXXHash128()]);
  hashers = { XXHASH64, XXHASH3, XXHASH128 };
}

/** A running digest, big-endian as S3 writes it. All of one algorithm share its memory, and take turns in it. */
export function createXxHash(algorithm: XxHashAlgorithm): { update(bytes: Uint8Array): void; digest(): Buffer } {
  if (hashers === undefined) {
    throw new Error('xxHash is not loaded.');
  }
  const hasher = hashers[algorithm];
  let state = hasher.init().save();
  return {
    update(bytes) {
      state = hasher.load(state).update(bytes).save();
    },
    digest: () => Buffer.from(hasher.load(state).digest('binary')),
  };
}
