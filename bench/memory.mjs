// Peak growth of the server's memory while 4 GiB come in by each door.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { residentMemory } from './environment.mjs';
import { signIn, uploadRequest } from './graphql.mjs';
import { ensureBucket } from './s3.mjs';

const size = 4 * 1024 ** 3;
const piece = randomBytes(1024 ** 2);

export async function memory(environment) {
  await ensureBucket(environment, 'bench');
  const put = { method: 'PUT', path: '/bench/four-gigabytes' };
  const s3 = await grows(environment, (edition) =>
    send({ port: environment.s3Port, ...put, headers: environment.sign(put), length: size, edition }),
  );
  const token = await signIn(environment);
  const graphql = await grows(environment, (edition) => {
    const { headers, before, after } = uploadRequest({ token, bucket: 'bench', key: 'four-gigabytes' });
    return send({
      port: environment.httpPort,
      method: 'POST',
      path: '/graphql',
      headers,
      before,
      after,
      length: size,
      edition,
    });
  });
  return [figure('S3 PUT of 4 GiB', s3), figure('GraphQL upload of 4 GiB', graphql)];
}

function figure(what, { growth, seconds }) {
  const megabytes = (growth / 1024 ** 2).toFixed(0);
  return {
    what: `${what}: memory growth (${(size / seconds / 1e6).toFixed(0)} MB/s)`,
    value: `${megabytes} MiB`,
    aim: '< 128 MiB',
  };
}

let editions = 0;

/** How much the server grows at most while `transfer` runs, in bytes. */
export async function grows(environment, transfer) {
  const before = await residentMemory(environment.granaryPid);
  let peak = before;
  const sampler = setInterval(async () => {
    peak = Math.max(peak, await residentMemory(environment.granaryPid));
  }, 100);
  const started = performance.now();
  try {
    await transfer(++editions);
  } finally {
    clearInterval(sampler);
  }
  return { growth: peak - before, seconds: (performance.now() - started) / 1000 };
}

/** Sends a body of `length` bytes, which differ by their edition; resolves when it was accepted. */
export function send({
  port,
  method,
  path,
  headers,
  length,
  edition,
  before = Buffer.alloc(0),
  after = Buffer.alloc(0),
}) {
  return new Promise((resolve, reject) => {
    const total = before.length + length + after.length;
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: { ...headers, 'content-length': total },
    });
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      const chunks = [];
      for await (const chunk of response) {
        chunks.push(chunk);
      }
      const text = Buffer.concat(chunks).toString();
      if (response.statusCode === 200 && !/"message"/.test(text)) {
        resolve();
      } else {
        reject(new Error(`${response.statusCode} ${text}`));
      }
    });
    write(outgoing, { before, after, length, edition }).catch(reject);
  });
}

async function write(outgoing, { before, after, length, edition }) {
  const push = async (bytes) => {
    if (!outgoing.write(bytes)) {
      await new Promise((resolve) => outgoing.once('drain', resolve));
    }
  };
  const first = Buffer.from(piece);
  first.writeUInt32LE(edition, 0);
  await push(before);
  await push(first);
  for (let sent = first.length; sent < length; sent += piece.length) {
    await push(piece);
  }
  outgoing.end(after);
}
