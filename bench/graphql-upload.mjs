// Upload of 64 MiB by a GraphQL multipart request, beside a bare socket-to-fsynced-file copy and beside MD5 alone.
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
  ];
}
