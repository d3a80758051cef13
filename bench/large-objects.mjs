// GET and PUT of 64 MiB by S3, beside a bare file-to-socket and socket-to-fsynced-file copy, and beside MD5 alone.
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBucket } from './s3.mjs';
import { bestOf, exchange, rate } from './transfer.mjs';

export const size = 64 * 1024 ** 2;

export async function largeObjects(environment) {
  await ensureBucket(environment, 'bench');
  const body = randomBytes(size);
  await writeFile(join(environment.directory, 'bare-source'), body);
  const path = '/bench/large';
  const unsigned = { method: 'PUT', path };
  let edition = 0;
  const results = await bestOf({
    put: () => {
      // Each round has bytes of its own: what is in the store already would not be kept a second time.
      body.writeUInt32LE(++edition, 0);
      return exchange({ port: environment.s3Port, ...unsigned, headers: environment.sign(unsigned), body });
    },
    barePut: () =>
      exchange({ port: environment.barePort, method: 'PUT', path: '/file', headers: { host: 'bare' }, body }),
    bareMd5: () =>
      exchange({ port: environment.barePort, method: 'PUT', path: '/md5', headers: { host: 'bare' }, body }),
    md5Alone: () => timed(() => createHash('md5').update(body).digest()),
    get: () =>
      exchange({ port: environment.s3Port, method: 'GET', path, headers: environment.sign({ method: 'GET', path }) }),
    bareGet: () =>
      exchange({ port: environment.barePort, method: 'GET', path: '/file', headers: { host: 'bare', 'x-size': size } }),
  });
  return [
    figure('S3 GET 64 MiB, MB/s', results.get, results.bareGet, '>= 0.6'),
    figure('S3 PUT 64 MiB beside MD5 alone, MB/s', results.put, results.md5Alone, '>= 0.6'),
    figure('S3 PUT 64 MiB beside a synced file, MB/s', results.put, results.barePut),
    figure('S3 PUT 64 MiB beside a synced file with MD5, MB/s', results.put, results.bareMd5),
  ];
}

function figure(what, ours, bare, aim) {
  return {
    what,
    value: rate(size, ours),
    bare: rate(size, bare),
    ratio: bare / ours,
    ...(aim === undefined ? {} : { aim }),
  };
}

async function timed(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
