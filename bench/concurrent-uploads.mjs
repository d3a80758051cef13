// Peak growth of the server's memory while 16 bodies of 256 MiB come in at once.
import { randomBytes } from 'node:crypto';
import { grows, send } from './memory.mjs';
import { ensureBucket } from './s3.mjs';

const size = 256 * 1024 ** 2;
const uploads = 16;

export async function concurrentUploads(environment) {
  await ensureBucket(environment, 'bench');
  const nonce = randomBytes(4).readUInt32LE();
  const { growth, seconds } = await grows(environment, () =>
    Promise.all(
      Array.from({ length: uploads }, (_, i) => {
        const put = { method: 'PUT', path: `/bench/concurrent-${i}` };
        const headers = environment.sign(put);
        return send({ port: environment.s3Port, ...put, headers, length: size, edition: (nonce + i) >>> 0 });
      }),
    ),
  );
  return [
    {
      what: `16 uploads of 256 MiB: memory growth (${((uploads * size) / seconds / 1e6).toFixed(0)} MB/s)`,
      value: `${(growth / 1024 ** 2).toFixed(0)} MiB`,
      aim: '<= 256 MiB',
    },
  ];
}
