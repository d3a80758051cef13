// What sealing and verifying cost: 64 MiB in and out, sealed beside in the clear, and verified beside unverified.
import { randomBytes } from 'node:crypto';
import { ensureBucket } from './s3.mjs';
import { bestOf, exchange, rate } from './transfer.mjs';

const size = 64 * 1024 ** 2;

export async function sealing(environment) {
  const { s3Port, sign } = environment;
  const { port: clearPort } = await environment.startClear();
  await ensureBucket(environment, 'sealed');
  await ensureBucket(environment, 'clear');
  const body = randomBytes(size);
  let edition = 0;
  const put = (port, bucket) => () => {
    const request = { method: 'PUT', path: `/${bucket}/large` };
    body.writeUInt32LE(++edition, 0);
    return exchange({ port, ...request, headers: sign(request), body });
  };
  const get = (port, bucket, headers = {}) => {
    const request = { method: 'GET', path: `/${bucket}/large` };
    return () => exchange({ port, ...request, headers: { ...sign(request), ...headers } });
  };
  const times = await bestOf({
    putSealed: put(s3Port, 'sealed'),
    putClear: put(clearPort, 'clear'),
    getSealed: get(s3Port, 'sealed'),
    getClear: get(clearPort, 'clear'),
    // A range of content in the clear is not verified: all bytes but one.
    getUnverified: get(clearPort, 'clear', { range: `bytes=0-${size - 2}` }),
  });
  return [
    figure('S3 PUT 64 MiB sealed, MB/s, beside in the clear', times.putSealed, times.putClear, '>= 0.8'),
    figure('S3 GET 64 MiB sealed, MB/s, beside in the clear', times.getSealed, times.getClear, '>= 0.8'),
    figure('S3 GET 64 MiB verified, MB/s, beside unverified', times.getClear, times.getUnverified, '>= 0.75'),
    figure('S3 GET 64 MiB sealed, MB/s, beside unverified', times.getSealed, times.getUnverified),
  ];
}

function figure(what, ours, bare, aim) {
  return { what, value: rate(size, ours), bare: rate(size, bare), ratio: bare / ours, ...(aim ? { aim } : {}) };
}
