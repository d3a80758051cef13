// Upload of 64 MiB by a GraphQL multipart request, beside a bare socket-to-fsynced-file copy and beside MD5 alone; and of
// 1 GiB beside the same body by S3 PUT.
import { createHash, randomBytes } from 'node:crypto';
import { signIn, uploadRequest } from './graphql.mjs';
import { size } from './large-objects.mjs';
import { ensureBucket } from './s3.mjs';
import { bestOf, exchange, rate } from './transfer.mjs';

export async function graphqlUpload(environment) {
  await ensureBucket(environment, 'bench');
  const token = await signIn(environment);
  const content = randomBytes(size);
  let edition = 0;
  const results = await bestOf({
    upload: () => {
      content.writeUInt32LE(++edition, 0);
      const { headers, before, after } = uploadRequest({ token, bucket: 'bench', key: 'upload' });
      return exchange({
        port: environment.httpPort,
        method: 'POST',
        path: '/graphql',
        headers,
        body: Buffer.concat([before, content, after]),
      });
    },
    barePut: () =>
      exchange({ port: environment.barePort, method: 'PUT', path: '/file', headers: { host: 'bare' }, body: content }),
    md5Alone: async () => {
      const started = performance.now();
      createHash('md5').update(content).digest();
      return (performance.now() - started) / 1000;
    },
  });
  const figure = (what, bare) => ({
    what,
    value: rate(size, results.upload),
    bare: rate(size, bare),
    ratio: bare / results.upload,
  });
  return [
    figure('GraphQL upload 64 MiB beside MD5 alone, MB/s', results.md5Alone),
    figure('GraphQL upload 64 MiB beside a synced file, MB/s', results.barePut),
    await besidePut(environment, { token, content }),
  ];
}

const gibibyte = 1024 ** 3;

async function besidePut(environment, { token, content }) {
  let edition = 1_000_000;
  const unsigned = { method: 'PUT', path: '/bench/put-1g' };
  const { headers, before, after } = uploadRequest({ token, bucket: 'bench', key: 'upload-1g' });
  // Bytes of its own for each, as the store keeps none twice.
  const fresh = (parts) => {
    content.writeUInt32LE(++edition, 0);
    return joined(parts);
  };
  const file = Array(gibibyte / size).fill(content);
  const { upload, put } = await bestOf(
    {
      upload: () => {
        const body = fresh([before, ...file, after]);
        return exchange({ port: environment.httpPort, method: 'POST', path: '/graphql', headers, body });
      },
      put: () => {
        const signed = environment.sign(unsigned);
        return exchange({ port: environment.s3Port, ...unsigned, headers: signed, body: fresh(file) });
      },
    },
    2,
  );
  return {
    what: 'GraphQL upload 1 GiB beside S3 PUT, MB/s',
    value: rate(gibibyte, upload),
    bare: rate(gibibyte, put),
    ratio: put / upload,
    aim: '>= 0.9',
  };
}

/** Buffers that are sent as one, without a copy of them all; as much of one as `exchange` asks for. */
function joined(parts) {
  return {
    length: parts.reduce((sum, part) => sum + part.length, 0),
    subarray(from, to) {
      const pieces = [];
      let start = 0;
      for (const part of parts) {
        const end = start + part.length;
        if (end > from && start < to) {
          pieces.push(part.subarray(Math.max(0, from - start), to - start));
        }
        start = end;
      }
      return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    },
  };
}
