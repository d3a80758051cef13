import { resolve } from 'node:path';
import { z } from 'zod';
import type { AddressRange } from './address-range.js';
import {
  address,
  addressRanges,
  byteCount,
  oneOf,
  type SettingTable,
  text,
  webOrigins,
  wholeNumber,
} from './setting.js';

/** Where the server listens, how it is reached, and what it lets one client do. */
export interface ServerSettings {
  /** Port of GraphQL and downloads; 0 takes any free one. */
  readonly httpPort: number;
  /** Port of S3; 0 takes any free one. */
  readonly s3Port: number;
  /** The address that both ports listen on. */
  readonly host: string;
  /** Processes that serve both ports. */
  readonly workers: number;
  /** How browsers reach the GraphQL port, when a proxy stands before it. */
  readonly publicUrl: string | undefined;
  /** How clients reach the S3 port, when a proxy stands before it. */
  readonly s3PublicUrl: string | undefined;
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies: readonly AddressRange[];
  /** Origins whose pages may use the API; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Whether `/graphiql` is there. */
  readonly graphiql: 'on' | 'off';
  /** A manifest of the operations that may be asked for; without it every operation may. */
  readonly persistedQueries: string | undefined;
  /** After so long a GraphQL query is ended. */
  readonly queryTimeoutMs: number;
  /** A transfer that moves no byte for so long is ended. */
  readonly idleTimeoutMs: number;
  /** Most bytes of one file uploaded through GraphQL. */
  readonly maxUploadSize: number;
  /** How many clients may watch by WebSocket at once, in each process. */
  readonly subscriptionConnections: number;
  /** How many of them may be one user's. */
  readonly subscriptionConnectionsPerUser: number;
  /** How many WebSockets of one address may not have said yet whose they are; the oldest then gives way. */
  readonly subscriptionHandshakes: number;
  /** Zips of folders that one process sends at once. */
  readonly zipConcurrency: number;
  /** How many of them may be of one share link. */
  readonly shareZipConcurrency: number;
  /** What a scraper of /metrics sends as a bearer token; without it only this machine may read them. */
  readonly metricsToken: string | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** NODE_ENV is `production`. */
  readonly production: boolean;
}

export const serverTable: SettingTable<ServerSettings> = {
  httpPort: { variable: 'GRANARY_HTTP_PORT', schema: wholeNumber(4000, 0, 65535), example: '4000' },
  s3Port: { variable: 'GRANARY_S3_PORT', schema: wholeNumber(9000, 0, 65535), example: '9000' },
  host: {
    variable: 'GRANARY_HOST',
    schema: text(/^[A-Za-z0-9.:_%-]+$/, 'is not a host name or an IP address').default('127.0.0.1'),
    example: '0.0.0.0',
  },
  workers: { variable: 'GRANARY_WORKERS', schema: wholeNumber(1, 1, 256), example: '4' },
  publicUrl: {
    variable: 'GRANARY_PUBLIC_URL',
    schema: address(['http:', 'https:']),
    example: 'https://files.example.com',
  },
  s3PublicUrl: {
    variable: 'GRANARY_S3_PUBLIC_URL',
    schema: address(['http:', 'https:']),
    example: 'https://s3.example.com',
  },
  trustedProxies: {
    variable: 'GRANARY_TRUSTED_PROXIES',
    schema: addressRanges(),
    example: '127.0.0.1,10.0.0.0/8,fd00::/8',
  },
  corsOrigins: {
    variable: 'GRANARY_CORS_ORIGINS',
    schema: webOrigins(),
    example: 'https://app.example.com,http://localhost:5173',
  },
  graphiql: { variable: 'GRANARY_GRAPHIQL', schema: oneOf(['on', 'off'], 'on'), example: 'off' },
  persistedQueries: {
    variable: 'GRANARY_PERSISTED_QUERIES',
    schema: z
      .string()
      .transform((path) => resolve(path))
      .optional(),
    example: '/etc/granary/persisted-queries.json',
  },
  queryTimeoutMs: {
    variable: 'GRANARY_QUERY_TIMEOUT',
    schema: wholeNumber(30, 1, 3600).transform((seconds) => seconds * 1000),
    example: '30',
  },
  idleTimeoutMs: {
    variable: 'GRANARY_IDLE_TIMEOUT',
    schema: wholeNumber(60, 1, 3600).transform((seconds) => seconds * 1000),
    example: '60',
  },
  maxUploadSize: {
    variable: 'GRANARY_MAX_UPLOAD_SIZE',
    schema: byteCount(5 * 2 ** 40, 1, 5 * 2 ** 40),
    example: '100GiB',
  },
  subscriptionConnections: {
    variable: 'GRANARY_SUBSCRIPTION_CONNECTIONS',
    schema: wholeNumber(5000, 1, 100_000),
    example: '5000',
  },
  subscriptionConnectionsPerUser: {
    variable: 'GRANARY_SUBSCRIPTION_CONNECTIONS_PER_USER',
    schema: wholeNumber(2000, 1, 100_000),
    example: '2000',
  },
  subscriptionHandshakes: {
    variable: 'GRANARY_SUBSCRIPTION_HANDSHAKES',
    schema: wholeNumber(1000, 1, 2000),
    example: '1000',
  },
  zipConcurrency: { variable: 'GRANARY_ZIP_CONCURRENCY', schema: wholeNumber(32, 1, 1000), example: '32' },
  shareZipConcurrency: { variable: 'GRANARY_SHARE_ZIP_CONCURRENCY', schema: wholeNumber(4, 1, 1000), example: '4' },
  metricsToken: {
    variable: 'GRANARY_METRICS_TOKEN',
    schema: text(/^[\x21-\x7e]{16,256}$/, 'is not 16 to 256 printable characters without spaces').optional(),
    example: 'the output of: openssl rand -hex 32',
  },
  logLevel: {
    variable: 'GRANARY_LOG_LEVEL',
    schema: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
    example: 'info',
  },
  production: {
    variable: 'NODE_ENV',
    schema: z
      .string()
      .optional()
      .transform((value) => value === 'production'),
    example: 'production',
  },
};
