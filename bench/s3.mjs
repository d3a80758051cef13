import { request } from 'node:http';

/** One signed S3 request, with a Buffer as its body if it has one; resolves with the answer's body. */
export function s3(environment, { method, path, query = '', headers, body }) {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      port: environment.s3Port,
      host: '127.0.0.1',
      method,
      path: query === '' ? path : `${path}?${query}`,
      headers: environment.sign({ method, path, query, headers, payload: body }),
    });
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      const chunks = [];
      for await (const chunk of response) {
        chunks.push(chunk);
      }
      const body = Buffer.concat(chunks);
      if (response.statusCode >= 300 && response.statusCode !== 409) {
        reject(new Error(`${method} ${path}: ${response.statusCode} ${body}`));
      }
      resolve(body);
    });
    outgoing.end(body);
  });
}

/** Makes a bucket unless it is there. */
export async function ensureBucket(environment, bucket) {
  await s3(environment, { method: 'PUT', path: `/${bucket}` });
}
