import { type Endpoint, hmac, sha256 } from '../s3/raw-request.js';

export interface PresignOptions {
  method?: string;
  /** Raw, without a query. */
  path: string;
  /** Signed headers beside `host`. */
  headers?: Record<string, string>;
  /** `X-Amz-Expires` as it is sent; null leaves it out. */
  expires?: string | null;
  /** More parameters to sign, not encoded. */
  query?: Record<string, string>;
  at?: Date;
  service?: string;
  /** What stands for the body in the signature. */
  payload?: string;
}

/** Path and query of a URL that SigV4 signed, without any of the server's own code. */
export function presign(server: Endpoint, options: PresignOptions): string {
  const timestamp = (options.at ?? new Date()).toISOString().replace(/[-:]|\.\d+/g, '');
  const stages = [timestamp.slice(0, 8), 'us-east-1', options.service ?? 's3', 'aws4_request'];
  const headers = { host: new URL(server.s3Url).host, ...options.headers };
  const names = Object.keys(headers).sort();
  const expires = options.expires === undefined ? '300' : options.expires;
  const parameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [server.accessKeyId, ...stages].join('/'),
    'X-Amz-Date': timestamp,
    ...(expires === null ? {} : { 'X-Amz-Expires': expires }),
    'X-Amz-SignedHeaders': names.join(';'),
    ...options.query,
  };
  const query = Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const lines = Object.entries(headers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  const payload = options.payload ?? 'UNSIGNED-PAYLOAD';
  const canonical = [options.method ?? 'GET', options.path, query, lines.join(''), names.join(';'), payload].join('\n');
  const key = stages.reduce<Buffer>((parent, text) => hmac(parent, text), Buffer.from(`AWS4${server.secretAccessKey}`));
  const text = ['AWS4-HMAC-SHA256', timestamp, stages.join('/'), sha256(canonical)].join('\n');
  return `${options.path}?${query}&X-Amz-Signature=${hmac(key, text).toString('hex')}`;
}
