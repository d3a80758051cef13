// A range of 1 MiB inside 5 GiB: compressed and sealed beside in the clear.
import { request as httpRequest } from 'node:http';
import { graphql, signIn } from './graphql.mjs';
import { ensureBucket } from './s3.mjs';
import { exchange } from './transfer.mjs';

const size = 5 * 1024 ** 3;
const rangeSize = 1024 ** 2;
const reads = 60;

export async function ranges(environment) {
  const { s3Port } = environment;
  const { port: clearPort } = await environment.startClear();
  await setUp(environment);
  const times = { sealed: [], clear: [] };
  for (let i = 0; i < reads; i++) {
    const start = Math.floor(Math.random() * (size - rangeSize));
    times.sealed.push(await read(environment, { port: s3Port, bucket: 'packed', start }));
    times.clear.push(await read(environment, { port: clearPort, bucket: 'loose', start }));
  }
  const [sealed, clear] = [median(times.sealed), median(times.clear)];
  return [
    {
      what: 'Range of 1 MiB in 5 GiB, compressed and sealed, ms',
      value: (sealed * 1000).toFixed(1),
      bare: (clear * 1000).toFixed(1),
      ratio: sealed / clear,
      aim: '<= 3',
    },
  ];
}

async function setUp(environment) {
  const token = await signIn(environment);
  for (const [bucket, port, compression] of [
    ['packed', environment.s3Port, 'ALWAYS'],
    ['loose', (await environment.startClear()).port, 'OFF'],
  ]) {
    await ensureBucket(environment, bucket);
    await graphql(environment, {
      token,
      query: `mutation { updateBucket(input: { bucket: "${bucket}", compression: ${compression} }) { userErrors { message } } }`,
    });
    await putLarge(environment, { port, path: `/${bucket}/large` });
  }
}

function read(environment, { port, bucket, start }) {
  const request = { method: 'GET', path: `/${bucket}/large` };
  const range = `bytes=${start}-${start + rangeSize - 1}`;
  return exchange({ port, ...request, headers: { ...environment.sign(request), range } });
}

/** Text that shrinks to about a third, and differs from piece to piece. */
function textPiece(number) {
  const words = ['grain', 'barley', 'wheat', 'oats', 'rye', 'millet', 'silo', 'store', 'sack', 'mill'];
  let state = number + 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  const lines = [];
  for (let length = 0; length < 4 * 1024 ** 2; ) {
    const line = `${next()} ${words[next() % 10]} ${words[next() % 10]} ${next().toString(36)}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, 4 * 1024 ** 2);
}

function putLarge(environment, { port, path }) {
  const put = { method: 'PUT', path };
  const pieces = Array.from({ length: 8 }, (_, i) => textPiece(i));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      port,
      host: '127.0.0.1',
      ...put,
      headers: { ...environment.sign(put), 'content-length': size },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      response.resume();
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`))));
    });
    writePieces(outgoing, pieces).catch(reject);
  });
}

async function writePieces(outgoing, pieces) {
  for (let sent = 0, i = 0; sent < size; i++) {
    const piece = pieces[i % pieces.length].subarray(0, size - sent);
    if (!outgoing.write(piece)) {
      await new Promise((resolve) => outgoing.once('drain', resolve));
    }
    sent += piece.length;
  }
  outgoing.end();
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
