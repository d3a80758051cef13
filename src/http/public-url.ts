import type { IncomingMessage } from 'node:http';
import { originOf } from '../auth/request-origin.js';
import type { Settings } from '../config/settings.js';

/** Where clients reach this server: as set, or as the request that is being answered did. No slash at the end. */
export function publicUrlOf(settings: Settings, request: IncomingMessage): string {
  if (settings.publicUrl !== undefined) {
    return settings.publicUrl.replace(/\/+$/, '');
  }
  const host = request.headers.host ?? '';
  // A Host header with anything else in it would make the link point elsewhere.
  const scheme = originOf(request, settings.trustedProxies).transport === 'tls' ? 'https' : 'http';
  return /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i.test(host)
    ? `${scheme}://${host}`
    : `http://${settings.host}:${settings.httpPort}`;
}

/** The path of an address of this server as browsers ask for it, who may reach us below a path of a proxy's. */
export function ownPath({ publicUrl }: Pick<Settings, 'publicUrl'>, path: `/${string}`): string {
  return publicUrl === undefined ? path : `${new URL(publicUrl).pathname.replace(/\/+$/, '')}${path}`;
}

/** Where clients reach the S3 port: as set, or at its port of the host where this request reached us. */
export function s3UrlOf(settings: Settings, request: IncomingMessage): string {
  if (settings.s3PublicUrl !== undefined) {
    return settings.s3PublicUrl.replace(/\/+$/, '');
  }
  const url = new URL(publicUrlOf(settings, request));
  url.port = String(settings.s3Port);
  return url.origin;
}
