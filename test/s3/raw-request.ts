import { createHash, createHmac } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { TestServer } from '../support/server.js';

export interface RawRequest {
  method?: string;
  /** Path and query, sent as they are. */
  path: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
  /** What `x-amz-content-sha256` says; the body's digest when absent. */
  payload?: string;
  /** When the request says it was signed. */
  at?: Date;
  service?: string;
  /** `us-east-1` when absent. */
  region?: string;
  /** What is sent and not among the signed headers. */
  unsigned?: string;
}

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** The code of the error document, if it is one. */
  code: string | undefined;
  /** Whether the server asked for the body by 100 Continue. */
  continued: boolean;
}

export interface Signed {
  headers: Record<string, string>;
  signature: string;
  key: Buffer;
  timestamp: string;
  scope: string;
}

/** Where a request goes, and whose key signs it. */
export type Endpoint = Pick<TestServer, 's3Url' | 'accessKeyId' | 'secretAccessKey'>;

/** Signs a request by SigV4 with the test server's key, without any of the server's own code. */
export function sign(server: Endpoint, raw: RawRequest): Signed {
  const timestamp = (raw.at ?? new Date()).toISOString().replace(/[-:]|\.\d+/g, '');
  const date = timestamp.slice(0, 8);
  const stages = [date, raw.region ?? 'us-east-1', raw.service ?? 's3', 'aws4_request'];
  const scope = stages.join('/');
  const payload = raw.payload ?? sha256(raw.body ?? '');
  const sent = {
    host: new URL(server.s3Url).host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': payload,
    ...raw.headers,
  };
  const names = Object.keys(sent)
    .map((name) => name.toLowerCase())
    .filter((name) => name !== raw.unsigned)
    .sort();
  const values = new Map(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
  const [path = '', query = ''] = raw.path.split('?');
  const canonicalQuery = query
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece) => (piece.includes('=') ? piece : `${piece}=`))
    .sort((a, b) => ((a.split('=')[0] ?? '') < (b.split('=')[0] ?? '') ? -1 : 1))
    .join('&');
  const trimmed = (value = '') => value.trim().replace(/ +/g, ' ');
  const lines = names.map((name) => `${name}:${trimmed(values.get(name))}\n`).join('');
  const canonical = [raw.method ?? 'GET', path, canonicalQuery, lines, names.join(';'), payload].join('\n');
  const key = stages.reduce<Buffer>((parent, text) => hmac(parent, text), Buffer.from(`AWS4${server.secretAccessKey}`));
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${server.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { headers: { ...sent, authorization }, signature, key, timestamp, scope };
}

/** Signs and sends. */
export function sendSigned(server: Endpoint, raw: RawRequest): Promise<RawAnswer> {
  return send(server, { ...raw, headers: sign(server, raw).headers });
}

/** Sends a request as it is, on a connection of its own. */
export function send(server: Endpoint, raw: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(server.s3Url);
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const options = {
    hostname,
    port,
    method: raw.method ?? 'GET',
    path: raw.path,
    headers: raw.headers ?? {},
    agent: false,
  };
  const outgoing = request(options);
  let continued = false;
  outgoing.on('continue', () => {
    continued = true;
    outgoing.end(raw.body);
  });
  outgoing.on('response', (incoming) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('error', reject);
    incoming.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1];
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, code, continued });
      outgoing.destroy();
    });
  });
  outgoing.on('error', reject);
  if (raw.headers?.expect === undefined) {
    outgoing.end(raw.body);
  } else {
    outgoing.flushHeaders();
  }
  return promise;
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
