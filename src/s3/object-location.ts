import type { Exchange } from './exchange.js';
import { urlEncodeKey } from './protocol/uri-encoding.js';

/** The address of an object that a request has written, as its client reaches this server. */
export function objectLocation({ context, request }: Exchange, key: string): string {
  const { settings } = context.granary;
  const { host = '' } = request.headers.values;
  const base = request.hostBucket === undefined ? (settings.s3PublicUrl ?? `http://${host}`) : `http://${host}`;
  const path = request.hostBucket === undefined ? `/${urlEncodeKey(request.resource.bucket)}` : '';
  return `${base}${path}/${urlEncodeKey(key)}`;
}
