import { request } from 'node:http';

const usualRounds = 5;
const pieceSize = 256 * 1024;

/** Runs all once to warm up and then in turns; the best time of each, in seconds. */
export async function bestOf(transfers, rounds = usualRounds) {
  const best = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, transfer] of Object.entries(transfers)) {
      const seconds = await transfer();
      if (round > 0) {
        best[name] = Math.min(best[name] ?? Infinity, seconds);
      }
    }
  }
  return best;
}

/** One request with a body or an answer that counts; resolves with the seconds from first byte sent to last received. */
export function exchange({ port, method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const failed = response.statusCode >= 300;
      const text = [];
      response.on('data', (chunk) => failed && text.push(chunk));
      response.on('end', () => {
        const seconds = (performance.now() - started) / 1000;
        if (failed) {
          reject(new Error(`${method} ${path}: ${response.statusCode} ${Buffer.concat(text)}`));
        } else {
          resolve(seconds);
        }
      });
    });
    if (body === undefined) {
      outgoing.end();
    } else {
      sendBody(outgoing, body).catch(reject);
    }
  });
}

async function sendBody(outgoing, body) {
  for (let position = 0; position < body.length; position += pieceSize) {
    if (!outgoing.write(body.subarray(position, position + pieceSize))) {
      await new Promise((resolve) => outgoing.once('drain', resolve));
    }
  }
  outgoing.end();
}

/** MB/s, for people. */
export function rate(bytes, seconds) {
  return (bytes / seconds / 1e6).toFixed(0);
}
