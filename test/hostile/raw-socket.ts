import { connect } from 'node:net';

export interface SocketAnswer {
  status: number;
  code: string | undefined;
  text: string;
}

/** Header lines as they are sent, a name as often as one likes. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** The bytes of a request that no client library would send. */
export function requestBytes(line: string, headers: HeaderLines, body: string | Buffer = ''): Buffer {
  const head = [`${line} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), 'Connection: close'];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

/** Sends bytes on a connection of their own, and reads until the server closes it. */
export function exchangeBytes(url: string, bytes: Buffer | string): Promise<SocketAnswer> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<SocketAnswer>();
  const pieces: Buffer[] = [];
  const socket = connect(Number(port), hostname, () => socket.write(bytes));
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  // A server that has answered may cut off what is still being sent.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    const text = Buffer.concat(pieces).toString();
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
    resolve({ status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], text });
  });
  return promise;
}

/** Sends the beginning of a request and then goes away. */
export function sendAndLeave(url: string, bytes: Buffer | string): Promise<void> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(Number(port), hostname, () => {
    socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 50));
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve());
  return promise;
}
