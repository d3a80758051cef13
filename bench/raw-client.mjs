// A load generator that costs as little as it can: requests are bytes made before the clock starts, answers are only
// framed. With both ends on one machine a costly client would hide the difference between two servers.
import { connect } from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');

/**
 * Sends requests over keep-alive connections, one at a time on each, until all are answered or the time is over.
 * @param {{ port: number, requests: (index: number) => Buffer, count: number, concurrency: number, seconds?: number }} load
 * @returns {Promise<{ answered: number, seconds: number, perSecond: number, bytes: number, latencies: number[] }>}
 *   with the latencies in ms, in no particular order
 */
export async function drive({ port, requests, count, concurrency, seconds = Infinity }) {
  let next = 0;
  let answered = 0;
  let bytes = 0;
  const latencies = [];
  const deadline = performance.now() + seconds * 1000;
  const take = () => (next < count && performance.now() < deadline ? requests(next++) : undefined);
  const started = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, () =>
      connection(port, take, (length, latency) => {
        answered += 1;
        latencies.push(latency);
        bytes += length;
      }),
    ),
  );
  const elapsed = (performance.now() - started) / 1000;
  return { answered, seconds: elapsed, perSecond: answered / elapsed, bytes, latencies };
}

function connection(port, take, onAnswer) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const answer = new AnswerReader();
    let sentAt = 0;
    const send = () => {
      const request = take();
      if (request === undefined) {
        socket.end();
        resolve();
      } else {
        sentAt = performance.now();
        socket.write(request);
      }
    };
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      try {
        if (answer.push(chunk)) {
          onAnswer(answer.length, performance.now() - sentAt);
          send();
        }
      } catch (error) {
        socket.destroy();
        reject(error);
      }
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('The server closed the connection')));
  });
}

/** Finds the end of each answer; anything but a 2xx ends the run. */
class AnswerReader {
  length = 0;
  #head = Buffer.alloc(0);
  #missing = -1;

  push(chunk) {
    if (this.#missing < 0) {
      this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      const end = this.#head.indexOf(headEnd);
      if (end < 0) {
        return false;
      }
      const head = this.#head.toString('latin1', 0, end);
      if (!/^HTTP\/1.1 2/.test(head)) {
        throw new Error(`Not a success: ${this.#head.toString('latin1', 0, 2000)}`);
      }
      this.length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      this.#missing = this.length - (this.#head.length - end - headEnd.length);
      this.#head = Buffer.alloc(0);
    } else {
      this.#missing -= chunk.length;
    }
    if (this.#missing > 0) {
      return false;
    }
    this.#missing = -1;
    return true;
  }
}

/** The bytes of a request. */
export function requestBytes({ method, path, headers, body }) {
  const lines = Object.entries({ ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return body === undefined ? Buffer.from(head) : Buffer.concat([Buffer.from(head), body]);
}
