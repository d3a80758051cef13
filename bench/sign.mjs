// Signature Version 4 in headers. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { createHash, createHmac } from 'node:crypto';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();

/**
 * @param {{ method: string, path: string, query?: string, host: string, payload?: Buffer | 'UNSIGNED-PAYLOAD',
 *   headers?: Record<string, string>, accessKeyId: string, secretAccessKey: string }} request with the names of more
 *   headers to sign in lower case
 * @returns {Record<string, string>} the headers to send
 */
export function signedHeaders({ method, path, query = '', host, payload = 'UNSIGNED-PAYLOAD', headers, ...key }) {
  const time = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const scope = `${time.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const hash = typeof payload === 'string' ? payload : sha256(payload);
  const sent = { ...headers, host, 'x-amz-content-sha256': hash, 'x-amz-date': time };
  const names = Object.keys(sent).sort();
  const signed = names.join(';');
  const canonical = [method, path, query, names.map((name) => `${name}:${sent[name]}\n`).join(''), signed, hash].join(
    '\n',
  );
  const signingKey = scope.split('/').reduce((secret, part) => hmac(secret, part), `AWS4${key.secretAccessKey}`);
  const signature = hmac(signingKey, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
  };
}
