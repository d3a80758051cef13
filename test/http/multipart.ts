import { request as httpRequest } from 'node:http';
import type { GraphqlAnswer, TestServer } from '../support/server.js';

export interface Part {
  name: string;
  content: string | Buffer;
  filename?: string;
  type?: string;
}

export const uploadMutation = `mutation($input: UploadObjectInput!) {
  uploadObject(input: $input) {
    object { key size sha256 contentType metadata tags { key value } }
    deduplicated
    userErrors { code field message }
  }
}`;

/** The parts of a GraphQL multipart request for one file at `variables.input.file`. */
export function singleUpload(input: object, content: string | Buffer, type = 'text/plain'): Part[] {
  const variables = { input: { ...input, file: null } };
  return [
    { name: 'operations', content: JSON.stringify({ query: uploadMutation, variables }) },
    { name: 'map', content: JSON.stringify({ 0: ['variables.input.file'] }) },
    { name: '0', content, filename: 'file.txt', type },
  ];
}

/** The bytes of a form, as a browser would send it. */
export function formBytes(parts: Part[], boundary: string): Buffer {
  const chunks = parts.flatMap(({ name, content, filename, type }) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"`),
    Buffer.from(filename === undefined ? '' : `; filename="${filename}"`),
    Buffer.from(type === undefined ? '\r\n\r\n' : `\r\nContent-Type: ${type}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
}

export interface RawOptions {
  boundary?: string;
  token?: string | null;
  headers?: Record<string, string>;
  /** Sent instead of the bytes of the parts. */
  body?: Buffer;
  /** Declare this length, and end the connection behind the body when it is longer. */
  contentLength?: number;
}

export interface RawAnswer extends GraphqlAnswer {
  status: number;
}

/** Sends a form and reads the answer, which may come before the form is through. */
export async function sendForm(
  server: Pick<TestServer, 'httpUrl' | 'login'>,
  parts: Part[],
  options: RawOptions = {},
): Promise<RawAnswer> {
  const boundary = options.boundary ?? 'granary-test-boundary';
  const token = options.token === undefined ? await server.login() : options.token;
  const body = options.body ?? formBytes(parts, boundary);
  const headers = {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': String(options.contentLength ?? body.length),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(options.headers ?? { 'apollo-require-preflight': 'true' }),
  };
  return post(`${server.httpUrl}/graphql`, headers, body, options.contentLength !== undefined);
}

function post(url: string, headers: Record<string, string>, body: Buffer, cutOff: boolean): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, ...JSON.parse(Buffer.concat(chunks).toString()) });
      });
    });
    request.on('error', reject);
    request.write(body, () => {
      if (cutOff) {
        request.destroy(new Error('cut off'));
      } else {
        request.end();
      }
    });
  });
}
