import type { ObjectAddress } from '../operations/types.js';
import { type Exchange, objectAddress } from './exchange.js';

/** The multipart upload that path and query name. */
export function uploadAddress(exchange: Exchange): ObjectAddress & { uploadId: string } {
  return { ...objectAddress(exchange), uploadId: exchange.request.query.get('uploadId') ?? '' };
}
